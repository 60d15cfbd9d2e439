// The authentication stage as source: every place where tokens may stand, the rules that look there, and what becomes of the
// request whose tokens are good.
import type { PlannedAuthentication, PlannedPlace, PlannedTokenRule } from "../4-plan/authentication.ts";
import type { Plan } from "../4-plan/plan.ts";
import { CLOCK_SKEW } from "../ir/authenticate.ts";
import type { RemoteKeys } from "../ir/authentication.ts";
import {
  detailsOf,
  grpcStatus,
  KEYS_UNAVAILABLE,
  NO_TOKEN_RULE,
  TOKEN_CHANGE_REFUSED,
} from "../ir/details.ts";
import type { Answer } from "../ir/program.ts";
import { claimTable, type ClaimTable } from "./claim-table.ts";
import { keySetWords } from "./key-set-table.ts";
import { comment } from "./literals.ts";
import { place, type Writer } from "./writer.ts";

/** As `SOURCE_BYTES` in `filters/runtime/authentication/sources.ts`. */
const SOURCE_BYTES = 96;

interface Emission {
  readonly planned: PlannedAuthentication;
  readonly writer: Writer;
  readonly answer: Answer;
  /** For each rule, how its claims are found. */
  readonly tables: readonly ClaimTable[];
  /** The name of the table of sources. */
  readonly sources: string;
  /** Whether later stages look at claims. */
  readonly keepsClaims: boolean;
  /** Whether later stages look at the token's payload itself. */
  readonly keepsPayload: boolean;
}

/** Emits `authenticate(stream)`, and the callbacks that fetch key sets, which call `handleRequest(stream)`. */
export function emitAuthentication(planned: PlannedAuthentication, plan: Plan, writer: Writer): void {
  const slots = plan.slots.flatMap((slot, number) =>
    slot.from === "claim" ? [{ path: slot.path, slot: number }] : [],
  );
  const emission: Emission = {
    planned,
    writer,
    answer: plan.responses.unauthenticated,
    tables: planned.rules.map(({ rule }) => claimTable(rule, slots)),
    sources:
      planned.sources.length > 0 ? writer.room("SOURCES", planned.sources.length * SOURCE_BYTES, 8) : "0",
    keepsClaims: slots.length > 0,
    keepsPayload: plan.cel.readsToken,
  };
  writer.configure.push(`${use(writer, "verdict", "reserveVerified")}()`);
  emitStage(emission);
  planned.places.forEach((p, i) => emitPlace(emission, p, i));
  planned.rules.forEach((rule, i) => emitRule(emission, rule, i));
  emitTurnAway(emission);
  if (planned.sources.length > 0) emitSources(emission);
}

function emitStage({ planned, writer }: Emission): void {
  const actions = writer.abi("numbers", "HeadersAction");
  writer.line(
    "",
    "/** Every token that is found must be good; the first says who the caller is. */",
    "function authenticate(stream: u32): u32 {",
  );
  if (planned.outputs.length > 0) {
    const dropped = planned.outputs.map((name) => drop(writer, name));
    writer.line("  // What a rule says of a caller no caller says of itself.");
    for (const call of dropped) writer.line(`  if (!${call}) return ${changeRefused(writer)};`);
  }
  const [method, origin, asked] = [":method", "origin", "access-control-request-method"].map((name) =>
    writer.slot(name),
  );
  writer.line(
    `  if (${use(writer, "changes", "isPreflight")}(${method}, ${origin}, ${asked})) return ${actions}.Continue;`,
    `  ${use(writer, "verdict", "beginTokens")}(${planned.places.length});`,
  );
  planned.places.forEach((_, i) => {
    const last = i === planned.places.length - 1;
    writer.line(
      last
        ? `  return tokens_${i}(stream);`
        : `  if (tokens_${i}(stream) != ${actions}.Continue) return ${actions}.StopIteration;`,
    );
  });
  writer.line("}");
}

