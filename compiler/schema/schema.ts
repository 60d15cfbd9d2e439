// The shapes of policy documents: one definition reads a YAML node into typed values that remember where they stand, and
// reports everything that does not fit. Each combinator is also data, from which documentation can be made.
import { isAlias, isMap, isScalar, isSeq, type Alias, type Node } from "yaml";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean, nearest } from "../diagnostics/suggest.ts";
import type { Located, SourceFile, Span } from "../source/span.ts";
import { fieldJson, refusedJson } from "./field-json.ts";
import type { JsonSchema } from "./json-schema.ts";
import {
  parameterAlone,
  referenceIn,
  reportMisplaced,
  reportParameters,
  type Parameters,
} from "./parameters.ts";

/** What reading needs to know of the document. */
export interface ReadContext {
  readonly file: SourceFile;
  readonly diagnostics: Diagnostics;
  /** What each alias of the document stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
  /** The bundle's parameters. */
  readonly parameters: Parameters;
  /** What aliases stood for so far, in characters; bounded, since aliases of aliases grow without end. */
  aliased: number;
}

/** Reads one shape. `undefined` means that what stands there was reported. */
export interface Schema<T> {
  /** In words, as in "expected a list". */
  readonly expected: string;
  /** A value in flow style, for help: `{ header: x-user }`. */
  readonly example?: string | undefined;
  /** Of a mapping with known fields: their names. */
  readonly names?: readonly string[];
  /** What is counted, for the reference. */
  readonly unit?: string | undefined;
  /** What stands inside, for the reference. */
  readonly inside?: Inside | undefined;
  /** The same shape for editors: what it refuses, `read`, or the kind's own check, reports. */
  json(): JsonSchema;
  read(node: Node | null, at: Span, context: ReadContext): T | undefined;
}

/** The fields inside a value, and what leads to them: nothing, `[]` of a list, `.NAME` of a mapping by names. */
export interface Inside {
  readonly suffix: string;
  readonly fields: Fields;
  readonly notYet: NotYet;
  /** Exactly one of the fields must be there. */
  readonly oneOf?: true;
}

/** Fields or words that are known but not honoured yet, each with what to do instead, and what its removal would do. */
export type NotYet = Readonly<Record<string, string>>;

/** The same remedy for several fields. */
export function notYet(names: readonly string[], help: string): NotYet {
  return Object.fromEntries(names.map((name) => [name, help]));
}

/** The type of what a schema reads. */
export type Read<S> = S extends Schema<infer T> ? T : never;

/** A few hundred uses of a long list of addresses, and nothing near what a machine cannot hold. */
const MAX_ALIASED = 1_000_000;

export function spanOf(node: Node, file: SourceFile): Span {
  const [start, end] = node.range ?? [0, 0];
  return { file, start, end };
}

/** Follows an alias to what it stands for; undefined where the document's aliases stand for too much. */
export function follow(node: Node | null, context: ReadContext): Node | null | undefined {
  if (!isAlias(node)) return node;
  const target = context.targets.get(node);
  if (!target || context.aliased > MAX_ALIASED) return undefined;
  const { start, end } = spanOf(target, context.file);
  context.aliased += end - start;
  if (context.aliased <= MAX_ALIASED) return target;
  context.diagnostics.error("too-many-aliases", "the aliases of this document stand for too much text", {
    span: spanOf(node, context.file),
    help: `written out it must not pass ${MAX_ALIASED} characters; put the values into fewer rules`,
  });
  return undefined;
}

function describe(node: Node | null): string {
  if (isMap(node)) return "a mapping";
  if (isSeq(node)) return "a list";
  if (!isScalar(node) || node.value === null || node.value === undefined) return "nothing";
  if (typeof node.value === "string") return "a string";
  if (typeof node.value === "number" || typeof node.value === "bigint") return "a number";
  return typeof node.value === "boolean" ? "true or false" : "something else";
}

