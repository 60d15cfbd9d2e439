// When a document was made, as Kubernetes writes it.
import { isScalar } from "yaml";
import { follow, text, type Schema } from "../schema/schema.ts";
import type { Located } from "../source/span.ts";

const RFC3339 =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

const written = text({ pattern: RFC3339.source, examples: ["2026-01-31T08:00:00Z"] });

/** A time in milliseconds since 1970 (RFC 3339); `null`, which `kubectl create --dry-run` writes, is none. */
export const timestamp: Schema<Located<number>> = {
  expected: "a time",
  json: () => ({ anyOf: [written.json(), { type: "null" }] }),
  read(raw, at, context) {
    const node = follow(raw, context);
    if (node === undefined || node === null || (isScalar(node) && node.value === null)) return undefined;
    const found = written.read(raw, at, context);
    if (!found) return undefined;
    const value = RFC3339.test(found.value) ? Date.parse(found.value) : NaN;
    if (!Number.isNaN(value)) return { value, span: found.span };
    context.diagnostics.error("bad-value", `\`${found.value}\` is not a time`, {
      span: found.span,
      help: "write it as Kubernetes does, such as `2026-01-31T08:00:00Z`, or leave it out",
    });
    return undefined;
  },
};
