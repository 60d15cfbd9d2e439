// Kubernetes labels: a mapping from keys to texts, as workloads carry them and selectors name them.
import { isMap } from "yaml";
import type { Located } from "../source/span.ts";
import { follow, named, spanOf, string, type Items, type Schema } from "./schema.ts";

/** One label. */
export interface Label {
  readonly name: Located<string>;
  readonly item: Located<string>;
}

const KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;

const several = named(string(), "{ app: orders }");

/**
 * Labels; none are fine. A key or value that no workload can carry is reported: a selector with it would select nothing,
 * and `*` stands for itself.
 */
export const labels: Schema<Items<Label>> = {
  ...several,
  expected: "a mapping of labels",
  json: () => ({
    type: "object",
    additionalProperties: { type: "string", pattern: VALUE.source },
    propertyNames: { title: "LABEL", pattern: KEY.source },
  }),
  read(raw, at, context) {
    const node = follow(raw, context);
    if (isMap(node) && node.items.length === 0) return { items: [], span: spanOf(raw ?? node, context.file) };
    const read = several.read(raw, at, context);
    for (const { name, item } of read?.items ?? []) {
      for (const [text, pattern, what] of [
        [name, KEY, "key"],
        [item, VALUE, "value"],
      ] as const) {
        if (pattern.test(text.value)) continue;
        context.diagnostics.error("bad-value", `\`${text.value}\` is not a label's ${what}`, {
          span: text.span,
          help: `use letters, digits, \`-\`, \`_\` and \`.\`, at most 63 of them${what === "key" ? ", behind a prefix such as `example.com/` where there is one" : "; there are no wildcards"}`,
        });
      }
    }
    return read;
  },
};

/** Whether everything in `wanted` is carried. */
export function carries(carried: ReadonlyMap<string, string>, wanted: readonly Label[]): boolean {
  return wanted.every(({ name, item }) => carried.get(name.value) === item.value);
}

/** The labels as a map. */
export function labelMap(read: Items<Label> | undefined): ReadonlyMap<string, string> {
  return new Map(read?.items.map(({ name, item }) => [name.value, item.value]));
}
