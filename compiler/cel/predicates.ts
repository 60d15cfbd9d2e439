// Parts of an expression that are plain predicates become conditions like those of other policies, so that one classifier
// answers them all. Only where the meaning is the same to the last error; what is left stays CEL.
import { leavesOf } from "../ir/conditions.ts";
import type { Condition, Predicate, TextAttribute } from "../ir/program.ts";
import type { CelAttributeName } from "./attributes.ts";
import type { CelExpression, CelNode } from "./expression.ts";
import { readsOf } from "./reads.ts";
import { textOf } from "./text.ts";

/** The condition that an expression is; `onError` is what it counts as where it errors. */
export function lowerCel(expression: CelExpression, onError: boolean): Condition {
  const condition = lowered(expression.root, onError);
  // What was not taken apart keeps its author's words.
  return condition.op === "cel" ? { ...condition, expression } : condition;
}

/**
 * The condition without any CEL left in it, or undefined where it cannot be had: some part is no plain predicate.
 *
 * @example
 * toCondition(parsed("request.url_path.startsWith('/a')"), false) // { op: "test", attribute: { kind: "path" }, ... }
 */
export function toCondition(expression: CelExpression, onError: boolean): Condition | undefined {
  const condition = lowerCel(expression, onError);
  return hasCel(condition) ? undefined : condition;
}

function hasCel(condition: Condition): boolean {
  for (const leaf of leavesOf(condition)) if (leaf.op === "cel") return true;
  return false;
}

/** Holds where the node is true, and with `onError` where it is an error. */
function lowered(node: CelNode, onError: boolean): Condition {
  if (node.op === "and" || node.op === "or") {
    // An `and` is not false where no part is, and true where all are; so for `or`: errors need no look at other parts.
    const plain = node.of.filter((part) => isPlain(part));
    const rest = node.of.filter((part) => !isPlain(part));
    const parts = plain.map((part) => lowered(part, onError));
    if (rest.length > 0) parts.push(residual(node.op, rest, onError));
    const [only] = parts;
    if (only && parts.length === 1) return only;
    return { op: node.op === "and" ? "all" : "any", of: parts };
  }
  if (node.op === "not") return { op: "not", of: lowered(node.of, !onError) };
  return predicateOf(node, onError) ?? celOf(node, onError);
}

/** Whether any part of it is a predicate. */
function isPlain(node: CelNode): boolean {
  if (node.op === "and" || node.op === "or") return node.of.some(isPlain);
  return node.op === "not" ? isPlain(node.of) : predicateOf(node, false) !== undefined;
}

/** What is left of a list, as one expression. */
function residual(op: "and" | "or", rest: readonly CelNode[], onError: boolean): Condition {
  const [only] = rest;
  return celOf(only && rest.length === 1 ? only : { op, type: "bool", of: rest }, onError);
}

function celOf(root: CelNode, onError: boolean): Condition {
  return { op: "cel", expression: { text: textOf(root), root, ...readsOf(root) }, onError };
}

function predicateOf(node: CelNode, onError: boolean): Condition | undefined {
  if (node.op === "literal" && node.type === "bool") return { op: "constant", value: node.value === true };
  if (node.op === "has-header") return test({ kind: "header", name: node.name }, { kind: "present" });
  if (node.op === "equal")
    return equality(node.left, node.right, onError) ?? equality(node.right, node.left, onError);
  if (node.op === "in-dyn") {
    const audiences = node.of.op === "attribute" && node.of.attribute === "auth.audiences";
    const value = literalText(node.value);
    if (!audiences || value === undefined) return undefined;
    return test({ kind: "claim", path: ["aud"] }, { kind: "exact", text: value });
  }
  if (node.op === "in-list") {
    const source = sourceOf(node.value);
    const texts = node.elements.map((element) => (source ? source.textOf(element) : undefined));
    if (!source || !texts.every((one) => one !== undefined)) return undefined;
    const exact = texts.map((one): Predicate => ({ kind: "exact", text: one }));
    return anyOf(source, exact, onError);
  }
  if (node.op === "matches") {
    const source = sourceOf(node.of);
    if (!source?.isText || source.emptyIsAbsent) return undefined;
    return anyOf(source, [{ kind: "regex", regex: node.regex }], onError);
  }
  if (node.op !== "call" || (node.function !== "startsWith" && node.function !== "endsWith"))
    return undefined;
  const [of, part] = node.of;
  const source = of && sourceOf(of);
  const value = part && literalText(part);
  // Of a server name every value but the empty one is a value.
  if (!source?.isText || value === undefined || (source.emptyIsAbsent && value === "")) return undefined;
  return anyOf(
    source,
    [{ kind: node.function === "startsWith" ? "prefix" : "suffix", text: value }],
    onError,
  );
}

/** An attribute that conditions know with the same meaning. */
interface Source {
  readonly attribute: TextAttribute;
  readonly isText: boolean;
  /** It is never an error; where CEL has an empty text, conditions have no value. */
  readonly emptyIsAbsent: boolean;
  /** A literal as the attribute's values are written, or undefined where it is none. */
  textOf(literal: CelNode): string | undefined;
}

function sourceOf(node: CelNode): Source | undefined {
  if (node.op !== "attribute") return undefined;
  const kind = texts.get(node.attribute);
  if (kind !== undefined) {
    return { attribute: { kind }, isText: true, emptyIsAbsent: false, textOf: literalText };
  }
  if (node.attribute === "connection.requested_server_name") {
    const textOf = (literal: CelNode): string | undefined => literalText(literal) || undefined;
    return { attribute: { kind: "sni" }, isText: true, emptyIsAbsent: true, textOf };
  }
  if (node.attribute !== "destination.port") return undefined;
  return {
    attribute: { kind: "destination-port" },
    isText: false,
    emptyIsAbsent: false,
    textOf: (literal) =>
      literal.op === "literal" && literal.type === "int" ? String(literal.value) : undefined,
  };
}

const texts: ReadonlyMap<CelAttributeName, "method" | "path" | "host"> = new Map([
  ["request.method", "method"],
  ["request.url_path", "path"],
  ["request.host", "host"],
] as const);

function equality(of: CelNode, to: CelNode, onError: boolean): Condition | undefined {
  const source = sourceOf(of);
  const text = source?.textOf(to);
  return source && text !== undefined ? anyOf(source, [{ kind: "exact", text }], onError) : undefined;
}

function literalText(node: CelNode): string | undefined {
  return node.op === "literal" && node.type === "string" ? (node.value as string) : undefined;
}

/** Any of the predicates holds; an absent attribute is an error. */
function anyOf(source: Source, predicates: readonly Predicate[], onError: boolean): Condition {
  const tests = predicates.map((predicate) => test(source.attribute, predicate));
  if (onError && !source.emptyIsAbsent) {
    tests.push({ op: "not", of: test(source.attribute, { kind: "present" }) });
  }
  const [only] = tests;
  return only && tests.length === 1 ? only : { op: "any", of: tests };
}

function test(attribute: TextAttribute, predicate: Predicate): Condition {
  return { op: "test", attribute, predicate };
}
