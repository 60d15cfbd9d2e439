// From text to checked expression: parsed by a kept library, checked by our own rules, since what a request has is known
// here (attributes.ts) and what is refused must be told with its place.
import { Checker } from "./checker.ts";
import type { CelExpression, CelNode, CelValueExpression } from "./expression.ts";
import type { CelFault } from "./refusals.ts";
import { readsOf } from "./reads.ts";
import { parseCel, type CelSyntax } from "./syntax.ts";
import { typeName, type CelType } from "./types.ts";
import { MAX_COST } from "./value.ts";

/** All faults are told at once, in the order of the text. */
export type Checked<Expression> = { expression: Expression } | { faults: readonly CelFault[] };

/** The expression of a text in which nothing is wrong; throws where something is. */
export function expressionOf<Expression>(checked: Checked<Expression>): Expression {
  if ("faults" in checked) throw new Error(`an unchecked expression: ${checked.faults[0]?.message ?? ""}`);
  return checked.expression;
}

/**
 * Checks the text of a condition: it must come to a truth value.
 *
 * @example
 * checkCel("request.method == 'GET' && 'x-user' in request.headers") // { expression }
 * checkCel("request.metod == 'GET'") // { faults: [{ at: 8, length: 5, message: "...", help: "did you mean ..." }] }
 */
export function checkCel(text: string): Checked<CelExpression> {
  return checked(text, (checker, node, part) => checker.asType(node, "bool", part, conditionFault));
}

/**
 * Checks the text of a rate limit's cost: it must come to a whole number, `int` or `uint`. What numbers mean as costs
 * `costOf` says.
 *
 * @example
 * checkCelCost("request.method == 'GET' ? 1 : 10") // { expression }, of type int
 * checkCelCost("request.headers['x-cost']") // { faults }: it is a string; `int(request.headers['x-cost'])` is none
 */
export function checkCelCost(text: string): Checked<CelValueExpression> {
  return withType(checked(text, asCost));
}

/**
 * Checks the text of a part of a rate limit's key: it must come to a `string`, `bytes`, `int`, `uint`, `bool`, or be a
 * claim. What is neither `string` nor `bytes` is turned into a text as CEL's `string()` does: 7, 7u, a claim of 7 or
 * 7.0, and the text `7` are one key, and so are true and `true`; of any one type different values are different keys. A
 * claim that is null, a list, an object, or a number that is not whole or beyond 2^53 is an error.
 *
 * @example
 * checkCelKey("auth.claims.sub") // { expression }, of type string
 * checkCelKey("request.time") // { faults }: it is a timestamp
 */
export function checkCelKey(text: string): Checked<CelValueExpression> {
  return withType(
    checked(text, (checker, node, part) =>
      asText(
        checker,
        node,
        part,
        (type) => `no requests can be told apart by a \`${type}\``,
        "a key is a `string`, `bytes`, `int`, `uint`, `bool`, or a claim; doubles and times become one with `int(...)`",
      ),
    ),
  );
}

/**
 * Checks the text of an expression that a header's value is made of: what it may come to, and what becomes a text, is as of a
 * key.
 *
 * @example
 * checkCelHeaderValue("auth.claims.tier") // { expression }, of type string
 * checkCelHeaderValue("request.time") // { faults }: it is a timestamp
 */
export function checkCelHeaderValue(text: string): Checked<CelValueExpression> {
  return withType(
    checked(text, (checker, node, part) =>
      asText(
        checker,
        node,
        part,
        (type) => `a header's value must be a text, and this comes to \`${type}\``,
        "what becomes a text is a `string`, `bytes`, `int`, `uint`, `bool`, or a claim; doubles and times become one with `int(...)`",
      ),
    ),
  );
}

function checked(
  text: string,
  finish: (checker: Checker, node: CelNode, part: CelSyntax) => CelNode | undefined,
): Checked<CelExpression> {
  const parsed = parseCel(text);
  if ("reason" in parsed) return { faults: [parsed] };
  const checker = new Checker(parsed);
  const node = checker.check(parsed.expr);
  const root = node && finish(checker, node, parsed.expr);
  if (root && checker.faults.length === 0) {
    return { expression: { text, root, ...readsOf(root) } };
  }
  return { faults: checker.faults.toSorted((a, b) => a.at - b.at) };
}

function withType(found: Checked<CelExpression>): Checked<CelValueExpression> {
  if ("faults" in found) return found;
  const { type } = found.expression.root;
  if (type !== "int" && type !== "string" && type !== "bytes") throw new Error("a value of no known type");
  return { expression: { ...found.expression, type } };
}

function conditionFault(type: CelType): string {
  return `a condition must come to true or false, and this comes to \`${typeName(type)}\``;
}

function asCost(checker: Checker, node: CelNode, part: CelSyntax): CelNode | undefined {
  if (node.op === "literal" && typeof node.value === "bigint" && isNumber(node.type)) {
    if (node.value < 0n || node.value > MAX_COST) {
      return checker.fault("value", part, `a cost is a whole number from 0 to ${MAX_COST}`);
    }
  }
  if (node.type === "int") return node;
  // Beyond the ints it is an error, which as a cost is what so large a number is: more than any limit holds.
  if (node.type === "uint") return { op: "call", type: "int", function: "int", of: [node] };
  return checker.fault(
    "type",
    part,
    `a cost must come to a whole number, and this comes to \`${typeName(node.type)}\``,
    node.type === "bool"
      ? "a cost is an `int` or a `uint`: choose one with `?:`, such as `request.method == 'GET' ? 1 : 10`"
      : "a cost is an `int` or a `uint`: texts, doubles and claims become one with `int(...)`",
  );
}

function isNumber(type: CelType): boolean {
  return type === "int" || type === "uint";
}

/** As a text, where what it comes to has only one; `fault` says of a type that has none, or many, why that is no good. */
function asText(
  checker: Checker,
  node: CelNode,
  part: CelSyntax,
  fault: (type: string) => string,
  help: string,
): CelNode | undefined {
  const { type } = node;
  if (type === "string" || type === "bytes") return node;
  if (isNumber(type) || type === "bool" || type === "dyn") {
    return { op: "call", type: "string", function: "string", of: [node] };
  }
  return checker.fault("type", part, fault(typeName(type)), help);
}
