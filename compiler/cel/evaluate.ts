// What an expression comes to, node by node in the plainest way: the truth against which the compiled form is tested.
import { matchesRegex } from "../automata/naive.ts";
import type { Request } from "../ir/interpret.ts";
import { CelError } from "./error.ts";
import type { CelExpression, CelNode, CelOrder } from "./expression.ts";
import { call } from "./functions.ts";
import { attributeOf, headerOf, payloadOf, type CelRequest } from "./request.ts";
import { byteString } from "../http/header-syntax.ts";
import type { CelType } from "./types.ts";

/**
 * What a node comes to. Which it is the node's type tells: int, uint, timestamp and duration are bigints, string and bytes
 * byte strings; `dyn` is a JSON value as `JSON.parse` gives it.
 */
export type CelValue = unknown;

/** Whether the condition holds for a request, or `"error"`. */
export function evaluateCel(expression: CelExpression, request: Request & CelRequest): boolean | "error" {
  return outcome(expression.root, { request, variables: new Map() });
}

interface Scope {
  readonly request: Request & CelRequest;
  readonly variables: ReadonlyMap<number, CelValue>;
}

/** A node that comes to a truth value; errors are an outcome. */
function outcome(node: CelNode, scope: Scope): boolean | "error" {
  if (node.op === "and") return joined(node.of, false, scope);
  if (node.op === "or") return joined(node.of, true, scope);
  if (node.op === "not") {
    const of = outcome(node.of, scope);
    return of === "error" ? of : !of;
  }
  try {
    return evaluateNode(node, scope) as boolean;
  } catch (error) {
    if (error instanceof CelError) return "error";
    throw error;
  }
}

/** One that comes to `decisive` decides, whatever errors there are. */
function joined(of: readonly CelNode[], decisive: boolean, scope: Scope): boolean | "error" {
  const outcomes = of.map((part) => outcome(part, scope));
  if (outcomes.includes(decisive)) return decisive;
  return outcomes.includes("error") ? "error" : !decisive;
}

/** The value of any node. Throws a `CelError`. */
export function evaluateNode(node: CelNode, scope: Scope): CelValue {
  const value = (part: CelNode): CelValue => evaluateNode(part, scope);
  switch (node.op) {
    case "literal":
      return node.value;
    case "error":
      throw new CelError();
    case "attribute": {
      const found = attributeOf(node.attribute, scope.request);
      if (found === undefined) throw new CelError();
      return found;
    }
    case "has-attribute":
      return hasAttribute(node.attribute, scope.request);
    case "header": {
      const values = headerOf(node.name, scope.request);
      if (values.length !== 1) throw new CelError();
      return values[0];
    }
    case "has-header":
      return headerOf(node.name, scope.request).length > 0;
    case "variable":
      return scope.variables.get(node.id);
    case "let":
      return evaluateNode(node.body, bound(scope, node.id, value(node.value)));
    case "and":
    case "or":
    case "not": {
      const found = outcome(node, scope);
      if (found === "error") throw new CelError();
      return found;
    }
    case "conditional":
      return value(node.condition) === true ? value(node.then) : value(node.otherwise);
    case "equal": {
      const [left, right] = [value(node.left), value(node.right)];
      return equals(node.left.type, left, node.right.type, right);
    }
    case "compare": {
      const [left, right] = [value(node.left), value(node.right)];
      return inOrder(node.operator, node.left.type, left, node.right.type, right);
    }
    case "in-list": {
      const found = value(node.value);
      const elements = node.elements.map(value);
      return elements.some((element, i) => equals(node.value.type, found, node.elements[i]?.type, element));
    }
    case "in-dyn": {
      const [found, container] = [value(node.value), value(node.of)];
      return isIn(found, node.value.type, container, node.of.type);
    }
    case "list":
      return node.elements.map(value);
    case "pick":
      return node.elements.map(value)[node.index];
    case "lists-equal": {
      const [left, right] = [node.left.map(value), node.right.map(value)];
      return left.every((element, i) => equals(node.left[i]?.type, element, node.right[i]?.type, right[i]));
    }
    case "exactly-one":
      return node.of.map(value).filter((one) => one === true).length === 1;
    case "quantifier": {
      const over = elementsOf(value(node.over));
      const ask = (element: CelValue): Scope => bound(scope, node.id, element);
      if (node.quantifier === "exists_one") {
        return over.map((element) => evaluateNode(node.body, ask(element))).filter(Boolean).length === 1;
      }
      const decisive = node.quantifier === "exists";
      const outcomes = over.map((element) => outcome(node.body, ask(element)));
      if (outcomes.includes(decisive)) return decisive;
      if (outcomes.includes("error")) throw new CelError();
      return !decisive;
    }
    case "member": {
      const [of, name] = [object(value(node.of)), value(node.name) as string];
      if (!of.has(name)) throw new CelError();
      return of.get(name);
    }
    case "has-member":
      return object(value(node.of)).has(value(node.name) as string);
    case "element": {
      const [of, index] = [value(node.of), value(node.index) as bigint];
      if (!Array.isArray(of) || index < 0n || index >= BigInt(of.length)) throw new CelError();
      return of[Number(index)];
    }
    case "as":
      return as(node.type, value(node.of));
    case "matches":
      return matchesRegex(node.regex, value(node.of) as string);
    case "call":
      return call(
        node.function,
        node.type,
        node.of.map((part) => ({ type: part.type, value: value(part) })),
      );
  }
}

