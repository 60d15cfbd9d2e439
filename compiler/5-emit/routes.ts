// The routing stage as source: in each policy the first rule that matches, its header changes, its split; and what the
// response gets of them.
import type { Plan, PlannedArm, PlannedRouteRule, PlannedRoutes, PlannedSplit } from "../4-plan/plan.ts";
import { CLUSTER_HEADER } from "../ir/route-headers.ts";
import type { StickyKey } from "../ir/routing.ts";
import { slotOf } from "../ir/slots.ts";
import type { Span } from "../source/span.ts";
import type { HeaderChanges } from "./changes.ts";
import { fillLines } from "./classify.ts";
import { hex, joined } from "./expression.ts";
import { comment, unique } from "./literals.ts";
import { identifier, place, type Writer } from "./writer.ts";

/** What the routing stage's parts have in common. */
export interface RouteEmission {
  readonly plan: Plan;
  readonly decisions: readonly string[];
  readonly changes: HeaderChanges;
  readonly writer: Writer;
}

/** Emits `route(stream)` for a filter without HTTPRoutes, and a function for each policy. */
export function emitRoutes(emission: RouteEmission): void {
  const { plan, writer } = emission;
  const { routing } = plan;
  const names = policyNames(emission);
  writer.line(
    "",
    "/** In each policy the first rule that matches decides; false where the proxy refused a change. */",
  );
  writer.line("function route(stream: u32): bool {");
  writer.line(...policyCalls(emission, names, "return false").map((line) => `  ${line}`));
  if (routing.choosesClusters) {
    const slot = writer.slot(CLUSTER_HEADER);
    writer.line(`  if (!${writer.runtime("routing/cluster", "writeClusterOrNone")}(${slot})) return false;`);
  }
  writer.line(`  return ${remembered(plan, writer) ?? "true"};`, "}");
  writer.writeOutlined();
  emitPolicies(emission, names);
}

/** The functions of the policies; declares what they have in common. */
export function policyNames({ plan: { routes }, writer }: RouteEmission): string[] {
  const names = routes.map((policy) => unique(`route_${identifier(policy.policy)}`, writer.functions));
  if (routes.some(({ bits }) => bits > 0)) {
    writer.line("", "// What the response will get: for each policy the number of its changes, 0 for none.");
    writer.line("let response: u64 = 0;");
  }
  return names;
}

/** Statements that ask every policy; `fail` is done where something goes wrong. */
export function policyCalls(
  { plan, writer }: RouteEmission,
  names: readonly string[],
  fail: string,
): string[] {
  const { routes, routing, httpRoutes, recordBytes } = plan;
  const lines: string[] = [];
  if (routes.some(({ bits }) => bits > 0)) lines.push("response = 0;");
  if (!httpRoutes && routing.record.tape !== undefined) {
    lines.push(
      `const record = ${writer.runtime("records", "openRecord")}(stream, ${recordBytes});`,
      `if (record == 0) ${fail};`,
      `${writer.runtime("routing/tape", "beginTape")}(record + ${routing.record.tape});`,
    );
  }
  if (!httpRoutes && routing.choosesClusters)
    lines.push(`${writer.runtime("routing/cluster", "forgetCluster")}();`);
  if (names.length > 0) {
    const refused = names.map((name) => `!${name}()`);
    lines.push(`if (${joined("||", refused, writer)}) ${fail};`);
  }
  return lines;
}

/** Whether what the policies chose for the response is remembered; undefined where they choose nothing. */
export function remembered({ routes, recordBytes }: Plan, writer: Writer): string | undefined {
  if (!routes.some(({ bits }) => bits > 0)) return undefined;
  return `response == 0 || ${writer.runtime("records", "setWord")}(${writer.runtime("records", "openRecord")}(stream, ${recordBytes}), response)`;
}

export function emitPolicies(emission: RouteEmission, names: readonly string[]): void {
  const { plan, decisions, writer } = emission;
  plan.routes.forEach((policy, i) => {
    writer.line("", `/** ${comment(policy.policy)}: the first rule that matches. */`);
    writer.line(`function ${names[i] ?? ""}(): bool {`, `  switch (${decisions[policy.decision] ?? ""}) {`);
    policy.rules.forEach((planned, number) => emitRule(emission, policy, planned, number + 1));
    writer.line("  }", "  return true;", "}");
    writer.writeOutlined();
  });
}