function emitPlace(emission: Emission, { location, rules }: PlannedPlace, number: number): void {
  const { planned, writer } = emission;
  const actions = writer.abi("numbers", "HeadersAction");
  const name = writer.literals.of(location.name).arguments;
  const removes = rules.some((i) => planned.rules[i]?.rule.forward === false);
  const forwards = rules.some((i) => planned.rules[i]?.rule.forward === true);
  writer.line("", `/** ${comment(title(location))} */`, `function tokens_${number}(stream: u32): u32 {`);
  if (removes) writer.line("  let removes = false;");
  switch (location.kind) {
    case "header": {
      const { prefix, caseless, spaced } = behind(location);
      const values = ["firstValue", "nextValue"].map((f) => writer.runtime("request", f));
      const call = `${use(writer, "places", "tokenBehind")}(v, ${writer.literals.of(prefix).arguments}, ${caseless}, ${spaced})`;
      writer.line(
        `  for (let v = ${values[0] ?? ""}(${writer.slot(location.name)}); v != 0; v = ${values[1] ?? ""}(v)) {`,
        `    if (!${call}) continue;`,
      );
      break;
    }
    case "query":
      writer.line(
        `  ${use(writer, "places", "beginQuery")}(${writer.slot(":path?")});`,
        `  while (${use(writer, "places", "nextParameter")}(${name})) {`,
      );
      break;
    case "cookie":
      writer.line(
        `  ${use(writer, "places", "beginCookies")}(${writer.slot("cookie")});`,
        `  while (${use(writer, "places", "nextCookie")}(${name})) {`,
      );
  }
  writer.line(`    if (!${use(writer, "verdict", "beginToken")}()) return turnAway(stream);`);
  rules.forEach((i, order) => {
    const rule = planned.rules[i];
    if (!rule) return;
    const accepted = `${use(writer, "verdict", "isAccepted")}(verdict_${i}(), ${i}, ${sourceOf(emission, rule)})`;
    writer.lineFor(rule.rule.origin.span, `    ${order > 0 ? "} else " : ""}if (${accepted}) {`);
    if (welcomes(emission, rule)) {
      writer.line(
        `      if (${use(writer, "verdict", "isFirstToken")}() && !welcome_${i}()) return ${changeRefused(writer)};`,
      );
    } else {
      writer.line(`      ${use(writer, "verdict", "isFirstToken")}();`);
    }
    if (removes && !rule.rule.forward) writer.line("      removes = true;");
  });
  writer.line("    } else return turnAway(stream);", "  }");
  if (removes) {
    const call =
      location.kind === "header"
        ? drop(writer, location.name)
        : location.kind === "query"
          ? `${use(writer, "changes", "dropParameters")}(${writer.slot(":path?")}, ${name})`
          : `${use(writer, "changes", "dropCookies")}(${writer.slot("cookie")}, ${name})`;
    if (forwards) writer.line("  // Some of the rules leave it to the upstream.");
    writer.line(`  if (removes && !${call}) return ${changeRefused(writer)};`);
  }
  writer.line(`  return ${actions}.Continue;`, "}");
}

