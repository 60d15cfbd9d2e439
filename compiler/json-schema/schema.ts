// The JSON Schema of policy files: of one kind, or of whatever stands in a file. Made of the definitions that check them.
import { kindsNotYet, kindsWithoutPolicy, policyKinds } from "../kinds/index.ts";
import { fieldIs, type JsonSchema } from "../schema/json-schema.ts";
import { string } from "../schema/schema.ts";
import { documentJson, documentKinds, groupOf, ofGroup, type DocumentKind } from "./documents.ts";

const DRAFT = "http://json-schema.org/draft-07/schema#";
/** By which a file is known that may be written anew. */
export const SIGN = "tollgate schema";

/** The names that `schemaOf` takes. */
export const kindNames: readonly string[] = documentKinds.map(({ kind }) => kind);

/** The schema of documents of one kind; undefined where there is none of that name. */
export function schemaOf(kind: string): JsonSchema | undefined {
  const found = documentKinds.find((one) => one.kind === kind);
  return found && { $schema: DRAFT, $comment: comment, ...documentJson(found) };
}

const comment = `Written by \`${SIGN}\`.`;

/** The schema of any document in a file of policies: those that Tollgate reads, those of other tools, and lists of both. */
export function combinedSchema(): JsonSchema {
  const apiVersions = [...new Set(documentKinds.flatMap((one) => one.apiVersions))];
  return {
    $schema: DRAFT,
    $comment: comment,
    type: "object",
    properties: {
      apiVersion: { description: "The API version.", ...string().json(), examples: apiVersions },
      kind: { description: "The kind.", ...string().json(), examples: kindNames },
    },
    required: ["apiVersion", "kind"],
    allOf: [
      ...documentKinds.map((one) => ({ if: isOf(one), then: { $ref: `#/definitions/${one.kind}` } })),
      ...groups().map(onlyKnownKinds),
      onlyWithGroup,
      { if: { allOf: [fieldIs("apiVersion", "v1"), fieldIs("kind", "List")] }, then: listOfDocuments },
    ],
    definitions: Object.fromEntries(documentKinds.map((one) => [one.kind, documentJson(one)])),
  };
}

function isOf({ kind, group }: DocumentKind): JsonSchema {
  return { allOf: [fieldIs("kind", kind), group === "" ? fieldIs("apiVersion", "v1") : hasGroup(group)] };
}

function hasGroup(group: string): JsonSchema {
  return {
    properties: { apiVersion: { type: "string", pattern: ofGroup(group) } },
    required: ["apiVersion"],
  };
}

/** The groups of which an unknown kind is a slip. */
function groups(): readonly string[] {
  return [...new Set(policyKinds.flatMap(({ apiVersions }) => apiVersions.map(groupOf)))];
}

function onlyKnownKinds(group: string): JsonSchema {
  const kinds = [...documentKinds, ...kindsWithoutPolicy].filter((one) => one.group === group);
  return {
    if: hasGroup(group),
    then: { properties: { kind: { enum: [...new Set(kinds.map(({ kind }) => kind))] } } },
  };
}

/** A policy in the core group is one whose group was forgotten. */
const onlyWithGroup: JsonSchema = {
  if: fieldIs("kind", ...[...policyKinds, ...kindsNotYet].map(({ kind }) => kind)),
  then: { properties: { apiVersion: { pattern: "/" } } },
};

/** What `kubectl get … -o yaml` writes. */
const listOfDocuments: JsonSchema = {
  properties: { items: { type: "array", items: { $ref: "#" } } },
  required: ["items"],
};
