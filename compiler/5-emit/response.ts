// The response's phase and the stream's end as source: what routes and limits remembered of the request.
import type { PlannedLimit } from "../4-plan/limits.ts";
import type { Plan } from "../4-plan/plan.ts";
import { CHANGE_REFUSED, grpcStatus } from "../ir/details.ts";
import type { HeaderChanges } from "./changes.ts";
import { tellOrigin } from "./cross-origin.ts";
import { emitRouteChanges } from "./http-routes.ts";
import { emitTelling } from "./limit-answer.ts";
import { scopeNames, type LimitNames } from "./limits.ts";
import { emitRead } from "./request.ts";
import { emitPolicyChanges } from "./routes.ts";
import type { Writer } from "./writer.ts";

/** Emits `proxy_on_response_headers` where the response is looked at or changed, and `proxy_on_delete`. */
export function emitResponse(
  plan: Plan,
  names: readonly LimitNames[],
  changes: HeaderChanges,
  writer: Writer,
): void {
  const { record: noted } = plan.routing;
  if (changes.responseSlots.size > 0) emitReadResponse(changes.responseSlots, writer);
  const actions = writer.abi("numbers", "HeadersAction");
  const tells = emitTelling(plan, writer);
  const charges = emitCharging(plan, names, writer);
  const recordOf = `  const record = ${writer.runtime("records", "recordOf")}(stream);`;
  if (plan.callbacks.includes("proxy_on_response_headers")) {
    const failed = "changeRefused()";
    writer.line(
      "",
      "export function proxy_on_response_headers(stream: u32, count: u32, endOfStream: u32): u32 {",
      `  ${writer.abi("arena", "resetArena")}();`,
      recordOf,
      `  if (record == 0) return ${actions}.Continue;`,
      ...(plan.values ? [`  if (!useValues(stream)) return ${actions}.Continue;`] : []),
    );
    if (changes.responseSlots.size > 0) writer.line(`  if (!readResponse()) return ${failed};`);
    if (noted.tape !== undefined)
      writer.line(`  ${writer.runtime("routing/tape", "rewindTape")}(record + ${noted.tape});`);
    emitRouteChanges(noted.list, failed, writer);
    emitPolicyChanges(plan, changes, failed, writer);
    if (tells) writer.line(`  if (!tellLimits(record)) return ${failed};`);
    if (charges) writer.line("  chargeLimits(record);");
    if (plan.crossOrigin && noted.crossOrigin !== undefined)
      writer.line(`  if (!${tellOrigin(plan.crossOrigin, noted.crossOrigin, writer)}) return ${failed};`);
    writer.line(`  return ${actions}.Continue;`, "}");
    writer.writeOutlined();
    const refuse = writer.refuse(500, CHANGE_REFUSED, "", grpcStatus.internal);
    writer.line("", "function changeRefused(): u32 {", `  return ${refuse};`, "}");
  }
  writer.line("", "export function proxy_on_delete(stream: u32): void {");
  const releases = plan.limits.flatMap((limit, i) => {
    const name = names[i];
    const call = name && endCall(limit, name, writer);
    return call === undefined ? [] : [`    ${call};`];
  });
  const tapes = [noted.tape, noted.crossOrigin === undefined ? undefined : noted.crossOrigin + 4];
  for (const tape of tapes) {
    if (tape !== undefined)
      releases.push(`    ${writer.runtime("routing/tape", "freeTape")}(record + ${tape});`);
  }
  const known = plan.values ? "record != 0 && useValues(stream)" : "record != 0";
  if (releases.length > 0) writer.line(recordOf, `  if (${known}) {`, ...releases, "  }");
  writer.line(`  ${writer.runtime("records", "closeRecord")}(stream);`);
  if (plan.values) writer.line(`  ${writer.runtime("parameters/values", "dropValues")}(stream);`);
  writer.line("}");
}

/** Emits `readResponse()`, false where the proxy did not hand the headers over. */
function emitReadResponse(slots: HeaderChanges["responseSlots"], writer: Writer): void {
  writer.line(
    "",
    "// What policies look at in responses.",
    ...[...slots.values()].map((slot, i) => `const ${slot}: u32 = ${i};`),
    `const RESPONSE_SLOTS: usize = memory.data(${slots.size * 8}, 4);`,
  );
  const read = `${writer.runtime("request", "readResponseHeaders")}(RESPONSE_SLOTS, ${slots.size})`;
  const keep = (header: string): string =>
    `${writer.runtime("request", "keep")}(${slots.get(header) ?? ""});`;
  writer.line("", "/** Reads the response's headers in one host call and keeps those that are copied. */");
  emitRead("readResponse", read, [...slots.keys()], keep, writer);
}

/** What a limit that still holds something does when the stream ends; undefined where it never does. */
function endCall(
  { algorithm, cost, hold, scope }: PlannedLimit,
  { limit, state }: LimitNames,
  writer: Writer,
): string | undefined {
  const told = cost.kind === "response-header";
  if (!told && algorithm !== "concurrency") return undefined;
  const end = writer.runtime("limits/after", `${told ? "unanswered" : "release"}${scopeNames[scope].name}`);
  return `${end}(${limit}, ${state}, record + ${hold ?? 0})`;
}

/** Emits `chargeLimits(record)`; true where a limit's cost is told by the response. */
function emitCharging({ limits }: Plan, names: readonly LimitNames[], writer: Writer): boolean {
  const calls = limits.flatMap(({ cost, hold, origin, scope }, i) => {
    const name = names[i];
    if (cost.kind !== "response-header" || !name) return [];
    const told = `${writer.runtime("limits/response-cost", "toldCost")}(${writer.literals.of(cost.name).arguments})`;
    const charge = writer.runtime("limits/after", `charge${scopeNames[scope].name}`);
    return [
      { origin, line: `  ${charge}(${name.limit}, ${name.state}, record + ${hold ?? 0}, ${told}, time);` },
    ];
  });
  if (calls.length === 0) return false;
  writer.line(
    "",
    "/** The response has told what its request costs. */",
    "function chargeLimits(record: usize): void {",
    `  const time = ${writer.runtime("limit-key", "now")}();`,
    `  ${writer.runtime("limits/response-cost", "readCosts")}();`,
  );
  for (const { origin, line } of calls) writer.lineFor(origin.span, line);
  writer.line("}");
  return true;
}
