// The rate-limiting stage as source: every limit that counts the request is looked at before any is taken from.
import type { PlannedLimit } from "../4-plan/limits.ts";
import type { Plan } from "../4-plan/plan.ts";
import { detailsOf, grpcStatus, LIMITS_UNAVAILABLE, NO_MEMORY } from "../ir/details.ts";
import type { Limit } from "../ir/program.ts";
import { emitCelValues } from "./cel-value.ts";
import { limitCountersOf } from "./counters.ts";
import { emitRefusal } from "./limit-answer.ts";
import { limitKey, meshKey, type ValueNames } from "./limit-key.ts";
import { limitWords } from "./limit-table.ts";
import { comment } from "./literals.ts";
import { configureMesh, meshLimit, MESH_LIMIT_BYTES } from "./mesh.ts";
import { place, type Writer } from "./writer.ts";

/** As `ASKED_BYTES` in `filters/runtime/limits/ask.ts`. */
const ASKED_BYTES = 192;
// As there, in a limit's number and in what `refusal` answers.
const SHADOW = 0x80000000;
const DEFERRED = 0x40000000;
const LENIENT = 0x20000000;
const UNKNOWN = 0x01000000;

/** A limit's state: where its cells are, five counters, and behind them what its scope remembers. */
const COUNTERS = 16;
export const STATE_BYTES = 96;
/** As `SHARED_BYTES` in `filters/runtime/limits/shared.ts`. */
export const SHARED_BYTES = 152;

/** Where its leases are, of one whose rates are values. */
const LEASES_BYTES = 8;

type Scope = Limit["scope"];

/** What the runtime calls what a scope has. */
export const scopeNames: Readonly<Record<Scope, { readonly module: string; readonly name: string }>> = {
  worker: { module: "limits/ask-worker", name: "Worker" },
  proxy: { module: "limits/ask-shared", name: "Shared" },
  mesh: { module: "limits/ask-mesh", name: "Mesh" },
};

const scopes = ["worker", "proxy", "mesh"] as const;

/** What emitted code calls a limit's constants. */
export interface LimitNames {
  readonly limit: string;
  readonly state: string;
}

/** Emits a function for each phase in which there are limits (see `limitCall`), and returns what their constants are called. */
export function emitLimits(plan: Plan, decisions: readonly string[], writer: Writer): readonly LimitNames[] {
  const { limits } = plan;
  const names = limits.map((limit): LimitNames => {
    const remembered = { worker: 0, proxy: SHARED_BYTES, mesh: MESH_LIMIT_BYTES }[limit.scope];
    const valued = writer.values.limit(limit);
    const state = writer.room("STATE", STATE_BYTES + remembered + (valued ? LEASES_BYTES : 0), 8);
    if (limit.scope === "mesh") return { limit: `${state} + ${STATE_BYTES}`, state };
    const table = valued ? `values + ${valued.table}` : writer.table("u64", "LIMIT", limitWords(limit));
    return { limit: table, state };
  });
  configureSeed(limits, writer);
  const service = plan.rateLimitService ? configureMesh(plan.rateLimitService, writer) : "";
  limits.forEach((limit, i) => configure(limit, names[i], service, writer));
  const values = emitCelValues(
    plan,
    limits.flatMap((limit) => limit.values),
    writer,
  );
  const room = writer.room("ASKED", ASKED_BYTES * limits.length, 8);
  for (const phase of ["before-authentication", "after-authorization"] as const) {
    // Where asking takes, it is done last: what is refused here already takes nothing there.
    const asked = scopes.flatMap((scope) =>
      limits.flatMap((limit, i) => {
        const name = names[i];
        return limit.phase === phase && limit.scope === scope && name ? [{ limit, name, number: i + 1 }] : [];
      }),
    );
    if (asked.length > 0) emitPhase({ plan, decisions, writer, values }, phase, asked, room);
  }
  return names;
}

