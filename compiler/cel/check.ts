// From text to checked expression: parsed by a kept library, checked by our own rules, since what a request has is known
// here (attributes.ts) and what is refused must be told with its place.
import type { CelExpression } from "./expression.ts";
import { Checker } from "./checker.ts";
import type { CelFault } from "./refusals.ts";
import { readsOf } from "./reads.ts";
import { parseCel } from "./syntax.ts";
import { typeName, type CelType } from "./types.ts";

/**
 * Checks the text of a condition: it must come to a truth value. All faults are told at once, in the order of the text.
 *
 * @example
 * checkCel("request.method == 'GET' && 'x-user' in request.headers") // { expression }
 * checkCel("request.metod == 'GET'") // { faults: [{ at: 8, length: 5, message: "...", help: "did you mean ..." }] }
 */
export function checkCel(text: string): { expression: CelExpression } | { faults: readonly CelFault[] } {
  const parsed = parseCel(text);
  if ("reason" in parsed) return { faults: [parsed] };
  const checker = new Checker(parsed);
  const checked = checker.check(parsed.expr);
  const root = checked && checker.asType(checked, "bool", parsed.expr, conditionFault);
  if (root && checker.faults.length === 0) {
    return { expression: { text, root, ...readsOf(root) } };
  }
  return { faults: checker.faults.toSorted((a, b) => a.at - b.at) };
}

function conditionFault(type: CelType): string {
  return `a condition must come to true or false, and this comes to \`${typeName(type)}\``;
}