function emitRule(emission: Emission, planned: PlannedTokenRule, number: number): void {
  const { writer, tables } = emission;
  const { rule, source } = planned;
  const verdict = use(writer, "verdict", "Verdict");
  const table = tables[number];
  if (!table) return;
  const claims = writer.table("u32", `CLAIMS_${number}`, table.words);
  writer.line("", `/** ${place(rule.origin)} */`, `function verdict_${number}(): ${verdict} {`);
  const span = rule.origin.span;
  writer.lineFor(span, `  if (!${use(writer, "verdict", "readBy")}(${claims})) return ${verdict}.NotMine;`);
  if (rule.issuer !== undefined) {
    const is = `${writer.runtime("token/claims", "issuerIs")}(${writer.literals.of(rule.issuer).arguments})`;
    writer.lineFor(span, `  if (!${is}) return ${verdict}.NotMine;`);
  }
  if (rule.audiences.length > 0) {
    const is = rule.audiences.map(
      (audience) =>
        `${writer.runtime("token/claims", "claimIs")}(${table.audiences}, ${writer.literals.of(audience).arguments})`,
    );
    writer.lineFor(span, `  if (!(${is.join(" || ")})) return ${verdict}.Refused;`);
  }
  writer.lineFor(
    span,
    `  if (!${use(writer, "verdict", "isTokenTimely")}(${CLOCK_SKEW})) return ${verdict}.Refused;`,
  );
  const signed =
    rule.keys.kind === "inline"
      ? `${use(writer, "verdict", "signedBy")}(${writer.table("u32", `KEYS_${number}`, keySetWords(rule.keys.keys))}, ${number})`
      : `${use(writer, "sources", "signedRemotely")}(${sourceName(emission, source ?? 0)}, ${number})`;
  writer.lineFor(span, `  return ${signed};`);
  writer.line("}");
  if (!welcomes(emission, planned)) return;
  const calls: string[] = emission.keepsClaims ? [`${use(writer, "changes", "keepClaims")}()`] : [];
  if (emission.keepsPayload) calls.push(`${writer.runtime("authentication/payload", "keepPayload")}()`);
  if (rule.payloadHeader !== undefined) calls.push(put(writer, "putPayload", rule.payloadHeader));
  rule.claimHeaders.forEach(({ header }, i) => {
    const found = (table.headers[i] ?? []).map((own) => `${use(writer, "changes", "hasClaim")}(${own})`);
    calls.push(`(!(${found.join(" || ")}) || ${put(writer, "putClaim", header)})`);
  });
  writer.line(
    "",
    "/** What the caller's token says goes to later stages and to the upstream. */",
    `function welcome_${number}(): bool {`,
  );
  for (const call of calls) writer.lineFor(span, `  if (!${call}) return false;`);
  writer.line("  return true;", "}");
}

/** Whether the rule writes anything. */
function welcomes({ keepsClaims, keepsPayload }: Emission, { rule }: PlannedTokenRule): boolean {
  return keepsClaims || keepsPayload || rule.payloadHeader !== undefined || rule.claimHeaders.length > 0;
}

function emitTurnAway(emission: Emission): void {
  const { planned, writer, answer } = emission;
  const remote = planned.sources.length > 0;
  const actions = writer.abi("numbers", "HeadersAction");
  writer.line(
    "",
    remote
      ? "/** No rule accepts the token: the request waits for keys, comes again, or is refused. */"
      : "/** No rule accepts the token. */",
    "function turnAway(stream: u32): u32 {",
  );
  if (remote) {
    writer.line(
      `  const source = ${use(writer, "verdict", "awaitedSource")}();`,
      `  if (source != 0 && ${use(writer, "waiting", "waitFor")}(source, stream)) return ${actions}.StopIteration;`,
    );
  }
  writer.line(`  switch (${use(writer, "verdict", "blamedRule")}()) {`);
  const refuse = (details: string): string => {
    const why = writer.why(details);
    const { status, body } = writer.answer(answer);
    return `${use(writer, "refuse", "refuseToken")}(${status}, ${why}, ${body})`;
  };
  planned.rules.forEach(({ rule, source }, i) => {
    const details = detailsOf("authentication", rule.origin);
    writer.lineFor(rule.origin.span, `    case ${i + 1}:`);
    if (source !== undefined) {
      const { status, body, retryAfter } = KEYS_UNAVAILABLE;
      const later = `${writer.runtime("respond", "refuseForNow")}(${status}, ${writer.why(details)}, ${writer.literals.of(body).arguments}, ${grpcStatus.unavailable}, ${retryAfter * 1_000_000_000})`;
      writer.lineFor(rule.origin.span, `      if (source != 0) return ${later};`);
    }
    writer.lineFor(rule.origin.span, `      return ${refuse(details)};`);
  });
  writer.line("    default:", `      return ${refuse(NO_TOKEN_RULE)};`, "  }", "}");
}

