// Random programs of routing, and random requests that come near them: what the intermediate representation can say, whether
// or not some kind of policy says it.
import fc from "fast-check";
import { checkCelCost, checkCelHeaderValue, type Checked } from "../../compiler/cel/check.ts";
import type { CelValueExpression } from "../../compiler/cel/expression.ts";
import { all, always, any, not, test } from "../../compiler/ir/conditions.ts";
import type { Request } from "../../compiler/ir/interpret.ts";
import type { Attribute, Condition, Origin, Program } from "../../compiler/ir/program.ts";
import type {
  Changes,
  Cors,
  Forwarding,
  HeaderChange,
  HttpRouteRule,
  PathChange,
  Redirect,
  RouteRule,
  Split,
  StickyKey,
  Template,
} from "../../compiler/ir/routing.ts";

const names = ["x-a", "x-b", "x-c"] as const;
const outputs = [...names, "x-out", "x-more"] as const;
const texts = ["1", "two words", "", "\xc3\xbc"] as const;
const values = ["a", "ab", "b", "", "c d"] as const;
const paths = ["/", "/a", "/a/", "/a/b", "/ab?q=a", "/a/b?q=b&q=a#x", "/a?q=%61", "/b/c?p"] as const;
const methods = ["GET", "POST", "OPTIONS"] as const;
const hosts = [
  ...["a.test", "A.Test:8080", "b.a.test", "c.b.A.test:", "b.test", "[::1]:80", ""],
  ...[
    ".a.test",
    "a..test",
    "u@b.a.test",
    "a.test:80:90",
    "a.test:123456",
    "a.test.",
    "a.test:x",
    "a_b.a.test",
  ],
] as const;
const origins = ["https://a.test", "https://b.test", "null"] as const;

const file = { path: "generated.yaml", shown: "generated.yaml", text: "" };
const originOf = (policy: string, rule: number): Origin => ({
  policy,
  part: `rules[${rule}]`,
  span: { file, start: 0, end: 0 },
});

const attribute = fc.oneof(
  fc.constantFrom(...names).map((name): Attribute => ({ kind: "header", name })),
  fc.constantFrom<Attribute>(
    { kind: "path" },
    { kind: "path" },
    { kind: "method" },
    { kind: "host" },
    { kind: "hostname" },
    { kind: "hostname" },
    { kind: "query", name: "q" },
    { kind: "cookie", name: "c" },
  ),
);

function textsOf({ kind }: Attribute): readonly string[] {
  if (kind === "path") return ["/", "/a", "/a/b", "/b"];
  if (kind === "method") return methods;
  if (kind === "hostname") return ["a.test", ".a.test", "b.a.test", ".test"];
  return kind === "host" ? ["a.test", "b.test"] : values;
}

const literal = attribute.chain((of) =>
  fc
    .tuple(fc.constantFrom("exact", "prefix", "suffix"), fc.constantFrom(...textsOf(of)), fc.boolean())
    .map(([kind, text, negated]): Condition => {
      const tested = test(of, kind === "exact" ? { kind, text } : { kind, text });
      return negated && of.kind !== "path" ? not(tested) : tested;
    }),
);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(always) },
  { weight: 3, arbitrary: fc.array(literal, { minLength: 1, maxLength: 2 }).map(all) },
  { weight: 1, arbitrary: fc.array(literal, { minLength: 2, maxLength: 2 }).map(any) },
);

const expressions = [
  "request.host",
  "request.path",
  "request.headers['x-a']",
  "request.headers['x-b'] + request.headers['x-c']",
  "size(request.path) - 7",
  "-9223372036854775807 - 1 + (request.method == 'GET' ? 0 : 5)",
  "'x-a' in request.headers ? request.headers['x-a'] : ' none'",
  "request.headers['x-long'] + request.headers['x-long']",
].map((text) => expressionIn(checkCelHeaderValue(text)));
const numbers = ["size(request.path) - 7", "-9223372036854775807 - 1", "size(request.headers['x-a'])"].map(
  (text) => expressionIn(checkCelCost(text)),
);

