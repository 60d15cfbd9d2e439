// Equality, order, membership and look-ups: operators whose meaning depends on both sides' types.
import { isHeaders, literal, writtenText, type Checker } from "./checker.ts";
import { afterValues, isMap, mapOf, valueAt } from "./check-maps.ts";
import type { CelNode, CelOrder } from "./expression.ts";
import type { CelSyntax } from "./syntax.ts";
import { isNumeric, sameType, typeName, type CelType } from "./types.ts";

/** `left == right`, or undefined where CEL knows no such question; the fault is noted. */
export function equal(checker: Checker, left: CelNode, right: CelNode, part: CelSyntax): CelNode | undefined {
  if (right.type === "dyn" && left.type !== "dyn") return equal(checker, right, left, part);
  if (right.type === "dyn") return checker.refuse("dyn-operands", part);
  if (typeof left.type === "object" && typeof right.type === "object")
    return listsEqual(checker, left, right, part);
  const known =
    left.type === "dyn"
      ? isJsonLike(right.type)
      : sameType(left.type, right.type) ||
        (isLoose(checker, left, right) && isNumeric(left.type) && isNumeric(right.type));
  if (known) return { op: "equal", type: "bool", left, right };
  if (left.type !== "dyn" && isLoose(checker, left, right))
    return after([left, right], literal("bool", false));
  return mismatch(checker, "compared", left.type, right.type, part);
}

function isLoose(checker: Checker, ...nodes: CelNode[]): boolean {
  return nodes.some((node) => checker.isLoose(node));
}

/** What a JSON value can be equal to. */
function isJsonLike(type: CelType): boolean {
  return isNumeric(type) || type === "string" || type === "bool" || type === "null";
}

/** The node, but an error where one of the others is one. */
export function after(others: readonly CelNode[], node: CelNode): CelNode {
  return { op: "pick", type: node.type, elements: [...others, node], index: others.length };
}

function mismatch(checker: Checker, what: string, left: CelType, right: CelType, part: CelSyntax): undefined {
  const types = `\`${typeName(left)}\` and \`${typeName(right)}\``;
  return checker.fault("type", part, `${types} cannot be ${what}`, remedy([left, right]));
}

function remedy(types: readonly CelType[]): string | undefined {
  if (types.every(isNumeric)) return "convert one of them with `int()`, `uint()` or `double()`";
  if (types.includes("null"))
    return "to ask whether it is there write `has(...)`, or `'x-a' in request.headers`";
  if (!types.includes("dyn")) return undefined;
  return types.includes("timestamp")
    ? "a claim is no time of its own: write `timestamp(int(auth.claims.exp))`"
    : "claims are texts, numbers, truth values, null, lists and objects";
}

function listsEqual(checker: Checker, left: CelNode, right: CelNode, part: CelSyntax): CelNode | undefined {
  if (left.op !== "list" || right.op !== "list") return checker.refuse("list-values", part);
  const elements = [...left.elements, ...right.elements];
  if (elements.some((element) => typeof element.type === "object" || element.type === "dyn")) {
    return checker.refuse("list-values", part);
  }
  if (left.elements.length !== right.elements.length) return after(elements, literal("bool", false));
  const comparable = left.elements.every((element, i) => {
    const other = right.elements[i];
    return (
      other && (sameType(element.type, other.type) || (isNumeric(element.type) && isNumeric(other.type)))
    );
  });
  if (!comparable) return after(elements, literal("bool", false));
  return { op: "lists-equal", type: "bool", left: left.elements, right: right.elements };
}

/** The one list that only the request has. */
export function isAudiences(node: CelNode): boolean {
  return node.op === "attribute" && node.attribute === "auth.audiences";
}

/** Whether it is a literal, or lists of literals: never an error. */
function isWritten(node: CelNode): boolean {
  return node.op === "literal" || (node.op === "list" && node.elements.every(isWritten));
}

const turned: Readonly<Record<CelOrder, CelOrder>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

export function compare(
  checker: Checker,
  operator: CelOrder,
  left: CelNode,
  right: CelNode,
  part: CelSyntax,
): CelNode | undefined {
  if (right.type === "dyn" && left.type !== "dyn") {
    return compare(checker, turned[operator], right, left, part);
  }
  if (right.type === "dyn") return checker.refuse("dyn-operands", part);
  const known =
    left.type === "dyn"
      ? isJsonLike(right.type) && right.type !== "null"
      : isOrdered(left.type) && (left.type === right.type || (isNumeric(left.type) && isNumeric(right.type)));
  if (known) return { op: "compare", type: "bool", operator, left, right };
  return mismatch(checker, "put in order", left.type, right.type, part);
}

function isOrdered(type: CelType): boolean {
  return typeof type === "string" && type !== "null" && type !== "dyn" && type !== "headers";
}