function wrongType(
  node: Node | null,
  at: Span,
  expected: string,
  context: ReadContext,
  help: string | undefined = forgottenSpace(node),
): undefined {
  const parameter = referenceIn(node);
  if (parameter !== undefined && node) {
    reportMisplaced(parameter, spanOf(node, context.file), context);
    return undefined;
  }
  context.diagnostics.error("wrong-type", `expected ${expected}, found ${describe(node)}`, {
    span: node?.range ? firstLine(spanOf(node, context.file)) : at,
    ...(help && { help }),
  });
  return undefined;
}

/** `action:DENY` is a text to YAML. */
function forgottenSpace(node: Node | null): string | undefined {
  const key = isScalar(node) && typeof node.value === "string" ? /^([A-Za-z]+):\S/.exec(node.value)?.[1] : "";
  return key ? `put a space behind \`${key}:\`` : undefined;
}

/**
 * A text. Numbers and booleans must be quoted, since `yes` and `1e3` rarely mean what they say; `instead` is the remedy
 * where quotes alone would not do.
 */
export function string(instead?: string): Schema<Located<string>> {
  return text({}, instead);
}

/** What JSON Schema can say of a text. */
export type TextShape = Pick<
  JsonSchema,
  "pattern" | "patternErrorMessage" | "minLength" | "maxLength" | "enum" | "examples" | "allOf"
>;

/** A text of which editors are told more: reading takes any, and what makes no sense is for the kind's check to report. */
export function text(shape: TextShape, instead?: string): Schema<Located<string>> {
  return {
    expected: "a string",
    json: () => ({ type: "string", ...shape, not: parameterAlone }),
    read(raw, at, context) {
      const node = follow(raw, context);
      if (node === undefined) return undefined;
      if (isScalar(node) && typeof node.value === "string") {
        const text = { value: node.value, span: spanOf(raw ?? node, context.file) };
        return reportParameters(text, context) ? undefined : text;
      }
      const quotable = isScalar(node) && node.value !== null && node.source !== undefined;
      const help = quotable ? (instead ?? `quote it: "${node.source}"`) : undefined;
      return wrongType(node, at, "a string", context, help);
    },
  };
}

/** A whole number from `min` to `max`; `unit` for the reference. */
export function integer(min: number, max: number, unit?: string): Schema<Located<number>> {
  const expected = `a whole number from ${min} to ${max}`;
  return {
    expected,
    unit,
    json: () => ({ type: "integer", minimum: min, maximum: max }),
    read(raw, at, context) {
      const node = follow(raw, context);
      if (node === undefined) return undefined;
      if (!isScalar(node) || typeof node.value !== "number") {
        return wrongType(node, at, expected, context, numberHelp(node));
      }
      if (!Number.isInteger(node.value) || node.value < min || node.value > max) {
        const fraction = Math.abs(node.value) <= max && !Number.isInteger(node.value);
        context.diagnostics.error(
          "bad-value",
          `expected ${expected}, found \`${node.source ?? node.value}\``,
          {
            span: spanOf(node, context.file),
            ...(fraction && {
              help: `write a whole number, such as ${Math.max(min, Math.ceil(node.value))}`,
            }),
          },
        );
        return undefined;
      }
      return { value: node.value, span: spanOf(node, context.file) };
    },
  };
}

/** `"50"` and `50%` are texts. */
function numberHelp(node: Node | null): string | undefined {
  const text = isScalar(node) && typeof node.value === "string" ? node.value : "";
  const digits = /^\d+/.exec(text)?.[0];
  if (digits === undefined) return undefined;
  return digits === text ? `write it without quotes: ${digits}` : `write the number alone: ${digits}`;
}

/** One of a few words; those in `notYet` are known but not supported yet. `help`: what to know about the choice. */
export function word<W extends string>(
  words: readonly W[],
  notYet: NotYet = {},
  help?: string,
): Schema<Located<W>> {
  const expected = (words.length > 1 ? "one of " : "") + words.map((w) => `\`${w}\``).join(", ");
  return {
    expected,
    json: () => ({ type: "string", enum: words }),
    read(raw, at, context) {
      const read = string().read(raw, at, context);
      if (!read) return undefined;
      const found = words.find((w) => w === read.value);
      if (found !== undefined) return { value: found, span: read.span };
      if (Object.hasOwn(notYet, read.value)) {
        context.diagnostics.error("not-supported-yet", `\`${read.value}\` is not supported yet`, {
          span: read.span,
          help: `for now this must be ${expected}: ${notYet[read.value] ?? ""}`,
        });
        return undefined;
      }
      const label = didYouMean(read.value, [...words, ...Object.keys(notYet)]);
      context.diagnostics.error("bad-value", `expected ${expected}, found \`${read.value}\``, {
        span: read.span,
        ...(label && { label }),
        ...(help !== undefined && { help }),
      });
      return undefined;
    },
  };
}

