// The authorization stage as source: one function a rule, and one that asks them in order.
import type { Plan } from "../4-plan/plan.ts";
import { detailsOf, grpcStatus, NO_RULE_MATCHED } from "../ir/details.ts";
import type { Rule } from "../ir/program.ts";
import { conditionLines } from "./condition.ts";
import { place, type Writer } from "./writer.ts";

export function emitAuthorization(plan: Plan, writer: Writer): void {
  const { deny, allow, anyAllowPolicy } = plan.authorization;
  const denied = plan.responses.denied;
  const actions = writer.abi("numbers", "HeadersAction");
  const named = (rules: readonly Rule[], action: string): { rule: Rule; name: string }[] =>
    rules.map((rule) => ({ rule, name: writer.functionName(action, rule.origin) }));
  const denials = named(deny, "deny");
  const allowances = named(allow, "allow");
  writer.line(
    "",
    "/** DENY rules first; then, where ALLOW policies apply, one of their rules must match. */",
  );
  writer.line("function authorize(): u32 {");
  for (const { rule, name } of denials) {
    const details = detailsOf("authorization", rule.origin);
    writer.lineFor(
      rule.origin.span,
      `  if (${name}()) return ${writer.refuse(denied.status, details, denied.body, grpcStatus.denied)};`,
    );
  }
  for (const { rule, name } of allowances) {
    writer.lineFor(rule.origin.span, `  if (${name}()) return ${actions}.Continue;`);
  }
  const last = anyAllowPolicy
    ? writer.refuse(denied.status, NO_RULE_MATCHED, denied.body, grpcStatus.denied)
    : `${actions}.Continue`;
  writer.line(`  return ${last};`, "}");
  for (const { rule, name } of [...denials, ...allowances]) {
    writer.line("", `/** ${place(rule.origin)} */`);
    writer.line(`function ${name}(): bool {`);
    writer.returnLines(rule.origin.span, conditionLines(rule.when, writer));
    writer.line("}");
    writer.writeOutlined(rule.origin.span);
  }
}
