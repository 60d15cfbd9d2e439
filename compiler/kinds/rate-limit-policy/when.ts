// `when`: expressions in CEL, all of which must hold for a request to count.
import { checkCel, expressionOf } from "../../cel/check.ts";
import { lowerCel } from "../../cel/predicates.ts";
import { reportCel } from "../../cel/report.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { all } from "../../ir/conditions.ts";
import type { Condition } from "../../ir/program.ts";
import type { LimitSpec } from "./schema.ts";

type WhenSpec = LimitSpec["when"];

export function checkWhen(when: WhenSpec, diagnostics: Diagnostics): void {
  for (const { predicate } of when?.items ?? []) reportCel(predicate, checkCel(predicate.value), diagnostics);
}

/** Where an expression errors, the request counts: nobody gets around a limit by a request that it cannot read. */
export function lowerWhen(when: WhenSpec): Condition {
  return all(
    (when?.items ?? []).map(({ predicate }) => lowerCel(expressionOf(checkCel(predicate.value)), true)),
  );
}
