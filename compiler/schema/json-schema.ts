// JSON Schema (draft-07, which every editor's YAML support knows), as far as shapes need it.
import type { Field } from "./schema.ts";

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A JSON Schema. The last keywords are no part of the standard: editors know them, and other readers pass them over. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly $comment?: string;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly examples?: readonly Json[];
  readonly type?: JsonType | readonly JsonType[];
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** In the syntax of ECMA-262 with the flag `u`; without lookaround, which other engines lack. */
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly if?: JsonSchema;
  readonly then?: JsonSchema;
  readonly else?: JsonSchema;
  readonly markdownDescription?: string;
  readonly errorMessage?: string;
  readonly patternErrorMessage?: string;
  readonly doNotSuggest?: boolean;
}

export type JsonType = "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";

// Rules between fields. Each says that it is about a mapping, since all else satisfies what is said of fields, and then fails
// under a `not`; and that it suggests nothing, since the fields themselves do.

/** What holds of a field where it is there. */
export function field(name: string, holds: JsonSchema): JsonSchema {
  return { properties: { [name]: { ...holds, doNotSuggest: true } } };
}

/** Holds where a field is absent, or is one of these. */
export function fieldIsOrAbsent(name: string, ...values: readonly Json[]): JsonSchema {
  return field(name, { enum: values });
}

/** Holds where a field is there and is one of these. */
export function fieldIs(name: string, ...values: readonly Json[]): JsonSchema {
  return { ...fieldIsOrAbsent(name, ...values), required: [name] };
}

/** Holds where not all of the fields are there: of one, where it is absent. */
export function without(...names: readonly string[]): JsonSchema {
  return { not: { type: "object", required: names } };
}

/** Holds where at least one of the fields is there. */
export function anyFieldOf(...names: readonly string[]): JsonSchema {
  return { anyOf: names.map((name) => ({ required: [name] })) };
}

/** Holds where no two of the fields are there. */
export function atMostOneOf(...names: readonly string[]): JsonSchema {
  return { allOf: names.flatMap((one, i) => names.slice(i + 1).map((other) => without(one, other))) };
}

/** Of a text: it does not match. */
export function noMatch(pattern: string): JsonSchema {
  return { not: { type: "string", pattern } };
}

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
