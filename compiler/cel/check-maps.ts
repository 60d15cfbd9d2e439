// Maps that are written in an expression. They are no values here: they are looked into where they stand.
import { literal, type Checker } from "./checker.ts";
import { after, equal } from "./check-operators.ts";
import type { CelLiteral, CelNode } from "./expression.ts";
import type { CelSyntax } from "./syntax.ts";
import { isNumeric } from "./types.ts";

/** A written map: values by keys that are written out. */
export interface WrittenMap {
  readonly keys: readonly CelLiteral[];
  readonly values: readonly CelNode[];
}

/** Whether this is a map in braces. */
export function isMap(part: CelSyntax): boolean {
  return part.exprKind.case === "structExpr" && part.exprKind.value.messageName === "";
}

export function mapOf(checker: Checker, part: CelSyntax): WrittenMap | undefined {
  if (part.exprKind.case !== "structExpr") return undefined;
  const keys: CelLiteral[] = [];
  const values: CelNode[] = [];
  for (const { keyKind, value: valuePart, optionalEntry } of part.exprKind.value.entries) {
    if (optionalEntry || keyKind.case !== "mapKey" || !valuePart) return checker.refuse("optionals", part);
    const key = checker.check(keyKind.value);
    const value = checker.check(valuePart);
    if (!key || !value) return undefined;
    if (key.op !== "literal" || typeof value.type === "object") return checker.refuse("map-literals", part);
    if (!["bool", "int", "uint", "string"].includes(key.type)) {
      return checker.fault("type", keyKind.value, `no map has keys of type \`${key.type}\``);
    }
    if (keys.some((other) => isSame(other, key))) {
      return checker.fault("value", keyKind.value, "this key is there twice");
    }
    keys.push(key);
    values.push(value);
  }
  return { keys, values };
}

function isSame(a: CelLiteral, b: CelLiteral): boolean {
  if (isNumeric(a.type) && isNumeric(b.type)) return Number(a.value) === Number(b.value);
  return a.type === b.type && a.value === b.value;
}

/** The node, but an error where a value of the map is one. */
export function afterValues({ values }: WrittenMap, node: CelNode): CelNode {
  const others = values.filter((value) => value.op !== "literal");
  return others.length === 0 ? node : after(others, node);
}

/** The value behind a key; an error where there is none. */
export function valueAt(
  checker: Checker,
  map: WrittenMap,
  key: CelNode,
  part: CelSyntax,
): CelNode | undefined {
  const type = map.values[0]?.type ?? "null";
  const missing: CelNode = { op: "error", type };
  if (key.op === "literal") {
    const at = map.keys.findIndex((other) => isSame(other, key));
    return afterValues(map, map.values[at] ?? missing);
  }
  if (map.values.some((value) => value.type !== type)) return checker.refuse("map-literals", part);
  const bound: CelNode = { op: "variable", type: key.type, id: checker.newId() };
  const questions = map.keys.map((other) => equal(checker, bound, other, part));
  if (!questions.every((question) => question !== undefined)) return undefined;
  const found = questions.reduceRight<CelNode>((otherwise, condition, i) => {
    const then = map.values[i] ?? missing;
    return { op: "conditional", type, condition, then, otherwise };
  }, missing);
  return afterValues(map, { op: "let", type, id: bound.id, value: key, body: found });
}

/** Whether there is a key of this name. */
export function hasName(map: WrittenMap, name: string): CelNode {
  return afterValues(
    map,
    literal(
      "bool",
      map.keys.some((key) => key.type === "string" && key.value === name),
    ),
  );
}
