// An explanation for machines.
import type { Stage } from "../ir/details.ts";
import { descriptionOf } from "../requests/index.ts";
import type { Explanation, RuleExplanation } from "./explanation.ts";
import { placeToJson } from "./place.ts";
import { findingWords } from "./render.ts";

/** Plain data; texts are Unicode. */
export function explanationToJson({
  request,
  word,
  decision,
  decided,
  stages,
  assumed,
}: Explanation): Readonly<Record<string, unknown>> {
  return {
    decision: word,
    ...(decision.kind === "refuse" && { status: decision.status, details: decision.details }),
    decidedBy: {
      stage: decided.stage,
      words: decided.words,
      ...(decided.rule && { rule: ruleToJson(decided.rule) }),
    },
    request: descriptionOf(request),
    stages: stages.map(({ stage, policy, verdict, words, rules }) => ({
      stage: stage satisfies Stage,
      ...(policy !== undefined && { policy }),
      verdict,
      words,
      rules: rules.map(ruleToJson),
    })),
    ...(decision.kind === "forward"
      ? { changes: { request: decision.request, response: decision.response } }
      : { answer: { headers: decision.headers ?? [], body: decision.body } }),
    assumed,
  };
}

function ruleToJson({ origin, role, name, state, findings, notes }: RuleExplanation): object {
  return {
    policy: origin.policy,
    part: origin.part,
    role,
    ...(name !== undefined && { name }),
    place: placeToJson(origin.span),
    state,
    reasons: [...findings.map(findingWords), ...notes],
  };
}