/** `value in container`. */
export function membership(
  checker: Checker,
  valuePart: CelSyntax,
  containerPart: CelSyntax,
  part: CelSyntax,
): CelNode | undefined {
  if (isHeaders(containerPart)) {
    const written = writtenText(valuePart);
    if (written === undefined) return checker.refuse("header-names", valuePart);
    const name = checker.header(written, valuePart);
    return name === undefined ? undefined : { op: "has-header", type: "bool", name };
  }
  if (isMap(containerPart)) {
    const map = mapOf(checker, containerPart);
    const value = checker.check(valuePart);
    const found = map && value && inList(checker, value, map.keys, part);
    return found && afterValues(map, found);
  }
  const both = checker.checkAll([valuePart, containerPart]);
  const [value, container] = both ?? [];
  if (!value || !container) return undefined;
  if (container.op === "list") return inList(checker, value, container.elements, part);
  if (container.type === "dyn") {
    if (value.type === "dyn") return checker.refuse("dyn-operands", part);
    if (!isJsonLike(value.type)) return mismatch(checker, "compared", container.type, value.type, part);
    return { op: "in-dyn", type: "bool", value, of: container };
  }
  if (isAudiences(container)) {
    const text = checker.asType(value, "string", valuePart);
    return text && { op: "in-dyn", type: "bool", value: text, of: container };
  }
  if (typeof container.type === "object") return checker.refuse("list-values", part);
  return checker.fault(
    "type",
    part,
    `\`in\` looks into lists and maps, and this is \`${typeName(container.type)}\``,
  );
}

function inList(
  checker: Checker,
  value: CelNode,
  elements: readonly CelNode[],
  part: CelSyntax,
): CelNode | undefined {
  if (elements.some((element) => typeof element.type === "object"))
    return checker.refuse("list-values", part);
  // In a list of several types each element is of a type that CEL does not know.
  const mixed = elements.some((element) => !sameType(element.type, elements[0]?.type ?? element.type));
  const loose = mixed ? checker.loosen(value) : value;
  const bound: CelNode = { op: "variable", type: value.type, id: checker.newId() };
  const equals = elements.map((element) =>
    equal(checker, checker.isLoose(loose) ? checker.loosen(bound) : bound, element, part),
  );
  if (!equals.every((node) => node !== undefined)) return undefined;
  const comparable = elements.filter((_, i) => equals[i]?.op === "equal");
  const node: CelNode = { op: "in-list", type: "bool", value, elements: comparable };
  // Those that cannot be equal still can be errors.
  const others = elements.filter((_, i) => equals[i]?.op !== "equal" && elements[i]?.op !== "literal");
  return others.length === 0 ? node : after(others, node);
}

/** `container[index]`. */
export function lookUp(
  checker: Checker,
  containerPart: CelSyntax,
  indexPart: CelSyntax,
  part: CelSyntax,
): CelNode | undefined {
  if (isHeaders(containerPart)) {
    const written = writtenText(indexPart);
    if (written === undefined) return checker.refuse("header-names", indexPart);
    const name = checker.header(written, indexPart);
    return name === undefined ? undefined : { op: "header", type: "string", name };
  }
  if (isMap(containerPart)) {
    const map = mapOf(checker, containerPart);
    const key = checker.check(indexPart);
    return map && key && valueAt(checker, map, key, part);
  }
  const both = checker.checkAll([containerPart, indexPart]);
  const [container, index] = both ?? [];
  if (!container || !index) return undefined;
  if (container.type === "dyn") {
    if (index.type === "string") return { op: "member", type: "dyn", of: container, name: index };
    if (index.type === "int") return { op: "element", type: "dyn", of: container, index };
    return checker.fault(
      "type",
      indexPart,
      `claims are looked up by \`string\` or \`int\`, and this is \`${typeName(index.type)}\``,
    );
  }
  if (typeof container.type !== "object") {
    return checker.fault("type", part, `\`${typeName(container.type)}\` has no elements`);
  }
  if (index.op !== "literal" || container.op !== "list") {
    return checker.refuse("list-values", part);
  }
  const whole = index.type === "int" || (checker.isLoose(index) && isNumeric(index.type));
  if (!whole)
    return checker.fault(
      "type",
      indexPart,
      `a list's index is an \`int\`, and this is \`${typeName(index.type)}\``,
    );
  const at = Number(index.value);
  const found = Number.isInteger(at) ? container.elements[at] : undefined;
  if (!found) {
    const [first] = container.elements;
    return { op: "error", type: first?.type ?? "null" };
  }
  if (typeof found.type === "object") {
    return container.elements.every(isWritten) ? found : checker.refuse("list-values", part);
  }
  const one: CelNode = { op: "pick", type: found.type, elements: container.elements, index: at };
  const mixed = typeof container.type === "object" && container.type.list === undefined;
  return mixed ? checker.loosen(one) : one;
}
