// The shape of Istio's AuthorizationPolicy (`security.istio.io/v1`), field for field. What Tollgate does not honour yet
// is named, so that a policy that uses it is refused instead of weakened.
import { attachmentFields } from "../attachment/schema.ts";
import { list, notYet, object, optional, required, string, word, type Read } from "../../schema/schema.ts";

const strings = list(string());

const source = object(
  {
    principals: optional(strings, "whom the peer's certificate names, without `spiffe://`"),
    notPrincipals: optional(strings, "names that the peer's certificate must not have"),
    requestPrincipals: optional(strings, "`ISSUER/SUBJECT` of the verified token"),
    notRequestPrincipals: optional(strings, "tokens that must not be there"),
    namespaces: optional(strings, "namespaces in the peer's identity: what stands behind `/ns/`"),
    notNamespaces: optional(strings, "namespaces that the peer must not be of"),
    serviceAccounts: optional(strings, "`NAMESPACE/ACCOUNT`, or `ACCOUNT` in the policy's own namespace"),
    notServiceAccounts: optional(strings, "service accounts that the peer must not have"),
    trustDomains: optional(strings, "what stands behind `spiffe://` in the peer's identity"),
    notTrustDomains: optional(strings, "trust domains that the peer must not be of"),
    ipBlocks: optional(strings, "CIDR blocks or addresses of the direct peer"),
    notIpBlocks: optional(strings, "blocks in which the direct peer must not be"),
    remoteIpBlocks: optional(strings, "blocks of the client, after the listener's trusted hops"),
    notRemoteIpBlocks: optional(strings, "blocks in which the client must not be"),
  },
  { example: '{ ipBlocks: ["10.0.0.0/8"] }' },
);

const operation = object(
  {
    hosts: optional(strings, "values of the Host header, ASCII case aside"),
    notHosts: optional(strings, "hosts that must not match"),
    ports: optional(strings, "ports that the connection was made to"),
    notPorts: optional(strings, "ports that must not match"),
    methods: optional(strings, "HTTP methods"),
    notMethods: optional(strings, "methods that must not match"),
    paths: optional(strings, "paths without the query; `{*}` is one element, `{**}` any number"),
    notPaths: optional(strings, "paths that must not match"),
  },
  { example: '{ methods: ["GET"], paths: ["/a*"] }' },
);

const condition = object(
  {
    key: required(string(), "the attribute, such as `request.headers[x-user]`"),
    values: optional(strings, "values of which one must match"),
    notValues: optional(strings, "values of which none may match"),
  },
  { example: '{ key: "request.headers[x-user]", values: ["a"] }' },
);

const rule = object(
  {
    from: optional(
      list(
        object(
          { source: required(source, "where the request comes from") },
          { example: '{ source: { ipBlocks: ["10.0.0.0/8"] } }' },
        ),
      ),
      "sources, any of which may match",
    ),
    to: optional(
      list(
        object(
          { operation: required(operation, "what the request asks for") },
          { example: '{ operation: { methods: ["GET"] } }' },
        ),
      ),
      "operations, any of which may match",
    ),
    when: optional(list(condition), "conditions, all of which must match"),
    condition: optional(
      string(),
      "an expression in CEL that must come to true as well; Istio has no such field",
    ),
  },
  { example: '{ to: [{ operation: { methods: ["GET"] } }] }' },
);

const actionsNotYet = {
  CUSTOM: "keep asking others in Envoy's ext_authz filter, in front of this one",
};

export const spec = object(
  {
    action: optional(word(["ALLOW", "DENY", "AUDIT"], actionsNotYet), "what a match means", "`ALLOW`"),
    rules: optional(
      list(rule, { mayBeEmpty: true }),
      "rules, any of which may match; `{}` matches every request",
      "none: the policy never matches",
    ),
    ...attachmentFields,
  },
  {
    notYet: {
      ...notYet(["provider"], "it belongs to `action: CUSTOM`: keep that in Envoy's ext_authz filter"),
    },
  },
);

export type Spec = Read<typeof spec>;
export type RuleSpec = NonNullable<Spec["rules"]>["items"][number];
export type SourceSpec = Read<typeof source>;
export type OperationSpec = Read<typeof operation>;
export type ConditionSpec = Read<typeof condition>;
