// What the JSON Schema and the checker say of the same documents.
import { parseAllDocuments } from "yaml";
import { parseDocuments } from "../../1-parse/documents.ts";
import { checkDocuments } from "../../2-check/check.ts";
import { Diagnostics, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readTests } from "../../policy-test/read.ts";
import type { Json } from "../../schema/json-schema.ts";
import { combinedSchema } from "../schema.ts";
import { validator } from "./random.ts";

const holds = validator().compile(combinedSchema());

/** Findings that no JSON Schema has words for. */
const NOT_SAID: readonly RegExp[] = [
  // One field is compared with another.
  /^a target is of the policy's own namespace$/,
  /^a Service that is a parent is of the route's own namespace$/,
  /^\d+ of \d+ is more than all$/,
  // CEL and calendars have rules of their own; an address with colons is one only by more than its characters.
  /^not supported: /,
  /^`[^`]*` is not (a time|an IP address)$/,
];

/**
 * What is wrong where the two disagree; undefined where they agree: what the schema takes has no fault of its shape, and what
 * it refuses the checker refuses too. Files that are no YAML, and documents that are empty, are nobody's business here.
 */
export function disagreement(text: string): string | undefined {
  const said = new Diagnostics();
  const file = { path: "p.yaml", shown: "p.yaml", text };
  const documents = parseDocuments(file, said);
  if (said.hasErrors) return undefined;
  const values = plainDocuments(text).filter((value) => value !== null);
  const refused = values.flatMap((value) => (holds(value) ? [] : [JSON.stringify(holds.errors)]));
  checkDocuments(documents, "bundle", said);
  readTests(documents, said);
  const errors = said.all.filter(({ severity }) => severity === "error");
  const [shape] = errors.filter(isOfShape);
  if (refused.length === 0 && shape) return `the schema takes what the checker refuses: ${shape.message}`;
  if (refused.length > 0 && errors.length === 0) return `the schema alone refuses it: ${refused.join("\n")}`;
  return undefined;
}

/** Whether the schema takes every document of a file. */
export function schemaTakes(text: string): boolean {
  return plainDocuments(text).every((value) => value === null || holds(value));
}

function plainDocuments(text: string): Json[] {
  const documents = parseAllDocuments(text);
  return Array.isArray(documents)
    ? documents.map((document) => document.toJS({ maxAliasCount: -1 }) as Json)
    : [];
}

function isOfShape({ code, message }: Diagnostic): boolean {
  return code.startsWith("TG2") && !NOT_SAID.some((pattern) => pattern.test(message));
}
