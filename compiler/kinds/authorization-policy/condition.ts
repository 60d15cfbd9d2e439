// `condition`: an expression in CEL, ANDed with the rest of its rule.
import { checkCel, expressionOf } from "../../cel/check.ts";
import { lowerCel } from "../../cel/predicates.ts";
import { reportCel } from "../../cel/report.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { Condition } from "../../ir/program.ts";
import type { Located } from "../../source/span.ts";

/** Reports all that is wrong with an expression, each where it stands in it. */
export function checkExpression(expression: Located<string>, diagnostics: Diagnostics): void {
  reportCel(expression, checkCel(expression.value), diagnostics);
}

/** An expression that fails matches or not, as `onError` says. */
export function lowerExpression(expression: Located<string>, onError: boolean): Condition {
  return lowerCel(expressionOf(checkCel(expression.value)), onError);
}