function expressionIn(checked: Checked<CelValueExpression>): CelValueExpression {
  if (!("expression" in checked)) throw new Error(JSON.stringify(checked));
  return checked.expression;
}
const template: fc.Arbitrary<Template> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...texts).map((text) => [text]) },
  { weight: 1, arbitrary: fc.constantFrom([" x"], ["a\nb"], ["x".repeat(4097)]) },
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom("", "-", "v=", ...expressions, ...numbers), {
      minLength: 1,
      maxLength: 3,
    }),
  },
);
const change: fc.Arbitrary<HeaderChange> = fc
  .record({
    op: fc.constantFrom("set", "set", "set", "add", "remove", "copy", "rename", "map"),
    name: fc.constantFrom(...names),
    to: fc.constantFrom(...outputs),
    value: template,
    table: fc.array(fc.tuple(fc.constantFrom(...values), fc.constantFrom(...texts)), { maxLength: 4 }),
    otherwise: fc.option(fc.constantFrom(...texts), { nil: undefined }),
  })
  .map(({ op, name, to, value, table, otherwise }): HeaderChange => {
    switch (op) {
      case "set":
      case "add":
        return { op, name: to, value };
      case "remove":
        return { op, name: to };
      case "copy":
      case "rename":
        return { op, name, to };
      case "map":
        return { op, name, to, table, ...(otherwise !== undefined && { otherwise }) };
    }
  });
const changes: fc.Arbitrary<Changes> = fc.record({
  request: fc.array(change, { maxLength: 3 }),
  response: fc.array(change, { maxLength: 2 }),
});
const noChanges: Changes = { request: [], response: [] };
const plainChanges: fc.Arbitrary<Changes> = fc.record({
  request: fc.array(
    fc.constantFrom(...outputs).map((name): HeaderChange => ({ op: "set", name, value: ["plain"] })),
    { maxLength: 2 },
  ),
  response: fc.array(
    fc.constantFrom(...outputs).map((name): HeaderChange => ({ op: "add", name, value: ["plain"] })),
    { maxLength: 1 },
  ),
});
const someChanges = fc.oneof(
  { weight: 2, arbitrary: fc.constant(noChanges) },
  { weight: 1, arbitrary: plainChanges },
  { weight: 2, arbitrary: changes },
);