function emitSources(emission: Emission): void {
  const { planned, writer, sources } = emission;
  planned.sources.forEach((source, i) => {
    const cluster = writer.literals.of(source.cluster.name, `CLUSTER_${i}`).arguments;
    const headers = writer.literals.of(callHeaders(source), `CALL_${i}`).arguments;
    const times = [source.timeout, source.refresh * 1_000_000, source.keep * 1_000_000].join(", ");
    const describe = use(writer, "sources", "describeSource");
    writer.configure.push(`${describe}(${sourceName(emission, i)}, ${cluster}, ${headers}, ${times})`);
  });
  const declare = use(writer, "sources", "declareSources");
  writer.configureLast.push(`${declare}(${sources}, ${planned.sources.length}, context)`);
  writer.tick.push(`${use(writer, "sources", "fetchDue")}(context);`);
  const actions = writer.abi("numbers", "HeadersAction");
  const next = `${use(writer, "waiting", "nextWaiting")}(source)`;
  writer.line(
    "",
    "/** A key set has come, or will not: requests that waited for it are asked again. */",
    "export function proxy_on_http_call_response(context: u32, token: u32, headers: u32, size: u32, trailers: u32): void {",
    `  const source = ${use(writer, "sources", "takeAnswer")}(token, size);`,
    "  if (source == 0) return;",
    `  ${use(writer, "sources", "setResuming")}(true);`,
    `  for (let stream = ${next}; stream != 0; stream = ${next}) {`,
    `    if (handleRequest(stream) == ${actions}.Continue) ${writer.abi("env", "proxy_continue_stream")}(${writer.abi("numbers", "StreamType")}.Request);`,
    "  }",
    `  ${use(writer, "sources", "setResuming")}(false);`,
    "}",
  );
}

/** The call's headers as the host takes them: sizes first, then name NUL value NUL each. */
function callHeaders({ authority, path }: RemoteKeys): string {
  const pairs = [
    [":method", "GET"],
    [":path", path],
    [":authority", authority],
    ["accept", "application/json"],
  ] as const;
  const head = Buffer.alloc(4 + 8 * pairs.length);
  head.writeUInt32LE(pairs.length, 0);
  pairs.forEach(([name, value], i) => {
    head.writeUInt32LE(name.length, 4 + 8 * i);
    head.writeUInt32LE(value.length, 8 + 8 * i);
  });
  return head.toString("latin1") + pairs.map(([name, value]) => `${name}\0${value}\0`).join("");
}

function sourceOf(emission: Emission, { source }: PlannedTokenRule): string {
  return source === undefined ? "0" : sourceName(emission, source);
}

function sourceName({ sources }: Emission, number: number): string {
  return number === 0 ? sources : `${sources} + ${number * SOURCE_BYTES}`;
}

function title(location: PlannedPlace["location"]): string {
  switch (location.kind) {
    case "header":
      return location.prefix === ""
        ? `Tokens in the header \`${location.name}\``
        : `Tokens in the header \`${location.name}\`, behind \`${location.prefix.trim()}\``;
    case "query":
      return `Tokens in the query parameter \`${location.name}\``;
    case "cookie":
      return `Tokens in the cookie \`${location.name}\``;
  }
}

function behind({ name, prefix }: { name: string; prefix: string }): {
  prefix: string;
  caseless: boolean;
  spaced: boolean;
} {
  const caseless = name === "authorization";
  const wanted = prefix.replace(/ +$/, "");
  return {
    prefix: caseless ? wanted.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : wanted,
    caseless,
    spaced: prefix.endsWith(" "),
  };
}

function drop(writer: Writer, name: string): string {
  return `${use(writer, "changes", "dropHeader")}(${writer.slot(name)}, ${writer.literals.of(name).arguments})`;
}

function put(writer: Writer, how: string, name: string): string {
  return `${use(writer, "changes", how)}(${writer.slot(name)}, ${writer.literals.of(name).arguments})`;
}

function changeRefused(writer: Writer): string {
  return writer.refuse(500, TOKEN_CHANGE_REFUSED, "", grpcStatus.internal);
}

function use(writer: Writer, module: string, name: string): string {
  return writer.runtime(`authentication/${module}`, name);
}
