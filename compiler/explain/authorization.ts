// What each authorization rule makes of a request.
import { holds, type Request } from "../ir/interpret.ts";
import type { Authorization, Observer, Rule } from "../ir/program.ts";
import type { RuleExplanation, StageExplanation } from "./explanation.ts";
import { findingsOf } from "./findings.ts";

/** Undefined where no policy is about authorization. `request`: as this stage sees it. */
export function explainAuthorization(
  { deny, allow, anyAllowPolicy, observers }: Authorization,
  request: Request,
): StageExplanation | undefined {
  if (deny.length + observers.length === 0 && !anyAllowPolicy) return undefined;
  const refusing = deny.find((rule) => holds(rule.when, request));
  const allowing = refusing ? undefined : allow.find((rule) => holds(rule.when, request));
  const one =
    (role: string, deciding: Rule | undefined) =>
    (rule: Rule): RuleExplanation => ({
      origin: rule.origin,
      role,
      state: rule === deciding ? "decides" : holds(rule.when, request) ? "matches" : "fails",
      findings: findingsOf(rule.when, request),
      notes: [],
    });
  const answers = refusing !== undefined || (anyAllowPolicy && !allowing);
  return {
    stage: "authorization",
    verdict: answers ? "answers" : "passes",
    words: verdictWords(refusing, allowing, anyAllowPolicy),
    rules: [
      ...deny.map(one("DENY", refusing)),
      ...allow.map(one("ALLOW", allowing)),
      ...observers.flatMap(({ rules, effect }) => rules.map(one(roles[effect], undefined))),
    ],
  };
}

const roles: Readonly<Record<Observer["effect"], string>> = {
  audit: "AUDIT",
  "dry-run-allow": "ALLOW (dry run)",
  "dry-run-deny": "DENY (dry run)",
};

function verdictWords(refusing: Rule | undefined, allowing: Rule | undefined, anyAllow: boolean): string {
  if (refusing) return "a DENY rule matches";
  if (allowing) return "an ALLOW rule matches, and no DENY rule";
  return anyAllow ? "no ALLOW rule matches" : "no DENY rule matches, and there is no ALLOW policy";
}
