// What an expression may look at.
import { celAttributes, type CelAttributeName } from "./attributes.ts";
import type { CelNode, CheckedCel } from "./expression.ts";

/** The attributes and the headers that a node and its parts read, each once, in the order of the text. */
export function readsOf(root: CelNode): { attributes: CelAttributeName[]; headers: string[] } {
  const attributes = new Set<CelAttributeName>();
  const headers = new Set<string>();
  const visit = (node: CelNode): void => {
    if (node.op === "header" || node.op === "has-header") {
      attributes.add("request.headers");
      headers.add(node.name);
    } else if (node.op === "attribute" || node.op === "has-attribute") {
      attributes.add(node.attribute);
      const { from } = celAttributes[node.attribute];
      if (from.kind === "header") headers.add(from.name);
    }
    partsOf(node).forEach(visit);
  };
  visit(root);
  return { attributes: [...attributes], headers: [...headers] };
}

/** Whether an expression looks at the verified token: only where authentication comes first can it see one. */
export function readsToken({ attributes }: CheckedCel): boolean {
  return attributes.some(
    (name) => !["header", "headers", "property"].includes(celAttributes[name].from.kind),
  );
}

/** The nodes that a node is made of. */
export function partsOf(node: CelNode): readonly CelNode[] {
  switch (node.op) {
    case "literal":
    case "error":
    case "attribute":
    case "has-attribute":
    case "header":
    case "has-header":
    case "variable":
      return [];
    case "let":
      return [node.value, node.body];
    case "and":
    case "or":
    case "exactly-one":
    case "call":
      return node.of;
    case "not":
    case "as":
    case "matches":
      return [node.of];
    case "conditional":
      return [node.condition, node.then, node.otherwise];
    case "equal":
    case "compare":
      return [node.left, node.right];
    case "in-list":
      return [node.value, ...node.elements];
    case "in-dyn":
      return [node.value, node.of];
    case "list":
    case "pick":
      return node.elements;
    case "lists-equal":
      return [...node.left, ...node.right];
    case "quantifier":
      return [node.over, node.body];
    case "member":
    case "has-member":
      return [node.of, node.name];
    case "element":
      return [node.of, node.index];
  }
}
