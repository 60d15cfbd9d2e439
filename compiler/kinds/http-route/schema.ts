// The shape of HTTPRoute (`gateway.networking.k8s.io/v1`), field for field. What Kubernetes takes as an empty list is one here.
import { boolean } from "../../schema/boolean.ts";
import {
  atMostOneOf,
  field,
  fieldIs,
  fieldIsOrAbsent,
  without,
  type JsonSchema,
} from "../../schema/json-schema.ts";
import {
  integer,
  list,
  object,
  optional,
  required,
  string,
  text,
  word,
  type Read,
} from "../../schema/schema.ts";
import { headerName } from "../../schema/texts.ts";
import { GATEWAY_API } from "../gateway-api/surroundings.ts";
import {
  DURATION,
  HOST,
  LONGEST_NAME,
  NAME,
  NAMED_HOST,
  ORIGIN_TEXT,
  PATH,
  PATH_OR_NOTHING,
  QUERY_NAME,
} from "./texts.ts";

const mayBeEmpty = { mayBeEmpty: true } as const;
const MOST = 2_147_483_647;
const IN_ONE_WORD = "write a number and its unit in one word, such as `10s`";
const duration = text(DURATION, IN_ONE_WORD);
const name = text({ ...NAME, maxLength: LONGEST_NAME });
const namedHost = text(NAMED_HOST);
const changedPath = text(PATH_OR_NOTHING);
const origin = text(ORIGIN_TEXT);

const parentRef = object(
  {
    group: optional(string(), "the parent's API group", "`gateway.networking.k8s.io`"),
    kind: optional(string(), '`Gateway`, or `Service` with `group: ""`', "`Gateway`"),
    namespace: optional(string(), "the parent's namespace", "the route's own"),
    name: required(string(), "the parent's name"),
    sectionName: optional(string(), "the name of one of its listeners", "all of them"),
    port: optional(integer(1, 65_535), "the port of some of its listeners", "all of them"),
  },
  {
    example: "{ name: web }",
    between: [
      { if: fieldIsOrAbsent("kind", "Gateway"), then: fieldIsOrAbsent("group", GATEWAY_API) },
      { if: fieldIs("kind", "Service"), then: fieldIs("group", "") },
    ],
  },
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
  {
    example: "{ type: PathPrefix, value: /orders }",
    between: [{ if: fieldIs("type", "RegularExpression"), else: field("value", PATH) }],
  },
);

const valueMatch = (named: ReturnType<typeof text>) =>
  object(
    {
      type: optional(
        word(["Exact", "RegularExpression"]),
        "how the value is compared, as a whole",
        "`Exact`",
      ),
      name: required(named, "the name; of several entries with one name the first counts"),
      value: required(string(), "the value it must have, or a regular expression (RE2)"),
    },
    {
      example: "{ name: version, value: v2 }",
      between: [{ if: fieldIs("type", "RegularExpression"), else: field("value", { minLength: 1 }) }],
    },
  );
const headerMatch = valueMatch(headerName);
const parameterMatch = valueMatch(text(QUERY_NAME));

const match = object(
  {
    path: optional(pathMatch, "the path", "every path"),
    headers: optional(list(headerMatch, mayBeEmpty), "headers that must all match"),
    queryParams: optional(
      list(parameterMatch, mayBeEmpty),
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
    name: required(headerName, "the header's name"),
    value: required(text({ minLength: 1 }), "its value"),
  },
  { example: "{ name: x-version, value: v2 }" },
);

const headerModifier = object(
  {
    set: optional(list(header, mayBeEmpty), "headers to set to one value"),
    add: optional(list(header, mayBeEmpty), "values to add to those that are there"),
    remove: optional(list(headerName, mayBeEmpty), "headers to remove"),
  },
  { example: "{ set: [{ name: x-version, value: v2 }] }" },
);

const pathModifier = object(
  {
    type: required(word(["ReplaceFullPath", "ReplacePrefixMatch"]), "what is replaced; the query stays"),
    replaceFullPath: optional(changedPath, "the new path"),
    replacePrefixMatch: optional(changedPath, "what stands in the place of the matched prefix"),
  },
  {
    example: "{ type: ReplacePrefixMatch, replacePrefixMatch: / }",
    between: [
      {
        if: fieldIs("type", "ReplaceFullPath"),
        then: { required: ["replaceFullPath"], ...without("replacePrefixMatch") },
        else: { required: ["replacePrefixMatch"], ...without("replaceFullPath") },
      },
    ],
  },
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
    name,
    "its namespace; another one than the route's needs a `ReferenceGrant`",
    "the route's own",
  ),
  name: required(name, "the Service's name"),
  port: optional(integer(1, 65_535), "the Service's port; without it a Service cannot be reached"),
} as const;

