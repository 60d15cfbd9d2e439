// The kinds of documents whose shape is checked, as JSON Schema describes them.
import { bundleSpec, LONGEST_FILTER_NAME } from "../2-check/bundle.ts";
import { documentSchema, LONGEST_NAME } from "../2-check/document.ts";
import { serviceSpec } from "../2-check/service.ts";
import { gatewaySpec } from "../kinds/gateway-api/gateway.ts";
import { referenceGrantSpec } from "../kinds/gateway-api/reference-grant.ts";
import { GATEWAY_API } from "../kinds/gateway-api/surroundings.ts";
import { policyKinds } from "../kinds/index.ts";
import { API_VERSION, policyTestDocument } from "../policy-test/schema.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { optional, required, text, word, type Schema } from "../schema/schema.ts";
import type { Located } from "../source/span.ts";

/** A kind of documents. */
export interface DocumentKind {
  readonly kind: string;
  /** Empty of what is in Kubernetes' core group. */
  readonly group: string;
  /** Those that are taken or, where `anyVersion`, the one to suggest. */
  readonly apiVersions: readonly string[];
  readonly anyVersion?: true;
  /** What the document is for. */
  readonly doc: string;
  /** The whole document, with these in front. */
  document(header: Header): Schema<unknown>;
}

interface Header {
  readonly apiVersion: Schema<Located<string>>;
  readonly kind: Schema<Located<string>>;
}

/** A document whose `spec` this is; where that may be empty, it may be absent. */
function about(
  spec: Schema<unknown>,
  { longest = LONGEST_NAME, namespaced = true } = {},
): DocumentKind["document"] {
  const says = "what it says";
  return (header) => {
    const { required: needed = [] } = spec.json();
    const field = needed.length > 0 ? required(spec, says) : optional(spec, says);
    return documentSchema({ spec: field, longest, namespaced, ...header });
  };
}

const docs: Readonly<Record<string, string>> = {
  RequestAuthentication: "Whose tokens are good: Istio's own kind.",
  AuthorizationPolicy: "Who may pass: Istio's own kind.",
  RateLimitPolicy: "How fast requests may come.",
  HTTPRoute: "Which road a request takes: the Kubernetes Gateway API's own kind.",
  HeaderRoutePolicy: "Which road, by what a request says, and what is changed on the way.",
};

export const documentKinds: readonly DocumentKind[] = [
  ...policyKinds.map(({ kind, apiVersions, spec }): DocumentKind => ({
    kind,
    group: groupOf(apiVersions[0] ?? ""),
    apiVersions,
    doc: docs[kind] ?? kind,
    document: about(spec),
  })),
  {
    kind: "Bundle",
    group: "tollgate.dev",
    apiVersions: ["tollgate.dev/v1alpha1"],
    doc: "What the policies together are called, which workloads they are for, what they may cost, and how refusals are worded.",
    document: about(bundleSpec, { longest: LONGEST_FILTER_NAME, namespaced: false }),
  },
  {
    kind: "PolicyTest",
    group: "tollgate.dev",
    apiVersions: [API_VERSION],
    doc: "What policies promise, as requests and what must become of them: run with `tollgate test`.",
    document: policyTestDocument,
  },
  {
    kind: "Gateway",
    group: GATEWAY_API,
    apiVersions: [`${GATEWAY_API}/v1`],
    anyVersion: true,
    doc: "Read for its listeners, which say under which hostnames routes are reached.",
    document: about(gatewaySpec),
  },
  {
    kind: "ReferenceGrant",
    group: GATEWAY_API,
    apiVersions: [`${GATEWAY_API}/v1beta1`],
    anyVersion: true,
    doc: "Which namespaces may send requests to the Services of its own.",
    document: about(referenceGrantSpec),
  },
  {
    kind: "Service",
    group: "",
    apiVersions: ["v1"],
    doc: "Read for which workloads are behind it.",
    document: about(serviceSpec),
  },
];

/** The group in an API version. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** A pattern of the API versions of a group. */
export function ofGroup(group: string): string {
  return group === "" ? "^[^/.]*$" : `^${group.replaceAll(".", "\\.")}(/|$)`;
}

/** The shape of a document of a kind. */
export function documentJson(of: DocumentKind): JsonSchema {
  const { kind, group, apiVersions, anyVersion, doc } = of;
  const apiVersion = anyVersion
    ? text({ pattern: ofGroup(group), examples: apiVersions })
    : word(apiVersions);
  return { description: doc, ...of.document({ apiVersion, kind: word([kind]) }).json() };
}
