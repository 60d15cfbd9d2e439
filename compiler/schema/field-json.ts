// Fields as JSON Schema has them, with what people should know of them.
import type { Json, JsonSchema } from "./json-schema.ts";
import type { Field } from "./schema.ts";

/** A field of a mapping, with what people should know of it. */
export function fieldJson({ schema, doc, absent }: Field<unknown>): JsonSchema {
  const json = schema.json();
  const parts = [
    `${sentence(doc)}${schema.unit === undefined ? "" : ` In ${schema.unit}.`}`,
    ...(absent === undefined ? [] : [`Where absent: ${absent}.`]),
    ...(schema.example === undefined ? [] : [`Example: \`${schema.example}\``]),
  ];
  const standard = absent === undefined ? undefined : literalIn(absent, json);
  const description = parts.join("\n\n");
  return {
    description,
    markdownDescription: description,
    ...(standard !== undefined && { default: standard }),
    ...json,
  };
}

/** A field that is known and refused: no value is right, and whoever writes one is told why. */
export function refusedJson(help: string): JsonSchema {
  const message = `not supported yet: ${help}`;
  // Editors have no words of ours for `not` alone.
  return {
    type: "null",
    not: { type: "null" },
    description: message,
    errorMessage: message,
    doNotSuggest: true,
  };
}

function sentence(doc: string): string {
  return `${doc.charAt(0).toUpperCase()}${doc.slice(1)}.`;
}

/** What stands in code quotes, or is a number, as a value of the type; undefined where it is told in words. */
function literalIn(absent: string, { type, anyOf, pattern = "", enum: words }: JsonSchema): Json | undefined {
  const types = [type, ...(anyOf ?? []).map((one) => one.type)];
  if (/^\d+$/.test(absent)) return types.includes("integer") ? Number(absent) : undefined;
  const quoted = /^`([^`]+)`$/.exec(absent)?.[1];
  if (quoted === undefined) return undefined;
  if (types.includes("boolean")) return quoted === "true";
  // What is no value of the field is the name of another one; beside a number only a parameter is a text.
  const isValue = words?.includes(quoted) ?? new RegExp(pattern).test(quoted);
  return isValue && types.includes("string") && !types.includes("integer") ? quoted : undefined;
}
