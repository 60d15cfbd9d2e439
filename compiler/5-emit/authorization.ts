// The authorization stage as source: one decision over all rules, and what its outcomes mean.
import type { Plan, PlannedAuthorization } from "../4-plan/plan.ts";
import { grpcStatus, NO_RULE_MATCHED } from "../ir/details.ts";
import { ALLOWED, DENIED, NO_CLAUSE } from "../ir/outcomes.ts";
import type { Rule } from "../ir/program.ts";
import { place, type Writer } from "./writer.ts";

export function emitAuthorization(
  { decision, anyAllowPolicy, deny }: PlannedAuthorization,
  { responses }: Plan,
  calls: readonly string[],
  writer: Writer,
): void {
  const { denied } = responses;
  const actions = writer.abi("numbers", "HeadersAction");
  const { status, body } = writer.answer(denied);
  writer.line(
    "",
    "/** DENY rules first; then, where ALLOW policies apply, one of their rules must match. */",
  );
  writer.line("function authorize(): u32 {", `  const outcome = ${calls[decision] ?? ""};`);
  writer.line(`  if (outcome == ${ALLOWED}) return ${actions}.Continue;`);
  const nobody = anyAllowPolicy
    ? `${writer.runtime("respond", "refuse")}(${status}, ${writer.why(NO_RULE_MATCHED)}, ${body}, ${grpcStatus.denied})`
    : `${actions}.Continue`;
  if (deny.length === 0) {
    writer.line(`  return ${nobody};`, "}");
    return;
  }
  writer.line(`  if (outcome == ${NO_CLAUSE}) return ${nobody};`);
  deny.forEach((rule, i) => writer.lineFor(rule.origin.span, `  // ${DENIED + i}: ${place(rule.origin)}`));
  const { rules, policies } = ruleTables(deny, writer);
  const refuse = writer.runtime("respond", "refuseByRule");
  writer.line(
    `  return ${refuse}(${status}, ${rules} + (outcome - ${DENIED}) * 12, ${policies}, ${body}, ${grpcStatus.denied});`,
    "}",
  );
}

/** For each rule where its policy's name stands, how long it is, and the rule's number in it. */
function ruleTables(rules: readonly Rule[], writer: Writer): { rules: string; policies: string } {
  let names = "";
  const places = new Map<string, number>();
  const words = rules.flatMap(({ origin }) => {
    const number = /^rules\[(\d+)\]$/.exec(origin.part)?.[1];
    if (number === undefined) throw new Error(`${origin.part} is no rule`);
    let at = places.get(origin.policy);
    if (at === undefined) {
      places.set(origin.policy, (at = names.length));
      names += origin.policy;
    }
    return [at, origin.policy.length, Number(number)];
  });
  return {
    rules: writer.table("u32", "DENY_RULES", words),
    policies: writer.table(
      "u8",
      "DENY_POLICIES",
      Array.from(names, (c) => c.charCodeAt(0)),
    ),
  };
}