const pathChange: fc.Arbitrary<PathChange> = fc.oneof(
  fc.constantFrom("/full", "", "/x/y").map((path): PathChange => ({ kind: "full", path })),
  fc
    .tuple(fc.constantFrom(0, 1, 2, 4), fc.constantFrom("", "/new", "/n/m"))
    .map(([size, to]): PathChange => ({ kind: "prefix", size, to })),
);
const optional = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(of, { nil: undefined, freq: 2 });
/** Without the members that are undefined. */
function present<T extends object>(of: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

const redirect = fc
  .record({
    kind: fc.constant("redirect" as const),
    status: fc.constantFrom<Redirect["status"]>(301, 302, 303, 307, 308),
    scheme: optional(fc.constantFrom<"http" | "https">("http", "https")),
    host: optional(fc.constantFrom("to.test", "other")),
    port: fc.constantFrom<Redirect["port"]>(80, 443, 8443, "none", "request"),
    path: optional(pathChange),
  })
  .map(present);
const forwarding: fc.Arbitrary<Forwarding> = fc
  .record({
    kind: fc.constant("forward" as const),
    backends: fc.array(
      fc.record({
        cluster: fc.constantFrom("one", "two", "ns/three:80", undefined),
        weight: fc.integer({ min: 1, max: 9 }),
        changes: someChanges,
      }),
      { maxLength: 3 },
    ),
    host: optional(fc.constantFrom("up.test")),
    path: optional(pathChange),
    timeouts: optional(
      fc.record({ request: optional(fc.nat(9)), backendRequest: optional(fc.nat(9)) }).map(present),
    ),
    retry: optional(
      fc
        .record({
          codes: fc.subarray([500, 503]),
          attempts: optional(fc.integer({ min: 1, max: 5 })),
        })
        .map(present),
    ),
    setting: optional(fc.constantFrom({ id: "s1", mirrors: [] }, { id: "s2", mirrors: [] })),
  })
  .map(present);

const list = fc.oneof(fc.constant("*" as const), fc.subarray(["GET", "X-A"]));
const originAllowed = fc.oneof(
  fc.constant({ allows: always, anyOrigin: true }),
  fc.constantFrom(...origins).map((text) => ({
    allows: test({ kind: "header", name: "origin" }, { kind: "exact", text }),
    anyOrigin: false,
  })),
  fc.constant({
    allows: test({ kind: "header", name: "origin" }, { kind: "prefix", text: "https://" }),
    anyOrigin: false,
  }),
);
const cors: fc.Arbitrary<Cors> = fc
  .tuple(
    originAllowed,
    fc.record({
      credentials: fc.boolean(),
      methods: list,
      headers: list,
      exposed: list,
      maxAge: fc.constantFrom(5, 86_400),
    }),
  )
  .map(([allowed, rest]) => ({ ...allowed, ...rest }));

const httpRule = (cross: boolean): fc.Arbitrary<Omit<HttpRouteRule, "origin">> =>
  fc
    .record({
      when: condition,
      changes: someChanges,
      cors: cross ? optional(cors) : fc.constant(undefined),
      action: fc.oneof({ weight: 3, arbitrary: forwarding }, { weight: 1, arbitrary: redirect }),
    })
    .map(present);

const sticky: fc.Arbitrary<StickyKey> = fc.oneof(
  fc.constantFrom(...names).map((name): StickyKey => ({ kind: "header", name })),
  fc.constantFrom<StickyKey>(
    { kind: "peer" },
    { kind: "cookie", name: "c" },
    { kind: "claim", path: ["sub"] },
  ),
);
const backend = optional(fc.constantFrom("policy-one", "policy-two"));
const split: fc.Arbitrary<Split> = fc.record({
  stickyBy: fc.array(sticky, { maxLength: 2 }),
  arms: fc
    .array(fc.record({ weight: fc.integer({ min: 1, max: 5 }), changes: someChanges, backend }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((arms) => arms.map((arm, i) => ({ name: `arm-${i}`, ...present(arm) }))),
});
const policyRule = fc
  .record({ when: condition, changes: someChanges, backend, split: optional(split) })
  .map((rule) => ({ ...present(rule), split: rule.split })) as fc.Arbitrary<
  Omit<RouteRule, "origin" | "name">
>;

/** Programs of HTTPRoutes and routing policies; now and then something else refuses, too. */
export const programs: fc.Arbitrary<Program> = fc
  .record({
    http: fc.oneof(
      { weight: 1, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.array(httpRule(false), { maxLength: 5 }) },
      { weight: 2, arbitrary: fc.array(httpRule(true), { maxLength: 5 }) },
    ),
    policies: fc.array(fc.array(policyRule, { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
    denies: fc.boolean(),
  })
  .map(({ http, policies, denies }): Program => {
    const answer = { status: 403, body: "no" };
    const denied = test({ kind: "header", name: "x-deny" }, { kind: "present" });
    return {
      bundle: "generated",
      policies: [],
      authorization: {
        deny: denies ? [{ origin: originOf("n/deny", 0), when: denied }] : [],
        allow: [],
        anyAllowPolicy: false,
        observers: [],
      },
      limits: [],
      ...(http && {
        httpRoutes: { rules: http.map((rule, i) => ({ origin: originOf("n/route", i), ...rule })) },
      }),
      routes: policies.map((rules, p) => ({
        policy: `n/policy-${p}`,
        rules: rules.map((rule, i) => ({
          origin: originOf(`n/policy-${p}`, i),
          name: `rules[${i}]`,
          ...rule,
        })),
      })),
      backends: [],
      responses: { denied: answer, unauthenticated: answer, limited: answer },
    };
  });

const owned = [
  "x-tollgate-cluster",
  "x-tollgate-rule",
  "x-envoy-upstream-rq-timeout-ms",
  "x-envoy-max-retries",
  "x-envoy-retry-on",
] as const;
const header = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...outputs), fc.constantFrom(...values)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...owned), fc.constant("forged")) },
  { weight: 1, arbitrary: fc.constantFrom(["cookie", "c=a"] as const, ["cookie", "d=b; c=b"] as const) },
  { weight: 1, arbitrary: fc.constantFrom(["x-deny", "1"] as const) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 2040, max: 2050 }).map((n) => ["x-long", "l".repeat(n)] as const),
  },
);
const origin = fc.tuple(fc.constant("origin"), fc.constantFrom(...origins, "https://c.test"));
const asked = fc.oneof(
  fc.tuple(fc.constant("access-control-request-method"), fc.constantFrom(...methods)),
  fc.tuple(fc.constant("access-control-request-headers"), fc.constantFrom("x-a", "x-b,x-c", "")),
);

/** Requests to them. */
export const routedRequests: fc.Arbitrary<Request> = fc
  .record({
    method: fc.constantFrom(...methods),
    path: fc.constantFrom(...paths),
    host: fc.constantFrom(...hosts),
    scheme: fc.constantFrom("http", "https"),
    headers: fc.array(header, { maxLength: 5 }),
    cross: fc.oneof(
      fc.constant([]),
      fc
        .tuple(fc.array(origin, { minLength: 1, maxLength: 2 }), fc.array(asked, { maxLength: 3 }))
        .map((both) => both.flat()),
    ),
    id: optional(fc.constantFrom("id-1", "id-2", "id-3")),
    peer: optional(fc.constantFrom("10.0.0.1", "2001:db8::1")),
  })
  .map(({ method, path, host, scheme, headers, cross, id, peer }) => ({
    headers: [
      [":method", method],
      [":path", path],
      [":authority", host],
      [":scheme", scheme],
      ...headers,
      ...cross,
      ...(id === undefined ? [] : [["x-request-id", id] as const]),
    ],
    ...(peer !== undefined && { peer }),
  }));