/**
 * A list with at least one entry: an empty one is a slip, and readings of it differ between tools. How long it may be is for
 * the kind's check to report.
 */
export function list<T>(
  item: Schema<T>,
  options: { mayBeEmpty?: boolean; longest?: number } = {},
): Schema<Items<T>> {
  return {
    expected: "a list",
    example: item.example && `[${item.example}]`,
    inside: item.inside && { ...item.inside, suffix: `[]${item.inside.suffix}` },
    json: () => ({
      type: "array",
      items: item.json(),
      ...(!options.mayBeEmpty && { minItems: 1 }),
      ...(options.longest !== undefined && { maxItems: options.longest }),
    }),
    read(raw, at, context) {
      const node = follow(raw, context);
      if (node === undefined) return undefined;
      if (!isSeq(node)) {
        const help = listHelp(node, item, context.file);
        return wrongType(node, at, "a list", context, help);
      }
      const span = spanOf(raw ?? node, context.file);
      if (node.items.length === 0 && !options.mayBeEmpty) {
        context.diagnostics.error("empty-list", "this list is empty", {
          span,
          help: "name at least one entry, or leave the field out where it may be absent",
        });
        return undefined;
      }
      const items: T[] = [];
      for (const entry of node.items as (Node | null)[]) {
        const read = item.read(entry, entry?.range ? spanOf(entry, context.file) : span, context);
        if (read !== undefined) items.push(read);
      }
      return { items, span };
    },
  };
}