function bound(scope: Scope, id: number, value: CelValue): Scope {
  return { ...scope, variables: new Map([...scope.variables, [id, value]]) };
}

function hasAttribute(name: Parameters<typeof attributeOf>[0], request: CelRequest & Request): boolean {
  if (name === "auth.claims") return payloadOf(request) !== undefined;
  const found = attributeOf(name, request);
  return Array.isArray(found) ? found.length > 0 : found !== undefined;
}

/** A JSON object's members by their names' bytes. */
function object(json: unknown): ReadonlyMap<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new CelError();
  return new Map(Object.entries(json).map(([name, member]) => [byteString(name), member]));
}

/** What a macro goes over: list elements, or the names of an object's members as JSON texts. */
function elementsOf(container: CelValue): readonly CelValue[] {
  if (Array.isArray(container)) return container;
  if (typeof container !== "object" || container === null) throw new CelError();
  return Object.keys(container);
}

/** A JSON value of this type. */
function as(type: CelType, json: unknown): CelValue {
  if (type === "bool" && typeof json === "boolean") return json;
  if (type === "double" && typeof json === "number") return json;
  if (type === "string" && typeof json === "string") return byteString(json);
  throw new CelError();
}

function isIn(value: CelValue, type: CelType, container: CelValue, of: CelType): boolean {
  if (Array.isArray(container)) {
    return container.some((element) => equals(of === "dyn" ? "dyn" : "string", element, type, value));
  }
  const members = object(container);
  return type === "string" && members.has(value as string);
}

/** Equality over all types; numbers are equal where they are of one size. */
function equals(
  leftType: CelType | undefined,
  left: CelValue,
  rightType: CelType | undefined,
  right: CelValue,
): boolean {
  if (rightType === "dyn") return equals(rightType, right, leftType, left);
  if (leftType === "dyn") {
    if (typeof left === "string") return rightType === "string" && byteString(left) === right;
    if (typeof left === "number" && (typeof right === "number" || typeof right === "bigint")) {
      return sameSize(left, right);
    }
    return left === right;
  }
  const numbers = typeof left === "number" || typeof left === "bigint";
  if (numbers && (typeof right === "number" || typeof right === "bigint")) return sameSize(left, right);
  return left === right;
}

/** Whether two numbers are of one size. Between integers and doubles it is the doubles that are compared, as in CEL. */
function sameSize(left: number | bigint, right: number | bigint): boolean {
  return typeof left === typeof right ? left === right : Number(left) === Number(right);
}

function inOrder(
  operator: CelOrder,
  leftType: CelType,
  left: CelValue,
  rightType: CelType,
  right: CelValue,
): boolean {
  let [a, b] = [left, right];
  if (leftType === "dyn") a = typeof left === "number" ? left : as(rightType, left);
  if (
    typeof a !== typeof b &&
    (typeof a === "string" || typeof b === "string" || typeof a === "boolean" || typeof b === "boolean")
  ) {
    throw new CelError();
  }
  if (typeof a === "number" || typeof b === "number") [a, b] = [Number(a), Number(b)];
  switch (operator) {
    case "<":
      return (a as number) < (b as number);
    case "<=":
      return (a as number) <= (b as number);
    case ">":
      return (a as number) > (b as number);
    case ">=":
      return (a as number) >= (b as number);
  }
}
