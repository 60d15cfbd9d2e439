// The shape of HTTPRoute (`gateway.networking.k8s.io/v1`), field for field. What Kubernetes takes as an empty list is one here.
import { boolean } from "../../schema/boolean.ts";
import { integer, list, object, optional, required, string, word, type Read } from "../../schema/schema.ts";

const mayBeEmpty = { mayBeEmpty: true } as const;
const MOST = 2_147_483_647;
const DURATION = "write a number and its unit in one word, such as `10s`";

const parentRef = object(
  {
    group: optional(string(), "the parent's API group", "`gateway.networking.k8s.io`"),
    kind: optional(string(), '`Gateway`, or `Service` with `group: ""`', "`Gateway`"),
    namespace: optional(string(), "the parent's namespace", "the route's own"),
    name: required(string(), "the parent's name"),
    sectionName: optional(string(), "the name of one of its listeners", "all of them"),
    port: optional(integer(1, 65_535), "the port of some of its listeners", "all of them"),
  },
  { example: "{ name: web }" },
);

const pathMatch = object(
  {
    type: optional(
      word(["Exact", "PathPrefix", "RegularExpression"]),
      "how the path, without its query, is compared; a prefix by whole elements, a regular expression (RE2) as a whole",
      "`PathPrefix`",
    ),
    value: optional(string(), "what it is compared with", "`/`"),
  },
  { example: "{ type: PathPrefix, value: /orders }" },
);

const valueMatch = object(
  {
    type: optional(word(["Exact", "RegularExpression"]), "how the value is compared, as a whole", "`Exact`"),
    name: required(string(), "the name; of several entries with one name the first counts"),
    value: required(string(), "the value it must have, or a regular expression (RE2)"),
  },
  { example: "{ name: version, value: v2 }" },
);

const match = object(
  {
    path: optional(pathMatch, "the path", "every path"),
    headers: optional(list(valueMatch, mayBeEmpty), "headers that must all match"),
    queryParams: optional(
      list(valueMatch, mayBeEmpty),
      "query parameters that must all match, percent-decoded; of a repeated one the first counts",
    ),
    method: optional(
      word(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]),
      "the method",
      "every method",
    ),
  },
  { example: "{ path: { value: /orders } }" },
);

const header = object(
  {
    name: required(string(), "the header's name"),
    value: required(string(), "its value"),
  },
  { example: "{ name: x-version, value: v2 }" },
);

const headerModifier = object(
  {
    set: optional(list(header, mayBeEmpty), "headers to set to one value"),
    add: optional(list(header, mayBeEmpty), "values to add to those that are there"),
    remove: optional(list(string(), mayBeEmpty), "headers to remove"),
  },
  { example: "{ set: [{ name: x-version, value: v2 }] }" },
);

const pathModifier = object(
  {
    type: required(word(["ReplaceFullPath", "ReplacePrefixMatch"]), "what is replaced; the query stays"),
    replaceFullPath: optional(string(), "the new path"),
    replacePrefixMatch: optional(string(), "what stands in the place of the matched prefix"),
  },
  { example: "{ type: ReplacePrefixMatch, replacePrefixMatch: / }" },
);

const fraction = object(
  {
    numerator: required(integer(0, MOST), "of so many requests"),
    denominator: optional(integer(1, MOST), "out of so many", "100"),
  },
  { example: "{ numerator: 1, denominator: 1000 }" },
);

const objectRef = {
  group: optional(string(), "the backend's API group", 'the core group, `""`'),
  kind: optional(string(), "`Service`; requests for another kind are answered 500", "`Service`"),
  namespace: optional(
    string(),
    "its namespace; another one than the route's needs a `ReferenceGrant`",
    "the route's own",
  ),
  name: required(string(), "the Service's name"),
  port: optional(integer(1, 65_535), "the Service's port; without it a Service cannot be reached"),
} as const;