/** The call that asks the limits of a phase; undefined where there are none. */
export function limitCall({ limits }: Plan, phase: Limit["phase"]): string | undefined {
  return limits.some((limit) => limit.phase === phase) ? `${functionOf(phase)}(stream)` : undefined;
}

function functionOf(phase: Limit["phase"]): string {
  return phase === "before-authentication" ? "limitEarly" : "limit";
}

interface Emission {
  readonly plan: Plan;
  readonly decisions: readonly string[];
  readonly writer: Writer;
  readonly values: ValueNames;
}

interface Asked {
  readonly limit: PlannedLimit;
  readonly name: LimitNames;
  /** From 1. */
  readonly number: number;
}

function emitPhase(emission: Emission, phase: Limit["phase"], asked: readonly Asked[], room: string): void {
  const { plan, writer } = emission;
  const actions = writer.abi("numbers", "HeadersAction");
  const has = (scope: Scope): boolean => asked.some(({ limit }) => limit.scope === scope);
  const call = (action: string, scope: Scope): string =>
    `${writer.runtime(scopeNames[scope].module, action + scopeNames[scope].name)}()`;
  const records = asked.some(({ limit }) => limit.items !== undefined || limit.hold !== undefined);
  writer.line(
    "",
    "/** Every limit must have room; only then does the request take from them. */",
    `function ${functionOf(phase)}(stream: u32): u32 {`,
  );
  if (records) {
    writer.line(
      `  const record = ${writer.runtime("records", "openRecord")}(stream, ${plan.recordBytes});`,
      `  if (record == 0) return ${writer.refuse(500, NO_MEMORY, "", grpcStatus.internal)};`,
    );
  }
  writer.line(`  ${use(writer, "ask", "beginAsking")}(${room}, ${writer.runtime("limit-key", "now")}());`);
  if (has("mesh")) writer.line(`  ${use(writer, "ask-mesh", "beginMeshAsking")}(stream);`);
  for (const one of asked) emitAsk(emission, one);
  if (has("mesh")) {
    writer.line(
      `  if (${use(writer, "ask-mesh", "isWaiting")}()) {`,
      ...(has("proxy") ? [`    ${call("giveBack", "proxy")};`] : []),
      `    if (${use(writer, "ask-mesh", "waitMesh")}()) return ${actions}.StopIteration;`,
      `    return ${unavailable(asked.find(({ limit }) => limit.scope === "mesh")?.limit, writer)};`,
      "  }",
    );
  }
  writer.line(
    `  const refusing = ${use(writer, "ask", "refusal")}();`,
    "  if (refusing == 0) {",
    ...(["worker", "proxy"] as const).filter(has).map((scope) => `    ${call("take", scope)};`),
    `    return ${actions}.Continue;`,
    "  }",
    ...(["proxy", "mesh"] as const).filter(has).map((scope) => `  ${call("giveBack", scope)};`),
  );
  if (plan.itemsEnd > 0 && records) {
    const forget = use(writer, "items", "forgetItems");
    writer.line("  // What other limits have left is not what this answer is about.");
    writer.line(`  ${forget}(record + 8, ${plan.itemsEnd - 8});`);
  }
  emitRefusals(emission, asked);
  writer.line("}");
}

function emitRefusals({ plan, writer }: Emission, asked: readonly Asked[]): void {
  const enforced = asked.filter(({ limit }) => !limit.shadow);
  writer.line("  switch (refusing) {");
  for (const { limit, number } of enforced) {
    writer.lineFor(limit.origin.span, `    case ${number}: // ${place(limit.origin)}`);
    emitRefusal(limit, plan.responses.limited, writer, "      ");
    if (limit.scope === "worker" || limit.onError === "allow") continue;
    writer.lineFor(
      limit.origin.span,
      `    case ${number + UNKNOWN}: // ${place(limit.origin)}, and nobody knows`,
      `      return ${unavailable(limit, writer)};`,
    );
  }
  const actions = writer.abi("numbers", "HeadersAction");
  writer.line(
    "    default: // those that are only tried out refuse nothing",
    `      return ${actions}.Continue;`,
    "  }",
  );
}

