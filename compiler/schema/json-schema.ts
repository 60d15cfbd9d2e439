// JSON Schema (draft-07, which every editor's YAML support knows), as far as shapes need it.

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