/** What stands where a list belongs is mostly its only entry. */
function listHelp(node: Node | null, item: Schema<unknown>, file: SourceFile): string | undefined {
  const { names, example } = item;
  if (node === null || (isScalar(node) && node.value === null)) return undefined;
  const isEntry = isMap(node)
    ? names === undefined || node.items.some(({ key }) => names.includes(keyText(key)))
    : names === undefined;
  if (!isEntry) return example && `write a list of mappings, such as [${example}]`;
  if (isMap(node) && !node.flow) return "put `- ` in front of each entry";
  const { start, end } = spanOf(node, file);
  const written = file.text.slice(start, end);
  return written.includes("\n") ? undefined : `write it as a list: [${written}]`;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

/** A list that was read. */
export interface Items<T> {
  readonly items: readonly T[];
  readonly span: Span;
}

/**
 * A mapping from names of the author's choice to one shape; `example` shows one. Which names make sense is for the kind's
 * check to report.
 */
export function named<T>(
  item: Schema<T>,
  example: string,
  names: TextShape = {},
): Schema<Items<{ name: Located<string>; item: T }>> {
  return {
    expected: "a mapping",
    example,
    inside: item.inside && { ...item.inside, suffix: `.NAME${item.inside.suffix}` },
    json: () => ({
      type: "object",
      additionalProperties: item.json(),
      propertyNames: { ...noMergeKey, ...names, title: "NAME" },
      minProperties: 1,
    }),
    read(raw, at, context) {
      const node = follow(raw, context);
      if (node === undefined) return undefined;
      if (!isMap(node)) return wrongType(node, at, "a mapping", context, mappingHelp(node, example));
      const items: { name: Located<string>; item: T }[] = [];
      for (const pair of node.items) {
        const name = readKey(pair.key as Node | null, at, context);
        if (!name) continue;
        const read = item.read(pair.value as Node | null, name.span, context);
        if (read !== undefined) items.push({ name, item: read });
      }
      const span = spanOf(raw ?? node, context.file);
      if (node.items.length === 0) {
        context.diagnostics.error("empty-list", "this mapping is empty", {
          span,
          help: "name at least one entry",
        });
        return undefined;
      }
      return { items, span };
    },
  };
}

/** One field of an object. */
export interface Field<T> {
  readonly schema: Schema<T>;
  readonly required: boolean;
  /** One sentence for the reference. */
  readonly doc: string;
  /** What holds where an optional field is absent. */
  readonly absent?: string | undefined;
}

export interface RequiredField<T> extends Field<T> {
  readonly required: true;
}

export function required<T>(schema: Schema<T>, doc: string): RequiredField<T> {
  return { schema, required: true, doc };
}

export function optional<T>(schema: Schema<T>, doc: string, absent?: string): Field<T> {
  return { schema, required: false, doc, absent };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- field types vary; `any` lets inference see each
export type Fields = Readonly<Record<string, Field<any>>>;

/** What an object schema reads: every field, absent ones undefined, with the object's own place and its keys' places. */
export type ObjectOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends RequiredField<infer T>
    ? T
    : F[K] extends Field<infer T>
      ? T | undefined
      : never;
} & { readonly span: Span; readonly keys: ReadonlyMap<string, Span> };

export interface ObjectOptions {
  /** Fields that the kind has but Tollgate does not honour yet. */
  readonly notYet?: NotYet;
  /** A value in flow style, for help. */
  readonly example?: string;
  /** Unknown fields are fine (metadata that others read). */
  readonly open?: boolean;
  /** What must hold between the fields, for editors: the kind's check reports it. */
  readonly between?: readonly JsonSchema[];
}

export interface ObjectSchema<F extends Fields> extends Schema<ObjectOf<F>> {
  readonly fields: F;
  readonly notYet: NotYet;
}

/** A mapping with known fields. Unknown ones, and known ones that are not supported yet, are errors, never silence. */
export function object<F extends Fields>(fields: F, options: ObjectOptions = {}): ObjectSchema<F> {
  const { notYet = {}, example, between = [] } = options;
  return {
    expected: "a mapping",
    example,
    json: () => objectJson(fields, notYet, between, options.open ?? false),
    names: [...Object.keys(fields), ...Object.keys(notYet)],
    inside: { suffix: "", fields, notYet },
    fields,
    notYet,
    read(raw, at, context) {
      const node = follow(raw, context);
      if (node === undefined) return undefined;
      if (!isMap(node)) return wrongType(node, at, "a mapping", context, mappingHelp(node, example));
      const span = spanOf(raw ?? node, context.file);
      const result: Record<string, unknown> = {};
      const keys = new Map<string, Span>();
      const meant = new Set<string | undefined>();
      let complete = true;
      for (const pair of node.items) {
        const key = readKey(pair.key as Node | null, span, context);
        if (!key) continue;
        keys.set(key.value, key.span);
        const field = Object.hasOwn(fields, key.value) ? fields[key.value] : undefined;
        if (field) {
          const value: unknown = field.schema.read(pair.value as Node | null, key.span, context);
          // What is optional counts as absent then, so that the rest is still looked at.
          if (value === undefined) complete &&= !field.required;
          else result[key.value] = value;
        } else if (Object.hasOwn(notYet, key.value)) {
          reportNotYet(key, notYet[key.value] ?? "", context);
        } else if (!options.open) {
          const known = [...Object.keys(fields), ...Object.keys(notYet)];
          const label = didYouMean(key.value, known);
          meant.add(nearest(key.value, known));
          context.diagnostics.error("unknown-field", `unknown field \`${key.value}\``, {
            span: key.span,
            ...(label && { label }),
            help: fieldsHelp(Object.keys(fields)),
          });
        }
      }
      for (const [name, field] of Object.entries(fields)) {
        if (!field.required || keys.has(name)) continue;
        complete = false;
        if (meant.has(name)) continue; // its misspelling was reported
        context.diagnostics.error("missing-field", `the field \`${name}\` is missing`, {
          // Of a block the first line says little: the name it stands under says whose field it is.
          span: firstLine(node.flow ? span : at),
          help: `add \`${name}\`: ${field.doc}`,
        });
      }
      return complete ? ({ ...result, span, keys } as ObjectOf<F>) : undefined;
    },
  };
}

/** A key that YAML's readers understand differently. */
const noMergeKey: JsonSchema = { not: { const: "<<" } };

function objectJson(
  fields: Fields,
  notYet: NotYet,
  between: readonly JsonSchema[],
  open: boolean,
): JsonSchema {
  const required = Object.keys(fields).filter((name) => fields[name]?.required);
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldJson(field)])),
      ...Object.fromEntries(Object.entries(notYet).map(([name, help]) => [name, refusedJson(help)])),
    },
    ...(required.length > 0 && { required }),
    ...(open ? { propertyNames: noMergeKey } : { additionalProperties: false }),
    ...(between.length > 0 && { allOf: between }),
  };
}

