// Shapes of requests' descriptions that policies have no use for: plain values, and one text or several.
import { isMap, isScalar, isSeq, type Node } from "yaml";
import { follow, list, named, spanOf, string, type Items, type Schema } from "../schema/schema.ts";
import type { Located } from "../source/span.ts";

/** A text, or a list of texts. */
export const texts: Schema<readonly Located<string>[]> = {
  expected: "a string, or a list of strings",
  json: () => ({ anyOf: [string().json(), list(string()).json()] }),
  read(raw, at, context) {
    const node = follow(raw, context);
    if (node === undefined) return undefined;
    if (isSeq(node)) return list(string()).read(raw, at, context)?.items;
    const read = string().read(raw, at, context);
    return read && [read];
  },
};

/** Header fields by name, in order. */
export const headerFields: Schema<Items<{ name: Located<string>; item: readonly Located<string>[] }>> = named(
  texts,
  "{ x-role: dev }",
);

/** What JSON can say. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** Any value at all, as plain data: what a claim may be. */
export const plain: Schema<Located<Plain>> = {
  expected: "any value",
  json: () => ({}),
  read(raw, at, context) {
    const read = (written: Node | null): Plain | undefined => {
      const node = follow(written, context);
      if (node === undefined) return undefined;
      if (isMap(node)) {
        const members: [string, Plain][] = [];
        for (const { key, value } of node.items) {
          const member = read(value as Node | null);
          if (!isScalar(key) || member === undefined) return undefined;
          members.push([String(key.value), member]);
        }
        return Object.fromEntries(members);
      }
      if (isSeq(node)) {
        const items = (node.items as (Node | null)[]).map(read);
        return items.some((item) => item === undefined) ? undefined : (items as Plain[]);
      }
      const value: unknown = isScalar(node) ? node.value : null;
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? value
        : null;
    };
    const value = read(raw);
    return value === undefined ? undefined : { value, span: raw ? spanOf(raw, context.file) : at };
  },
};

/** A mapping by names of any values. */
export const plainFields: Schema<Items<{ name: Located<string>; item: Located<Plain> }>> = named(
  plain,
  "{ sub: joe }",
);
