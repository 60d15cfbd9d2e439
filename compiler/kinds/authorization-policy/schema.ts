// The shape of Istio's AuthorizationPolicy (`security.istio.io/v1`), field for field. What Tollgate does not honour yet
// is named, so that a policy that uses it is refused instead of weakened.
import { anyFieldOf, field, noMatch, without, type JsonSchema } from "../../schema/json-schema.ts";
import { list, notYet, object, optional, required, text, word, type Read } from "../../schema/schema.ts";
import { BLOCK, celText, notEmpty, PORT } from "../../schema/texts.ts";
import { attachmentFields, attachmentRules } from "../attachment/schema.ts";
import { CLAIM_WITHOUT_NAME, KEY, METADATA_KEY, plainKeys } from "./key.ts";
import { LONGEST_ACCOUNT, MOST_ACCOUNTS } from "./limits.ts";

const strings = list(notEmpty);

const port = text({ pattern: `^${PORT}$`, patternErrorMessage: "write a number from 0 to 65535" });
const block = text(BLOCK);
const account = text({
  pattern: "^[^/*]+(/[^/*]+)?$",
  patternErrorMessage: "write `NAMESPACE/ACCOUNT`, or `ACCOUNT` for one of the policy's own namespace",
  maxLength: LONGEST_ACCOUNT,
});
const trustDomain = text({
  pattern: "^[^/\\s]+$",
  patternErrorMessage: "write what stands between `spiffe://` and the next `/`, such as `cluster.local`",
});
const accounts = list(account, { longest: MOST_ACCOUNTS });
const blocks = list(block);
const ports = list(port);
const trustDomains = list(trustDomain);

/** Istio refuses service accounts beside names that say the same in other words. */
const accountsAlone: JsonSchema = {
  if: anyFieldOf("serviceAccounts", "notServiceAccounts"),
  then: {
    allOf: ["principals", "notPrincipals", "namespaces", "notNamespaces"].map((name) => without(name)),
  },
};

const source = object(
  {
    principals: optional(strings, "whom the peer's certificate names, without `spiffe://`"),
    notPrincipals: optional(strings, "names that the peer's certificate must not have"),
    requestPrincipals: optional(strings, "`ISSUER/SUBJECT` of the verified token"),
    notRequestPrincipals: optional(strings, "tokens that must not be there"),
    namespaces: optional(strings, "namespaces in the peer's identity: what stands behind `/ns/`"),
    notNamespaces: optional(strings, "namespaces that the peer must not be of"),
    serviceAccounts: optional(accounts, "`NAMESPACE/ACCOUNT`, or `ACCOUNT` in the policy's own namespace"),
    notServiceAccounts: optional(accounts, "service accounts that the peer must not have"),
    trustDomains: optional(trustDomains, "what stands behind `spiffe://` in the peer's identity"),
    notTrustDomains: optional(trustDomains, "trust domains that the peer must not be of"),
    ipBlocks: optional(blocks, "CIDR blocks or addresses of the direct peer"),
    notIpBlocks: optional(blocks, "blocks in which the direct peer must not be"),
    remoteIpBlocks: optional(blocks, "blocks of the client, after the listener's trusted hops"),
    notRemoteIpBlocks: optional(blocks, "blocks in which the client must not be"),
  },
  { example: '{ ipBlocks: ["10.0.0.0/8"] }', between: [{ minProperties: 1 }, accountsAlone] },
);

const operation = object(
  {
    hosts: optional(strings, "values of the Host header, ASCII case aside"),
    notHosts: optional(strings, "hosts that must not match"),
    ports: optional(ports, "ports that the connection was made to"),
    notPorts: optional(ports, "ports that must not match"),
    methods: optional(strings, "HTTP methods"),
    notMethods: optional(strings, "methods that must not match"),
    paths: optional(strings, "paths without the query; `{*}` is one element, `{**}` any number"),
    notPaths: optional(strings, "paths that must not match"),
  },
  { example: '{ methods: ["GET"], paths: ["/a*"] }', between: [{ minProperties: 1 }] },
);

/** What the values of a key must be, beyond not being empty. */
function valuesOf(key: JsonSchema, value: JsonSchema): JsonSchema {
  const values = { items: value };
  return {
    if: { properties: { key }, required: ["key"] },
    then: { allOf: [field("values", values), field("notValues", values)] },
  };
}
const keyed = (key: keyof typeof plainKeys): JsonSchema => ({ const: key });

const condition = object(
  {
    key: required(
      text({
        pattern: KEY,
        allOf: [noMatch(CLAIM_WITHOUT_NAME)],
        patternErrorMessage: "there is no such attribute: write one such as `request.headers[x-user]`",
        examples: ["request.headers[x-user]", "request.auth.claims[iss]", ...Object.keys(plainKeys)],
      }),
      "the attribute, such as `request.headers[x-user]`",
    ),
    values: optional(strings, "values of which one must match"),
    notValues: optional(strings, "values of which none may match"),
  },
  {
    example: '{ key: "request.headers[x-user]", values: ["a"] }',
    between: [
      anyFieldOf("values", "notValues"),
      ...(["source.ip", "remote.ip", "destination.ip"] as const).map((key) =>
        valuesOf(keyed(key), block.json()),
      ),
      valuesOf(keyed("destination.port"), port.json()),
      valuesOf(keyed("source.serviceAccount"), account.json()),
      valuesOf({ pattern: METADATA_KEY }, noMatch("^\\[[\\s\\S]*\\]$")),
    ],
  },
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
      celText("request.method == 'GET'"),
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
    between: attachmentRules,
  },
);

export type Spec = Read<typeof spec>;
export type RuleSpec = NonNullable<Spec["rules"]>["items"][number];
export type SourceSpec = Read<typeof source>;
export type OperationSpec = Read<typeof operation>;
export type ConditionSpec = Read<typeof condition>;