function mappingHelp(node: Node | null, example: string | undefined): string | undefined {
  return forgottenSpace(node) ?? (example && `write a mapping, such as ${example}`);
}

/** A mapping of exactly one of several keys, such as `{header: x-user}`; the key says what it is. */
export function oneKey<F extends Fields>(
  fields: F,
  options: { notYet: NotYet; example: string },
): Schema<OneKey<F>> {
  const names = Object.keys(fields);
  const expected = `a mapping with one of ${names.map((n) => `\`${n}\``).join(", ")}`;
  const fieldsAsChoices = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, { ...field, required: false }]),
  );
  const inner = object(fieldsAsChoices, options);
  return {
    expected,
    example: options.example,
    names: inner.names ?? [],
    inside: inner.inside && { ...inner.inside, oneOf: true },
    json: () => ({ ...inner.json(), minProperties: 1, maxProperties: 1 }),
    read(raw, at, context) {
      const node = follow(raw, context);
      if (isMap(node) && node.items.length !== 1) {
        const found = node.items.length === 0 ? "none" : `${node.items.length} fields`;
        context.diagnostics.error("one-of", `expected ${expected}, found ${found}`, {
          span: firstLine(spanOf(raw ?? node, context.file)),
          help: node.items.length === 0 ? "name one of them" : "write several entries, one field each",
        });
        return undefined;
      }
      const read = inner.read(raw, at, context);
      if (!read) return undefined;
      const key = names.find((name) => read.keys.has(name));
      const value = key === undefined ? undefined : (read as Record<string, unknown>)[key];
      // What is wrong with it was reported.
      return value === undefined ? undefined : ({ key, value, span: read.span } as OneKey<F>);
    },
  };
}

/** What `oneKey` reads. */
export type OneKey<F extends Fields> = {
  [K in keyof F & string]: F[K] extends Field<infer T>
    ? { readonly key: K; readonly value: T; readonly span: Span }
    : never;
}[keyof F & string];

/** Reports a field that the kind has but Tollgate does not honour yet. */
export function reportNotYet(
  key: Located<string>,
  help: string,
  { diagnostics }: Pick<ReadContext, "diagnostics">,
): void {
  diagnostics.error("not-supported-yet", `\`${key.value}\` is not supported yet`, { span: key.span, help });
}

/** Reads a field's name. YAML's merge key pulls fields in from elsewhere; some readers know it and some do not. */
function readKey(key: Node | null, at: Span, context: ReadContext): Located<string> | undefined {
  if (!isScalar(key) || key.source !== "<<") return string().read(key, at, context);
  context.diagnostics.error("not-supported-yet", "merge keys (`<<`) are not supported", {
    span: spanOf(key, context.file),
    help: "write the fields out, or give a whole value by alias",
  });
  return undefined;
}

function fieldsHelp(fields: readonly string[]): string {
  const quoted = fields.map((f) => `\`${f}\``).join(", ");
  if (fields.length === 0) return "there are no fields here: write `{}`";
  return fields.length === 1 ? `the only field here is ${quoted}` : `the fields here are ${quoted}`;
}

/** The part of a span on its first line: a caret under a whole block helps nobody. */
export function firstLine(span: Span): Span {
  const newline = span.file.text.indexOf("\n", span.start);
  return newline < 0 || newline >= span.end ? span : { ...span, end: newline };
}