function emitRule(
  emission: RouteEmission,
  policy: PlannedRoutes,
  planned: PlannedRouteRule,
  number: number,
): void {
  const { writer } = emission;
  const { rule, split, changes } = planned;
  const title = rule.name === rule.origin.part ? "" : ` (${comment(rule.name)})`;
  const span = rule.origin.span;
  const pad = "      ";
  writer.lineFor(span, `    case ${number}: // ${place(rule.origin)}${title}`);
  if (!split) {
    apply(emission, policy, planned, pad, span);
    return;
  }
  if (changes.request.length > 0) {
    const calls = joined("&&", emission.changes.ofRequest(changes.request), writer);
    writer.lineFor(span, `${pad}if (!(${calls})) return false;`);
  }
  emitSplit(emission, policy, split, pad, span);
}

function emitSplit(
  emission: RouteEmission,
  policy: PlannedRoutes,
  split: PlannedSplit,
  pad: string,
  span: Span,
): void {
  const { writer } = emission;
  const sticky = [
    ...split.stickyBy.map((key) => stickCall(key, writer)),
    `${writer.runtime("split", "stickToSlot")}(${writer.slot("x-request-id")})`,
    `${writer.runtime("split", "stickToNothing")}()`,
  ];
  for (const key of split.stickyBy) {
    const slot = key.kind === "cookie" ? slotOf(key) : undefined;
    if (slot) writer.lineFor(span, ...fillLines(slot, writer).map((line) => pad + line));
  }
  writer.lineFor(
    span,
    `${pad}${joined("||", sticky, writer)};`,
    `${pad}${writer.runtime("split", "beginSplit")}();`,
  );
  split.arms.forEach((arm, i) => {
    const draw = writer.runtime("split", "drawArm");
    writer.lineFor(
      span,
      `${pad}${draw}(${i}, ${hex(arm.seed)}, ${writer.values.word(arm.holes?.weight, arm.weight)}); // ${comment(arm.name)}`,
    );
  });
  writer.lineFor(span, `${pad}switch (${writer.runtime("split", "chosenArm")}()) {`);
  split.arms.forEach((arm, i) => {
    const label = i === split.arms.length - 1 ? "default" : `case ${i}`;
    writer.lineFor(span, `${pad}  ${label}: // ${comment(arm.name)}`);
    apply(emission, policy, arm, `${pad}    `, span);
  });
  writer.line(`${pad}}`);
}

function stickCall(key: StickyKey, writer: Writer): string {
  const slot = key.kind === "peer" ? undefined : slotOf(key);
  if (!slot) return `${writer.runtime("split", "stickToPeer")}()`;
  return `${writer.runtime("split", "stickToSlot")}(${writer.slotOf(slot)})`;
}

/** What a rule or an arm does. */
function apply(
  { changes, writer }: RouteEmission,
  policy: PlannedRoutes,
  chosen: Pick<PlannedArm, "changes" | "response" | "backend">,
  pad: string,
  span: Span,
): void {
  if (chosen.response !== 0) {
    const number = hex(BigInt(chosen.response) << BigInt(policy.shift));
    writer.lineFor(span, `${pad}response |= ${number};`);
  }
  if (chosen.backend !== undefined) {
    const name = writer.literals.of(chosen.backend).arguments;
    writer.lineFor(span, `${pad}${writer.runtime("routing/cluster", "chooseCluster")}(${name});`);
  }
  const calls = [...changes.ofRequest(chosen.changes.request), ...changes.kept(chosen.changes.response)];
  writer.lineFor(span, `${pad}return ${calls.length === 0 ? "true" : joined("&&", calls, writer)};`);
}

/** The policies' changes to the response that were chosen, as statements that return `failed` where the proxy refuses one. */
export function emitPolicyChanges(
  { routes }: Plan,
  changes: HeaderChanges,
  failed: string,
  writer: Writer,
): void {
  if (!routes.some(({ bits }) => bits > 0)) return;
  writer.line("  const chosen = load<u64>(record);");
  for (const policy of routes) {
    if (policy.bits === 0) continue;
    writer.line(`  // ${comment(policy.policy)}`);
    const mask = hex((1n << BigInt(policy.bits)) - 1n);
    writer.line(`  switch (<u32>((chosen >>> ${policy.shift}) & ${mask})) {`);
    policy.responses.forEach((list, i) => {
      writer.line(
        `    case ${i + 1}:`,
        `      if (!(${joined("&&", changes.ofResponse(list), writer)})) return ${failed};`,
      );
      writer.line("      break;");
    });
    writer.line("  }");
  }
}
