// A node in words: names a part of an expression, in comments and where equal conditions are to be one. Different nodes have
// different texts. It is CEL but for what the checker has resolved.
import type { CelCall, CelLiteral, CelNode } from "./expression.ts";

export function textOf(node: CelNode): string {
  switch (node.op) {
    case "literal":
      return literalText(node);
    case "error":
      return "error()";
    case "attribute":
      return node.attribute;
    case "has-attribute":
      return `has(${node.attribute})`;
    case "header":
      return `request.headers['${node.name}']`;
    case "has-header":
      return `'${node.name}' in request.headers`;
    case "variable":
      return `x${node.id}`;
    case "let":
      return `let(x${node.id}, ${textOf(node.value)}, ${textOf(node.body)})`;
    case "and":
      return node.of.map(grouped).join(" && ");
    case "or":
      return node.of.map(grouped).join(" || ");
    case "not":
      return `!${grouped(node.of)}`;
    case "conditional":
      return `${grouped(node.condition)} ? ${grouped(node.then)} : ${grouped(node.otherwise)}`;
    case "equal":
      return `${grouped(node.left)} == ${grouped(node.right)}`;
    case "compare":
      return `${grouped(node.left)} ${node.operator} ${grouped(node.right)}`;
    case "in-list":
      return `${grouped(node.value)} in ${list(node.elements)}`;
    case "in-dyn":
      return `${grouped(node.value)} in ${grouped(node.of)}`;
    case "list":
      return list(node.elements);
    case "pick":
      return `${list(node.elements)}[${node.index}]`;
    case "lists-equal":
      return `${list(node.left)} == ${list(node.right)}`;
    case "exactly-one":
      return `exactly_one(${node.of.map(textOf).join(", ")})`;
    case "quantifier":
      return `${grouped(node.over)}.${node.quantifier}(x${node.id}, ${textOf(node.body)})`;
    case "member":
      return `${grouped(node.of)}[${textOf(node.name)}]`;
    case "has-member":
      return `has(${grouped(node.of)}[${textOf(node.name)}])`;
    case "element":
      return `${grouped(node.of)}[${textOf(node.index)}]`;
    case "as":
      return `as_${node.type}(${textOf(node.of)})`;
    case "matches":
      return `${grouped(node.of)}.matches(${JSON.stringify(node.pattern)})`;
    case "call":
      return callText(node);
  }
}

function callText({ function: name, of }: CelCall): string {
  const [first, second] = of;
  if (first && second && /^\W$/.test(name)) return `${grouped(first)} ${name} ${grouped(second)}`;
  return `${name}(${of.map(textOf).join(", ")})`;
}

function list(elements: readonly CelNode[]): string {
  return `[${elements.map(textOf).join(", ")}]`;
}

function literalText({ type, value }: CelLiteral): string {
  if (type === "string") return JSON.stringify(value);
  if (type === "bytes") return `b${JSON.stringify(value)}`;
  if (type === "uint") return `${String(value)}u`;
  if (type === "double") return Object.is(value, -0) ? "double(-0)" : `double(${String(value)})`;
  return type === "timestamp" || type === "duration" ? `${type}(${String(value)})` : String(value);
}

/** In parentheses unless it is one word, or a call. */
function grouped(node: CelNode): string {
  const text = textOf(node);
  return /^[\w.]+$/.test(text) || node.op === "literal" || node.op === "header" ? text : `(${text})`;
}
