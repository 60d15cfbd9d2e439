// True or false, as policies write it.
import { isScalar } from "yaml";
import type { Located } from "../source/span.ts";
import { follow, spanOf, type Schema } from "./schema.ts";

/** `true` or `false`, without quotes. */
export const boolean: Schema<Located<boolean>> = {
  expected: "true or false",
  json: () => ({ type: "boolean" }),
  read(raw, at, context) {
    const node = follow(raw, context);
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === "boolean")
      return { value: node.value, span: spanOf(raw ?? node, context.file) };
    const said = isScalar(node) ? String(node.value) : "";
    const help = /^(true|yes|on)$/i.test(said)
      ? "write `true`"
      : /^(false|no|off)$/i.test(said)
        ? "write `false`"
        : undefined;
    context.diagnostics.error(
      "wrong-type",
      `expected true or false, found ${said === "" ? "something else" : `\`${said}\``}`,
      {
        span: node?.range ? spanOf(node, context.file) : at,
        ...(help !== undefined && { help }),
      },
    );
    return undefined;
  },
};