/** A Service is reached at one of its ports. */
const servicePort: JsonSchema = {
  if: { allOf: [fieldIsOrAbsent("kind", "Service"), fieldIsOrAbsent("group", "")] },
  then: { required: ["port"] },
};

const cors = object(
  {
    allowOrigins: optional(
      list(origin, mayBeEmpty),
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
    allowHeaders: optional(list(headerName, mayBeEmpty), "request headers that may be sent, or `*` alone"),
    exposeHeaders: optional(list(headerName, mayBeEmpty), "response headers that scripts may read, or `*`"),
    maxAge: optional(integer(1, MOST, "seconds"), "how long browsers remember a preflight's answer", "5"),
  },
  { example: '{ allowOrigins: ["https://shop.test"] }' },
);

const EXTENSION =
  "it may be what protects a backend, so it is not skipped: say what it does with another policy";
const EXTERNAL_AUTH = "say who may pass with an `AuthorizationPolicy` and a `RequestAuthentication`";

/** The types of filters, and where each says what it does. */
export const fieldOf = {
  RequestHeaderModifier: "requestHeaderModifier",
  ResponseHeaderModifier: "responseHeaderModifier",
  RequestMirror: "requestMirror",
  RequestRedirect: "requestRedirect",
  URLRewrite: "urlRewrite",
  CORS: "cors",
} as const;

const filterTypes = Object.keys(fieldOf) as (keyof typeof fieldOf)[];

/** The statuses that the standard has for redirects. */
export const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** The filters that a single backend may have. */
export const filtersOfBackends: readonly string[] = ["RequestHeaderModifier", "ResponseHeaderModifier"];

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
            object(objectRef, { example: "{ name: shadow, port: 8080 }", between: [servicePort] }),
            "who gets the copies",
          ),
          percent: optional(integer(0, 100, "percent"), "of how many requests", "100"),
          fraction: optional(fraction, "of how many requests, instead of `percent`"),
        },
        {
          example: "{ backendRef: { name: shadow, port: 8080 } }",
          between: [atMostOneOf("percent", "fraction")],
        },
      ),
      "sends copies of requests elsewhere; their answers are not looked at",
    ),
    requestRedirect: optional(
      object(
        {
          scheme: optional(word(["http", "https"]), "the new scheme", "the request's"),
          hostname: optional(namedHost, "the new host", "the request's"),
          path: optional(pathModifier, "the new path", "the request's"),
          port: optional(
            integer(1, 65_535),
            "the new port",
            "the scheme's, where `scheme` is given; else the listener's, or the request's",
          ),
          statusCode: optional(integer(301, 308), "the status: 301, 302, 303, 307 or 308", "302"),
        },
        {
          example: "{ scheme: https }",
          between: [field("statusCode", { enum: REDIRECTS })],
        },
      ),
      "answers with where to go instead",
    ),
    urlRewrite: optional(
      object(
        {
          hostname: optional(namedHost, "the host that the backend sees", "the request's"),
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
    between: Object.entries(fieldOf).map(([type, own]) => ({
      if: fieldIs("type", type),
      then: {
        required: [own],
        allOf: Object.values(fieldOf)
          .filter((other) => other !== own)
          .map((other) => without(other)),
      },
    })),
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
  {
    example: "{ name: orders, port: 8080 }",
    between: [servicePort, field("filters", { items: field("type", { enum: filtersOfBackends }) })],
  },
);

const rule = object(
  {
    name: optional(text({ ...NAME, maxLength: 253 }), "the rule's name, unique in the route"),
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
            duration,
            "how long a request may take with all its tries; `0s`: as long as it likes",
            "Envoy's route decides",
          ),
          backendRequest: optional(duration, "how long one try may take; `0s`: as long as it likes"),
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
          backoff: optional(duration, "the shortest wait before another try", "Envoy's 25ms"),
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
      list(text(HOST), mayBeEmpty),
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
export type ValueSpec = Read<typeof headerMatch>;
export type FilterSpec = Read<typeof filter>;
export type HeadersSpec = Read<typeof headerModifier>;
export type PathModifierSpec = Read<typeof pathModifier>;
export type CorsSpec = Read<typeof cors>;
export type BackendRefSpec = Read<typeof backendRef>;
/** What a `backendRef` refers to, wherever it stands. */
export type ObjectRefSpec = Pick<BackendRefSpec, keyof typeof objectRef | "span">;