/** Answers a request of which nobody knows whether it is over a limit. */
function unavailable(limit: PlannedLimit | undefined, writer: Writer): string {
  if (!limit) return "0";
  const { status, body, retryAfter } = LIMITS_UNAVAILABLE;
  const details = writer.why(detailsOf("rate-limiting", limit.origin));
  const answer = writer.literals.of(body).arguments;
  return `${writer.runtime("respond", "refuseForNow")}(${status}, ${details}, ${answer}, ${grpcStatus.unavailable}, ${retryAfter * 1_000_000_000})`;
}

function emitAsk({ decisions, writer, values }: Emission, { limit, name, number }: Asked): void {
  const { origin, shadow, cost, decision, items, hold, rates, scope, onError } = limit;
  const flags =
    number +
    (shadow ? SHADOW : 0) +
    (cost.kind === "response-header" ? DEFERRED : 0) +
    (onError === "allow" ? LENIENT : 0);
  const note = [...rates.map(({ words }) => words), scope, ...(shadow ? ["only tried out"] : [])];
  const at = (offset: number | undefined): string => (offset === undefined ? "0" : `record + ${offset}`);
  const ask = writer.runtime(scopeNames[scope].module, `ask${scopeNames[scope].name}`);
  const takes = costOf(limit, values, writer);
  const { before, key } =
    scope === "mesh"
      ? { before: meshKey(limit, values, writer), key: undefined }
      : limitKey(limit, values, writer);
  const places = key === undefined ? [takes, at(items)] : [key, takes, at(items), at(hold)];
  const lines = [...before, `${ask}(${[name.limit, name.state, flags, ...places].join(", ")});`];
  writer.lineFor(origin.span, `  // ${place(origin)}: ${comment(note.join(", "))}`);
  if (decision === undefined) {
    writer.lineFor(origin.span, ...lines.map((line) => `  ${line}`));
    return;
  }
  writer.lineFor(
    origin.span,
    `  if (${decisions[decision] ?? ""} == 1) {`,
    ...lines.map((line) => `    ${line}`),
    "  }",
  );
}

function costOf({ cost }: Limit, values: ValueNames, writer: Writer): string {
  switch (cost.kind) {
    case "constant":
      return writer.values.long(cost.holes?.value, cost.value);
    case "response-header":
      return "1";
    case "cel":
      return `${writer.runtime("cel-cost", "costOf")}(${values.get(cost.expression) ?? ""}())`;
  }
}

/** Shared keys need a seed that all workers share. */
function configureSeed(limits: readonly PlannedLimit[], writer: Writer): void {
  const seed = limits.some(({ scope }) => scope === "proxy")
    ? use(writer, "shared-seed", "seedSharedKeys")
    : writer.runtime("limit-key", "seedKeys");
  writer.configure.push(`${seed}()`);
}

function configure(limit: PlannedLimit, name: LimitNames | undefined, service: string, writer: Writer): void {
  if (!name) return;
  switch (limit.scope) {
    case "worker": {
      // Of every rate a cell has as many bytes.
      const table = writer.values.limit(limit) ? writer.table("u64", "LIMIT", limitWords(limit)) : name.limit;
      writer.configure.push(`${use(writer, "worker", "reserveCells")}(${table}, ${name.state})`);
      break;
    }
    case "proxy":
      if (writer.values.limit(limit)) break;
      writer.configure.push(
        `${use(writer, "shared", "sharedReserve")}(${name.limit}, ${name.state} + ${STATE_BYTES}, ${limit.identity})`,
      );
      break;
    case "mesh":
      meshLimit(limit, name.limit, service, writer);
  }
  limitCountersOf(`${limit.origin.policy}.${limit.name}`, `${name.state} + ${COUNTERS}`, writer);
}

function use(writer: Writer, module: string, name: string): string {
  return writer.runtime(`limits/${module}`, name);
}
