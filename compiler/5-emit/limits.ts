// The rate-limiting stage as source: every limit that counts the request is looked at before any is taken from.
import { celValuesOf, type PlannedLimit } from "../4-plan/limits.ts";
import type { Plan } from "../4-plan/plan.ts";
import { detailsOf, grpcStatus, limitCounterNames, NO_MEMORY } from "../ir/details.ts";
import type { Algorithm, Limit } from "../ir/program.ts";
import { bucketShape } from "../ir/rates.ts";
import { emitCelValues } from "./cel-value.ts";
import { countersOf } from "./counters.ts";
import { limitKey, type ValueNames } from "./limit-key.ts";
import { emitRefusal } from "./limit-answer.ts";
import { comment } from "./literals.ts";
import { place, type Writer } from "./writer.ts";

/** As `ASKED_BYTES` in `filters/runtime/limits/ask.ts`. */
const ASKED_BYTES = 192;
const SHADOW = 0x80000000;
const DEFERRED = 0x40000000;
/** A limit's state: where its cells are, and five counters behind. */
const COUNTERS = 16;
const STATE_BYTES = 96;

/** As in `filters/runtime/limits/shape.ts`. */
const codes: Readonly<Record<Algorithm, number>> = {
  "token-bucket": 0,
  gcra: 0,
  "fixed-window": 1,
  "sliding-window": 2,
  concurrency: 3,
};

/** What emitted code calls a limit's constants. */
export interface LimitNames {
  readonly limit: string;
  readonly state: string;
}

/** Emits a function for each phase in which there are limits (see `limitCall`), and returns what their constants are called. */
export function emitLimits(plan: Plan, decisions: readonly string[], writer: Writer): readonly LimitNames[] {
  const { limits } = plan;
  const names = limits.map((limit): LimitNames => ({
    limit: writer.table("u64", "LIMIT", words(limit)),
    state: writer.room("STATE", STATE_BYTES, 8),
  }));
  limits.forEach((limit, i) => configure(limit, names[i], writer));
  const values = emitCelValues(plan, limits.flatMap(celValuesOf), writer);
  const room = writer.room("ASKED", ASKED_BYTES * limits.length, 8);
  for (const phase of ["before-authentication", "after-authorization"] as const) {
    const asked = limits.flatMap((limit, i) => {
      const name = names[i];
      return limit.phase === phase && name ? [{ limit, name, number: i + 1 }] : [];
    });
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
  writer.line(
    "",
    "/** Every limit must have room; only then does the request take from them. */",
    `function ${functionOf(phase)}(stream: u32): u32 {`,
  );
  if (asked.some(({ limit }) => leavesBehind(limit))) {
    writer.line(
      `  const record = ${writer.runtime("records", "openRecord")}(stream, ${plan.recordBytes});`,
      `  if (record == 0) return ${writer.refuse(500, NO_MEMORY, "", grpcStatus.internal)};`,
    );
  }
  writer.line(`  ${use(writer, "ask", "beginAsking")}(${room}, ${writer.runtime("limit-key", "now")}());`);
  for (const one of asked) emitAsk(emission, one);
  const enforced = asked.filter(({ limit }) => !limit.shadow);
  if (enforced.length === 0) {
    writer.line(`  ${use(writer, "ask", "settle")}();`, `  return ${actions}.Continue;`, "}");
    return;
  }
  writer.line(
    `  const refusing = ${use(writer, "ask", "settle")}();`,
    `  if (refusing == 0) return ${actions}.Continue;`,
  );
  if (plan.itemsEnd > 0 && asked.some(({ limit }) => leavesBehind(limit))) {
    writer.line("  // What other limits have left is not what this answer is about.");
    writer.line(`  ${use(writer, "items", "forgetItems")}(record + 8, ${plan.itemsEnd - 8});`);
  }
  writer.line("  switch (refusing) {");
  enforced.forEach(({ limit, number }, i) => {
    const label = i === enforced.length - 1 ? "default" : `case ${number}`;
    writer.lineFor(limit.origin.span, `    ${label}: // ${place(limit.origin)}`);
    emitRefusal(limit, plan.responses.limited, writer, "      ");
  });
  writer.line("  }", "}");
}

function emitAsk({ plan, decisions, writer, values }: Emission, { limit, name, number }: Asked): void {
  const { origin, shadow, cost, decision, items, hold, rates, scope } = limit;
  const flags = number + (shadow ? SHADOW : 0) + (cost.kind === "response-header" ? DEFERRED : 0);
  const note = [...rates.map(({ words: rate }) => rate), scope, ...(shadow ? ["only tried out"] : [])];
  const { fill, key } = limitKey(limit, values, writer);
  const at = (offset: number | undefined): string => (offset === undefined ? "0" : `record + ${offset}`);
  const call = `${use(writer, "ask", "askWorker")}(${name.limit}, ${name.state}, ${flags}, ${key}, ${costOf(limit, values, writer)}, ${at(items)}, ${at(hold)});`;
  writer.lineFor(origin.span, `  // ${place(origin)}: ${comment(note.join(", "))}`);
  const lines = [...fill, call];
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
      return String(cost.value);
    case "response-header":
      return "1";
    case "cel":
      return `${writer.runtime("cel-cost", "costOf")}(${values.get(cost.expression) ?? ""}())`;
  }
}

/** The table that `filters/runtime/limits/shape.ts` reads. */
function words({ algorithm, rates, ways, sets }: PlannedLimit): bigint[] {
  const pair = (low: number, high: number): bigint => BigInt(low) | (BigInt(high) << 32n);
  return [
    pair(codes[algorithm], rates.length),
    pair(ways, sets - 1),
    ...rates.flatMap((rate) => {
      if (codes[algorithm] !== 0) return [rate.window, BigInt(rate.limit), 0n, 0n];
      const shape = bucketShape(rate);
      if (!shape) throw new Error(`unchecked rate ${rate.item}`);
      return [shape.rate, shape.capacity, shape.token, shape.fillTime];
    }),
  ];
}

function configure(limit: PlannedLimit, name: LimitNames | undefined, writer: Writer): void {
  if (!name) return;
  const seed = `${writer.runtime("limit-key", "seedKeys")}()`;
  if (!writer.configure.includes(seed)) writer.configure.push(seed);
  writer.configure.push(`${use(writer, "worker", "reserveCells")}(${name.limit}, ${name.state})`);
  countersOf(limitCounterNames(limit), `${name.state} + ${COUNTERS}`, writer);
}

function leavesBehind({ items, hold }: PlannedLimit): boolean {
  return items !== undefined || hold !== undefined;
}

function use(writer: Writer, module: string, name: string): string {
  return writer.runtime(`limits/${module}`, name);
}
