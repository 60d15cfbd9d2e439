// The shape of Istio's AuthorizationPolicy (`security.istio.io/v1`), field for field. What Tollgate does not honour yet
// is named, so that a policy that uses it is refused instead of weakened.
import { list, object, optional, required, string, word, type Read } from "../../schema/schema.ts";

const strings = list(string());

const source = object(
  {
    ipBlocks: optional(strings, "CIDR blocks or addresses of the direct peer"),
    notIpBlocks: optional(strings, "blocks in which the direct peer must not be"),
  },
  {
    notYet: [
      "principals",
      "notPrincipals",
      "requestPrincipals",
      "notRequestPrincipals",
      "namespaces",
      "notNamespaces",
      "serviceAccounts",
      "notServiceAccounts",
      "remoteIpBlocks",
      "notRemoteIpBlocks",
      "trustDomains",
      "notTrustDomains",
    ],
  },
);

const operation = object(
  {
    hosts: optional(strings, "values of the Host header, ASCII case aside"),
    notHosts: optional(strings, "hosts that must not match"),
    methods: optional(strings, "HTTP methods"),
    notMethods: optional(strings, "methods that must not match"),
    paths: optional(strings, "paths without the query"),
    notPaths: optional(strings, "paths that must not match"),
  },
  { notYet: ["ports", "notPorts"] },
);

const condition = object({
  key: required(string(), "the attribute, such as `request.headers[x-user]`"),
  values: optional(strings, "values of which one must match"),
  notValues: optional(strings, "values of which none may match"),
});

const rule = object(
  {
    from: optional(
      list(object({ source: required(source, "where the request comes from") })),
      "sources, any of which may match",
    ),
    to: optional(
      list(object({ operation: required(operation, "what the request asks for") })),
      "operations, any of which may match",
    ),
    when: optional(list(condition), "conditions, all of which must match"),
  },
  { notYet: ["condition"] },
);

export const spec = object(
  {
    action: optional(word(["ALLOW", "DENY"], ["AUDIT", "CUSTOM"]), "what a match means; ALLOW where absent"),
    rules: optional(
      list(rule, { mayBeEmpty: true }),
      "rules, any of which may match; none: the policy never matches",
    ),
  },
  { notYet: ["selector", "targetRef", "targetRefs", "provider"] },
);

export type Spec = Read<typeof spec>;
export type RuleSpec = NonNullable<Spec["rules"]>["items"][number];
