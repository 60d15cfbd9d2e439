// The routing stage as source: in each policy the first rule that matches, its header changes, its split; and what the
// response gets of them.
import type { Plan, PlannedArm, PlannedRouteRule, PlannedRoutes, PlannedSplit } from "../4-plan/plan.ts";
import type { HeaderChange, StickyKey } from "../ir/routing.ts";
import type { Span } from "../source/span.ts";
import { hex, joined } from "./expression.ts";
import { comment, unique } from "./literals.ts";
import { identifier, place, type Writer } from "./writer.ts";

export function emitRoutes(plan: Plan, decisions: readonly string[], writer: Writer): void {
  const { routes, recordBytes } = plan;
  const remembers = routes.some(({ bits }) => bits > 0);
  const names = routes.map((policy) => unique(`route_${identifier(policy.policy)}`, writer.functions));
  if (remembers) {
    writer.line("", "// What the response will get: for each policy the number of its changes, 0 for none.");
    writer.line("let response: u64 = 0;");
  }
  writer.line(
    "",
    "/** In each policy the first rule that matches decides; false where the proxy refused a change. */",
  );
  writer.line("function route(stream: u32): bool {");
  if (remembers) writer.line("  response = 0;");
  const refused = names.map((name) => `!${name}()`);
  writer.line(`  if (${joined("||", refused, writer)}) return false;`);
  writer.line(
    remembers
      ? `  return response == 0 || ${writer.runtime("records", "setWord")}(${writer.runtime("records", "openRecord")}(stream, ${recordBytes}), response);`
      : "  return true;",
    "}",
  );
  writer.writeOutlined();
  routes.forEach((policy, i) => {
    writer.line("", `/** ${comment(policy.policy)}: the first rule that matches. */`);
    writer.line(`function ${names[i] ?? ""}(): bool {`, `  switch (${decisions[policy.decision] ?? ""}) {`);
    policy.rules.forEach((planned, number) => emitRule(writer, policy, planned, number + 1));
    writer.line("  }", "  return true;", "}");
    writer.writeOutlined();
  });
}

function emitRule(writer: Writer, policy: PlannedRoutes, planned: PlannedRouteRule, number: number): void {
  const { rule } = planned;
  const title = rule.name === rule.origin.part ? "" : ` (${comment(rule.name)})`;
  writer.lineFor(rule.origin.span, `    case ${number}: // ${place(rule.origin)}${title}`);
  applyRule(writer, policy, planned, "      ");
}

function applyRule(writer: Writer, policy: PlannedRoutes, planned: PlannedRouteRule, pad: string): void {
  const span = planned.rule.origin.span;
  if (!planned.split) {
    remember(writer, policy, planned.response, pad, span);
    writer.lineFor(span, `${pad}return ${changeCalls(writer, "Request", planned.request)};`);
    return;
  }
  if (planned.request.length > 0) {
    writer.lineFor(span, `${pad}if (!(${changeCalls(writer, "Request", planned.request)})) return false;`);
  }
  emitSplit(writer, policy, planned.split, pad, span);
}

function emitSplit(
  writer: Writer,
  policy: PlannedRoutes,
  split: PlannedSplit,
  pad: string,
  span: Span,
): void {
  const sticky = [
    ...split.stickyBy.map((key) => stickCall(key, writer)),
    `${writer.runtime("split", "stickToHeader")}(${writer.slot("x-request-id")})`,
    `${writer.runtime("split", "stickToNothing")}()`,
  ];
  writer.lineFor(
    span,
    `${pad}${joined("||", sticky, writer)};`,
    `${pad}${writer.runtime("split", "beginSplit")}();`,
  );
  split.arms.forEach((arm, i) => {
    const draw = writer.runtime("split", "drawArm");
    writer.lineFor(span, `${pad}${draw}(${i}, ${hex(arm.seed)}, ${arm.weight}); // ${comment(arm.name)}`);
  });
  writer.lineFor(span, `${pad}switch (${writer.runtime("split", "chosenArm")}()) {`);
  split.arms.forEach((arm, i) => {
    const label = i === split.arms.length - 1 ? "default" : `case ${i}`;
    writer.lineFor(span, `${pad}  ${label}: // ${comment(arm.name)}`);
    applyArm(writer, policy, arm, `${pad}    `, span);
  });
  writer.line(`${pad}}`);
}

function stickCall(key: StickyKey, writer: Writer): string {
  if (key.kind === "peer") return `${writer.runtime("split", "stickToPeer")}()`;
  if (key.kind !== "header") throw new Error(`no ${key.kind} yet`);
  return `${writer.runtime("split", "stickToHeader")}(${writer.slot(key.name)})`;
}

function applyArm(writer: Writer, policy: PlannedRoutes, arm: PlannedArm, pad: string, span: Span): void {
  remember(writer, policy, arm.response, pad, span);
  writer.lineFor(span, `${pad}return ${changeCalls(writer, "Request", arm.request)};`);
}

function remember(writer: Writer, policy: PlannedRoutes, number: number, pad: string, span: Span): void {
  if (number === 0) return;
  writer.lineFor(span, `${pad}response |= ${hex(BigInt(number) << BigInt(policy.shift))};`);
}

function changeCalls(writer: Writer, map: "Request" | "Response", changes: readonly HeaderChange[]): string {
  if (changes.length === 0) return "true";
  const maps = writer.abi("numbers", "HeaderMap");
  const calls = changes.map((change) => {
    const name = writer.literals.of(change.name).arguments;
    if (change.op === "remove")
      return `${writer.runtime("respond", "removeHeader")}(${maps}.${map}, ${name})`;
    if (change.op !== "set") throw new Error(`no ${change.op} yet`);
    const value = writer.literals.of(change.value.map(String).join("")).arguments;
    return `${writer.runtime("respond", "setHeader")}(${maps}.${map}, ${name}, ${value})`;
  });
  return joined("&&", calls, writer);
}

/** The changes to the response that were chosen, as statements that return `failed` where the proxy refuses one. */
export function emitRouteChanges({ routes }: Plan, failed: string, writer: Writer): void {
  if (!routes.some(({ bits }) => bits > 0)) return;
  writer.line("  const chosen = load<u64>(record);");
  for (const policy of routes) {
    if (policy.bits === 0) continue;
    writer.line(`  // ${comment(policy.policy)}`);
    const mask = hex((1n << BigInt(policy.bits)) - 1n);
    writer.line(`  switch (<u32>((chosen >>> ${policy.shift}) & ${mask})) {`);
    policy.responses.forEach((changes, i) => {
      writer.line(
        `    case ${i + 1}:`,
        `      if (!(${changeCalls(writer, "Response", changes)})) return ${failed};`,
      );
      writer.line("      break;");
    });
    writer.line("  }");
  }
}
