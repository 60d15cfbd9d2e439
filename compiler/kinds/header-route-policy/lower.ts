// HeaderRoutePolicy → rules of the routing stage.
import { all, always, any } from "../../ir/conditions.ts";
import type { Condition } from "../../ir/program.ts";
import type { RouteRule } from "../../ir/routing.ts";
import { policyName, type PolicyIdentity, type ProgramDraft } from "../kind.ts";
import { lowerChanges } from "./changes.ts";
import { lowerCondition, lowerMatch } from "./match.ts";
import type { RuleSpec, Spec } from "./schema.ts";
import { lowerSplit } from "./split.ts";

export function lower(identity: PolicyIdentity, spec: Spec, draft: ProgramDraft): void {
  const policy = policyName(identity);
  const rules = spec.rules.items.map((rule, index): RouteRule => {
    const part = `rules[${index}]`;
    return {
      origin: { policy, part, span: rule.span },
      name: rule.name?.value ?? part,
      when: lowerWhen(rule),
      changes: lowerChanges(rule),
      ...(rule.backend && { backend: rule.backend.value }),
      split: rule.split && lowerSplit(rule.split),
    };
  });
  draft.routes.push({ policy, rules });
}

function lowerWhen({ matches, condition }: RuleSpec): Condition {
  return all([
    matches ? any(matches.items.map(lowerMatch)) : always,
    ...(condition ? [lowerCondition(condition)] : []),
  ]);
}