const cors = object(
  {
    allowOrigins: optional(
      list(string(), mayBeEmpty),
      "origins that may ask: `https://a.test`, `https://*.a.test`, `https://*`, or `*` alone",
      "none",
    ),
    allowCredentials: optional(boolean, "whether browsers may send credentials", "`false`"),
    allowMethods: optional(
      list(
        word(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"]),
        mayBeEmpty,
      ),
      "methods that may be asked for, or `*` alone",
      "`GET`, `HEAD` and `POST`, which browsers do not ask about",
    ),
    allowHeaders: optional(list(string(), mayBeEmpty), "request headers that may be sent, or `*` alone"),
    exposeHeaders: optional(list(string(), mayBeEmpty), "response headers that scripts may read, or `*`"),
    maxAge: optional(integer(1, MOST, "seconds"), "how long browsers remember a preflight's answer", "5"),
  },
  { example: '{ allowOrigins: ["https://shop.test"] }' },
);

const EXTENSION =
  "it may be what protects a backend, so it is not skipped: say what it does with another policy";
const EXTERNAL_AUTH = "say who may pass with an `AuthorizationPolicy` and a `RequestAuthentication`";

const filterTypes = [
  "RequestHeaderModifier",
  "ResponseHeaderModifier",
  "RequestMirror",
  "RequestRedirect",
  "URLRewrite",
  "CORS",
] as const;

const filter = object(
  {
    type: required(
      word(filterTypes, {
        ExtensionRef: EXTENSION,
        ExternalAuth: EXTERNAL_AUTH,
      }),
      "what the filter does; each type once, but for `RequestMirror`",
    ),
    requestHeaderModifier: optional(headerModifier, "changes to the request's headers"),
    responseHeaderModifier: optional(headerModifier, "changes to the response's headers"),
    requestMirror: optional(
      object(
        {
          backendRef: required(
            object(objectRef, { example: "{ name: shadow, port: 8080 }" }),
            "who gets the copies",
          ),
          percent: optional(integer(0, 100, "percent"), "of how many requests", "100"),
          fraction: optional(fraction, "of how many requests, instead of `percent`"),
        },
        { example: "{ backendRef: { name: shadow, port: 8080 } }" },
      ),
      "sends copies of requests elsewhere; their answers are not looked at",
    ),
    requestRedirect: optional(
      object(
        {
          scheme: optional(word(["http", "https"]), "the new scheme", "the request's"),
          hostname: optional(string(), "the new host", "the request's"),
          path: optional(pathModifier, "the new path", "the request's"),
          port: optional(
            integer(1, 65_535),
            "the new port",
            "the scheme's, where `scheme` is given; else the listener's, or the request's",
          ),
          statusCode: optional(integer(301, 308), "the status: 301, 302, 303, 307 or 308", "302"),
        },
        { example: "{ scheme: https }" },
      ),
      "answers with where to go instead",
    ),
    urlRewrite: optional(
      object(
        {
          hostname: optional(string(), "the host that the backend sees", "the request's"),
          path: optional(pathModifier, "the path that the backend sees", "the request's"),
        },
        { example: "{ hostname: orders.internal }" },
      ),
      "changes host and path of what is passed on",
    ),
    cors: optional(cors, "which other sites' scripts may ask, by the Fetch standard"),
  },
  {
    example: "{ type: URLRewrite, urlRewrite: { hostname: orders.internal } }",
    notYet: { extensionRef: EXTENSION, externalAuth: EXTERNAL_AUTH },
  },
);

const backendRef = object(
  {
    ...objectRef,
    weight: optional(integer(0, 1_000_000, "parts"), "its share, relative to the others", "1"),
    filters: optional(
      list(filter, mayBeEmpty),
      "what is done to requests that it gets: `RequestHeaderModifier` and `ResponseHeaderModifier`",
    ),
  },
  { example: "{ name: orders, port: 8080 }" },
);

const rule = object(
  {
    name: optional(string(), "the rule's name, unique in the route"),
    matches: optional(list(match, mayBeEmpty), "any of which must hold", "every request"),
    filters: optional(list(filter, mayBeEmpty), "what is done to requests and responses"),
    backendRefs: optional(
      list(backendRef, mayBeEmpty),
      "where requests go, by weight",
      "500, unless the rule redirects",
    ),
    timeouts: optional(
      object(
        {
          request: optional(
            string(DURATION),
            "how long a request may take with all its tries; `0s`: as long as it likes",
            "Envoy's route decides",
          ),
          backendRequest: optional(string(DURATION), "how long one try may take; `0s`: as long as it likes"),
        },
        { example: "{ request: 10s }" },
      ),
      "how long requests may take",
    ),
    retry: optional(
      object(
        {
          codes: optional(list(integer(400, 599), mayBeEmpty), "statuses that are worth another try"),
          attempts: optional(integer(0, 1_000_000, "tries"), "how often it is tried again", "1"),
          backoff: optional(string(DURATION), "the shortest wait before another try", "Envoy's 25ms"),
        },
        { example: "{ attempts: 3, codes: [503] }" },
      ),
      "which requests are sent once more",
      "none",
    ),
  },
  {
    example: "{ backendRefs: [{ name: orders, port: 8080 }] }",
    notYet: {
      sessionPersistence:
        "keep users on one version with a `HeaderRoutePolicy`, whose `split` has `stickyBy`, and on one endpoint with Envoy's cluster",
    },
  },
);

export const spec = object(
  {
    parentRefs: optional(
      list(parentRef, mayBeEmpty),
      "the Gateways, or Services, that the route is for",
      "every workload",
    ),
    hostnames: optional(
      list(string(), mayBeEmpty),
      "hosts, with any port: `shop.test`, or `*.shop.test` for all names below it",
      "every host",
    ),
    rules: optional(
      list(rule),
      "of all routes' rules the most specific decides",
      "one that matches every request",
    ),
  },
  { notYet: { useDefaultGateways: "name the Gateways in `parentRefs`" } },
);

export type Spec = Read<typeof spec>;
export type ParentRef = NonNullable<Spec["parentRefs"]>["items"][number];
export type RuleSpec = NonNullable<Spec["rules"]>["items"][number];
export type MatchSpec = Read<typeof match>;
export type PathSpec = Read<typeof pathMatch>;
export type ValueSpec = Read<typeof valueMatch>;
export type FilterSpec = Read<typeof filter>;
export type HeadersSpec = Read<typeof headerModifier>;
export type PathModifierSpec = Read<typeof pathModifier>;
export type CorsSpec = Read<typeof cors>;
export type BackendRefSpec = Read<typeof backendRef>;
/** What a `backendRef` refers to, wherever it stands. */
export type ObjectRefSpec = Pick<BackendRefSpec, keyof typeof objectRef | "span">;
