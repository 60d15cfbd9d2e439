// Why a request was decided as it was, in a few lines beside what was expected.
import { explain } from "../explain/explain.ts";
import type { RuleExplanation } from "../explain/explanation.ts";
import type { Origin, Program } from "../ir/program.ts";
import { placeOf } from "../source/span.ts";
import { deciderIn } from "./compare.ts";
import { isDetails, isNamed, splitReason } from "./expectation.ts";
import type { Failure } from "./run.ts";
import type { Expectation } from "./schema.ts";

/** What decided and where that stands; then what became of the rule that was expected to. */
export function why(program: Program, { request, outcome, at }: Failure, expect: Expectation): string[] {
  const explained = explain(program, request, at);
  const details = outcome.kind === "answer" ? outcome.details : undefined;
  const own = explained.decision.kind === "refuse" ? explained.decision.details : undefined;
  const rules = explained.stages.flatMap((stage) => stage.rules);
  const lines: string[] = [];
  if (details === own) {
    const { words, rule } = explained.decided;
    lines.push(rule ? `${words}: ${ruleWords(rule.origin)}` : words);
  } else {
    // What limits had counted by then only the engine knows.
    const [by] = details === undefined ? [] : deciderIn(details);
    const limit = program.limits.find(
      ({ origin }) => origin.policy === by?.policy && origin.part === by.part,
    );
    if (limit) {
      const rates = limit.rates.map(({ words }) => words).join(", ");
      lines.push(`there is no room left in ${ruleWords(limit.origin)}: ${rates}`);
    } else if (details !== undefined) lines.push(details);
  }
  const wanted = rules.find((rule) => rule.state !== "decides" && isWanted(rule, expect));
  if (wanted?.state === "fails") lines.push(`${ruleWords(wanted.origin)} does not match: ${failed(wanted)}`);
  else if (wanted) lines.push(`${ruleWords(wanted.origin)} matches as well, and another decides`);
  return lines;
}

/** A rule, and where it stands. */
function ruleWords({ policy, part, span }: Origin): string {
  return `\`${policy}\` \`${part}\` (${placeOf(span)})`;
}

function isWanted({ origin, name }: RuleExplanation, { reason, policy, rule }: Expectation): boolean {
  const wanted =
    reason && !isDetails(reason.value)
      ? splitReason(reason.value)
      : policy && { policy: policy.value, part: rule?.value };
  if (!wanted || wanted.part === undefined) return false;
  return isNamed(origin.policy, wanted.policy) && (origin.part === wanted.part || name === wanted.part);
}

function failed({ findings, notes }: RuleExplanation): string {
  return [...findings.slice(0, 1).map(({ words }) => words), ...notes].join("; ");
}
