// What fits the shape of a HeaderRoutePolicy but makes no sense, or would be unsafe.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { Located } from "../../source/span.ts";
import { checkChanges } from "./changes.ts";
import { checkCondition, checkMatch } from "./match.ts";
import { checkUnique } from "./names.ts";
import type { Spec } from "./schema.ts";
import { checkSplit } from "./split.ts";

export function check(spec: Spec, diagnostics: Diagnostics): void {
  const names = new Map<string, Located<string>>();
  for (const rule of spec.rules.items) {
    if (rule.name) checkUnique(rule.name, "rule", names, diagnostics);
    for (const match of rule.matches?.items ?? []) checkMatch(match, diagnostics);
    if (rule.condition) checkCondition(rule.condition, diagnostics);
    checkChanges(rule, diagnostics);
    if (rule.split) checkSplit(rule.split, diagnostics);
  }
}

/** The clusters that rules and arms name. */
export function namesBackends(spec: Spec): Located<string>[] {
  return spec.rules.items.flatMap(({ backend, split }) =>
    [backend, ...(split?.arms.items ?? []).map((arm) => arm.backend)].filter((name) => name !== undefined),
  );
}
