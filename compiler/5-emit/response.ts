// The response's phase and the stream's end as source: what routes and limits remembered of the request.
import type { PlannedLimit } from "../4-plan/limits.ts";
import type { Plan } from "../4-plan/plan.ts";
import { CHANGE_REFUSED, grpcStatus } from "../ir/details.ts";
import { emitTelling } from "./limit-answer.ts";
import { scopeNames, type LimitNames } from "./limits.ts";
import { emitRouteChanges } from "./routes.ts";
import type { Writer } from "./writer.ts";

/** Emits `proxy_on_response_headers` where the response is looked at or changed, and `proxy_on_delete`. */
export function emitResponse(plan: Plan, names: readonly LimitNames[], writer: Writer): void {
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
    );
    emitRouteChanges(plan, failed, writer);
    if (tells) writer.line(`  if (!tellLimits(record)) return ${failed};`);
    if (charges) writer.line("  chargeLimits(record);");
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
  if (releases.length > 0) writer.line(recordOf, "  if (record != 0) {", ...releases, "  }");
  writer.line(`  ${writer.runtime("records", "closeRecord")}(stream);`, "}");
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
