// One text for everything that means the same, whoever wrote it and wherever: what is compared is what rules do.
import type { CelNode, CheckedCel } from "../cel/expression.ts";
import type { Hole } from "../ir/parameters.ts";

/** Plain data, and what programs are made of besides. */
export type Data =
  string | number | boolean | bigint | null | undefined | readonly Data[] | { readonly [name: string]: Data };

/**
 * The text of plain data. Members stand in the order of their names; those that are undefined are left out, and so is how an
 * expression was written.
 */
export function canonical(data: unknown): string {
  if (typeof data === "bigint") return `${data}n`;
  if (typeof data !== "object" || data === null) return JSON.stringify(data ?? null);
  if (Array.isArray(data)) return `[${data.map(canonical).join(",")}]`;
  const members = Object.entries(data).filter(
    ([name, value]) => value !== undefined && !(name === "text" && "cel" in data),
  );
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${canonical(value)}`).join(",")}}`;
}

/** An expression by what it does: white space and parentheses say nothing. */
export function celData({ root, text }: CheckedCel): Data {
  const key = known.get(root) ?? canonical(plainNode(root));
  known.set(root, key);
  return { cel: key, text };
}

const known = new WeakMap<CelNode, string>();

/** A compiled pattern is told by its text, which stands beside it. */
function plainNode(value: unknown): Data {
  if (Array.isArray(value)) return value.map(plainNode);
  if (typeof value !== "object" || value === null) return value as Data;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (name === "regex" ? [] : [[name, plainNode(member)]])),
  );
}

/** A value that a parameter may fill: what stands there, and whose place it is where only the parameter can tell. */
export function filled(value: Data, hole: Hole | undefined): Data {
  return hole && hole.parameter.default === undefined ? { parameter: hole.parameter.name } : value;
}

/** The parameter that fills the place; undefined where none does that has to be given. */
export function parameterOf(data: Data): string | undefined {
  if (typeof data !== "object" || data === null || !("parameter" in data)) return undefined;
  return typeof data["parameter"] === "string" ? data["parameter"] : undefined;
}
