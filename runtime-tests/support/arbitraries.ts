// Random policies, and random requests that come near them: small alphabets, so that rules match, almost match, and overlap.
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import type { Request } from "../../compiler/ir/interpret.ts";

const names = ["x-a", "x-b", "x-user"] as const;
const words = ["a", "ab", "abc", "b", "A", "aB", "", "c-1", "ü", "a,b"] as const;
const hosts = ["a.test", "b.a.test", "A.Test", "b.test", "a.test:80"] as const;
const paths = ["/", "/a", "/a/", "/a/b", "/ab", "/a.bak", "/A", "/a/b/c", "/a?x=/b", "/b"] as const;
const methods = ["GET", "POST", "PUT", "get"] as const;
const addresses = [
  "10.0.0.1",
  "10.0.0.9",
  "10.1.2.3",
  "192.168.0.1",
  "2001:db8::1",
  "2001:db8:1::1",
  "::1",
  "::ffff:10.0.0.1",
] as const;
const blocks = [
  "10.0.0.0/24",
  "10.0.0.1",
  "10.0.0.8/29",
  "0.0.0.0/0",
  "2001:db8::/47",
  "::/0",
  "::1",
  "2001:db8::1/128",
] as const;

const identities = [
  "cluster.local/ns/a/sa/web",
  "cluster.local/ns/b/sa/web",
  "td.two/ns/a/sa/db/pod/1",
  "cluster.local/x/ns/a/y/sa/web",
] as const;
const namespaces = ["a", "b", "ab"] as const;
const serviceAccounts = ["a/web", "b/web", "web", "a/db"] as const;
const trustDomains = ["cluster.local", "td.two", "td"] as const;
const ports = ["80", "8080", "443", "8"] as const;
const serverNames = ["a.test", "b.a.test", "b.test"] as const;
const templates = ["/a/{*}", "/{*}/b", "/{**}", "/a/{**}", "/{**}/b", "/{*}/{**}/c", "/a/{*}.bak"] as const;
const subjects = ["https://a.test/ann", "https://a.test/bob", "https://b.test/x/ann", "ann"] as const;
const issuers = ["https://a.test", "https://b.test/x"] as const;
const METADATA = "envoy.filters.http.lua";

/** `abc`, `abc*`, `*abc` or `*` around the given texts. */
function patterns(texts: readonly string[]): fc.Arbitrary<string> {
  const text = fc.constantFrom(...texts.filter((t) => t !== "" && !t.includes("?")));
  return fc.oneof(
    text,
    text.map((t) => `${t.slice(0, 2)}*`),
    text.map((t) => `*${t.slice(-2)}`),
    fc.constant("*"),
  );
}

const some = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { minLength: 1, maxLength: 3 });

/** An object with some of the given fields, at least one. */
function fields(shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc
    .record(shape, { requiredKeys: [] })
    .filter((object) => Object.values(object).some((value) => value !== undefined));
}

/** As `fields`, with two at most: of many fields together hardly any request has all. */
function few(shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc
    .subarray(Object.keys(shape), { minLength: 1, maxLength: 2 })
    .chain((names) =>
      fc.record(Object.fromEntries(names.map((name) => [name, shape[name] ?? fc.constant(1)]))),
    );
}

/** A positive and a negative list of the same values, by their names. */
const both = (name: string, value: fc.Arbitrary<string>): Record<string, fc.Arbitrary<string[]>> => ({
  [name]: some(value),
  [`not${name.slice(0, 1).toUpperCase()}${name.slice(1)}`]: some(value),
});

const source = fc.oneof(
  few(both("ipBlocks", fc.constantFrom(...blocks))),
  few({
    ...both("principals", patterns(identities)),
    ...both("namespaces", patterns(namespaces)),
    ...both("trustDomains", patterns(trustDomains)),
    ...both("requestPrincipals", patterns(subjects)),
    ...both("ipBlocks", fc.constantFrom(...blocks)),
    ...both("remoteIpBlocks", fc.constantFrom(...blocks)),
  }),
  few({
    ...both("serviceAccounts", fc.constantFrom(...serviceAccounts)),
    ...both("trustDomains", patterns(trustDomains)),
  }),
);
const operation = few({
  hosts: some(patterns(hosts)),
  notHosts: some(patterns(hosts)),
  methods: some(patterns(methods)),
  notMethods: some(patterns(methods)),
  ...both("paths", fc.oneof(patterns(paths), fc.constantFrom(...templates))),
  ...both("ports", fc.constantFrom(...ports)),
});
const asked = (key: string, value: fc.Arbitrary<string>): fc.Arbitrary<object> =>
  fields({ values: some(value), notValues: some(value) }).map((lists) => ({ key, ...lists }));
const when = fc.oneof(
  asked("source.ip", fc.constantFrom(...blocks)),
  asked("source.principal", patterns(identities)),
  asked("source.namespace", patterns(namespaces)),
  asked("source.serviceAccount", fc.constantFrom(...serviceAccounts)),
  asked("remote.ip", fc.constantFrom(...blocks)),
  asked("destination.ip", fc.constantFrom(...blocks)),
  asked("destination.port", fc.constantFrom(...ports)),
  asked("connection.sni", patterns(serverNames)),
  asked(`experimental.${METADATA}[tenant]`, patterns(words)),
  asked("request.headers[:method]", patterns(methods)),
  asked("request.headers[host]", patterns(hosts)),
  ...names.map((name) => asked(`request.headers[${name}]`, patterns(words))),
  asked("request.auth.claims[role]", patterns(words)),
  asked("request.auth.audiences", patterns(words)),
  asked("request.auth.principal", patterns(subjects)),
);
/** Some become predicates, some fail without the header, some stay expressions. */
const conditions = [
  "request.method == 'GET'",
  "request.headers['x-a'] == 'a' || request.url_path.startsWith('/a')",
  "!('x-b' in request.headers)",
  "size(request.headers['x-b']) > 1",
  "request.headers['x-a'] < request.headers['x-b']",
  "request.url_path.matches('/a(/.*)?') && request.method != 'PUT'",
  "request.headers['x-user'] in ['a', 'ab', '']",
] as const;
const authorizationSpec = fc.record(
  {
    action: fc.constantFrom("ALLOW", "DENY", "ALLOW", "DENY", "AUDIT"),
    rules: fc.array(
      fc.record(
        {
          from: some(source.map((s) => ({ source: s }))),
          to: some(operation.map((o) => ({ operation: o }))),
          when: some(when),
          condition: fc.constantFrom(...conditions),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ["rules"] },
);

/** Parts that differ: no key has one twice. */
const keyOf = <T extends object>(part: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.uniqueArray(part, {
    minLength: 1,
    maxLength: 3,
    selector: (of) => JSON.stringify("sourceCIDR" in of ? "sourceCIDR" : of),
  });
const keyPart = fc.oneof(
  fc.constantFrom(...names, "host").map((header) => ({ header })),
  fc
    .record({ v4: fc.constantFrom(0, 8, 24, 32), v6: fc.constantFrom(0, 48, 64, 128) })
    .map((sourceCIDR) => ({ sourceCIDR })),
);
const limit = fc
  .record({
    limit: fc.integer({ min: 1, max: 5 }),
    window: fc.constantFrom("1s", "700ms", "1m", "1h30m"),
    burst: fc.integer({ min: 1, max: 4 }),
    cost: fc.integer({ min: 1, max: 3 }),
    key: fc.option(keyOf(keyPart), { nil: undefined }),
  })
  .map(({ limit, window, burst, cost, key }) => ({
    ...(key && { key }),
    rates: [{ limit, window, burst: Math.max(burst, cost) }],
    cost,
    scope: "worker",
  }));
const limitsSpec = fc
  .array(limit, { minLength: 1, maxLength: 3 })
  .map((limits) => ({ limits: Object.fromEntries(limits.map((l, i) => [`limit-${i}`, l])) }));

const valueMatch = (name: fc.Arbitrary<string>): fc.Arbitrary<object> =>
  fc.record({ name, value: fc.constantFrom(...words.filter((w) => w !== "ü")) });
const match = fields({
  headers: some(
    fc.oneof(
      { weight: 3, arbitrary: valueMatch(fc.constantFrom(...names)) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant("host"), value: fc.constantFrom(...hosts) }) },
    ),
  ),
  cookies: some(valueMatch(fc.constantFrom("a", "b", "ab"))),
});
const changes = fields({
  set: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom("x-a", "x-out", "x-set"),
      value: fc.constantFrom("1", "ü", "two words"),
    }),
    { minLength: 1, maxLength: 2, selector: (h) => h.name },
  ),
  remove: some(fc.constantFrom("x-b", "x-out", "x-user")),
});
const arms = fc
  .array(
    fc.record(
      { weight: fc.integer({ min: 0, max: 9 }), request: changes, response: changes },
      { requiredKeys: ["weight"] },
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((list) =>
    list.map((arm, i) => ({ name: `arm-${i}`, ...arm, weight: i === 0 ? arm.weight + 1 : arm.weight })),
  );
const split = fc.record(
  {
    stickyBy: fc.uniqueArray(
      fc.oneof(
        fc.constant({ sourceAddress: {} }),
        fc.constantFrom(...names, "Host").map((header) => ({ header })),
      ),
      { minLength: 1, maxLength: 3, selector: (key) => JSON.stringify(key) },
    ),
    arms,
  },
  { requiredKeys: ["arms"] },
);
const routesSpec = fc.record({
  rules: fc.array(
    fc.record({ matches: some(match), request: changes, response: changes, split }, { requiredKeys: [] }),
    { minLength: 1, maxLength: 3 },
  ),
});

// One key for all issuers, so that a token of one can be shown to the other.
const secret = createHash("sha256").update("agreement").digest();
const jwks = JSON.stringify({ keys: [{ kty: "oct", alg: "HS256", k: secret.toString("base64url") }] });
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token; with `forged`, one of somebody who has no key. */
function token(claims: object, forged: boolean): string {
  const signed = `${part({ alg: "HS256" })}.${part(claims)}`;
  const key = forged ? "no key" : secret;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

const jwtRule = fc.record(
  {
    issuer: fc.constantFrom(...issuers),
    jwks: fc.constant(jwks),
    audiences: some(fc.constantFrom("a", "ab")),
    forwardOriginalToken: fc.boolean(),
  },
  { requiredKeys: ["issuer", "jwks"] },
);
const tokensSpec = fc.record({
  jwtRules: fc.uniqueArray(jwtRule, { minLength: 1, maxLength: 2, selector: (rule) => rule.issuer }),
});

const policy = fc.oneof(
  {
    weight: 2,
    arbitrary: tokensSpec.map((spec) => ({
      kind: "RequestAuthentication",
      apiVersion: "security.istio.io/v1",
      spec,
    })),
  },
  {
    weight: 3,
    arbitrary: authorizationSpec.map((spec) => ({
      kind: "AuthorizationPolicy",
      apiVersion: "security.istio.io/v1",
      spec,
    })),
  },
  {
    weight: 1,
    arbitrary: limitsSpec.map((spec) => ({
      kind: "RateLimitPolicy",
      apiVersion: "tollgate.dev/v1alpha1",
      spec,
    })),
  },
  {
    weight: 2,
    arbitrary: routesSpec.map((spec) => ({
      kind: "HeaderRoutePolicy",
      apiVersion: "tollgate.dev/v1alpha1",
      spec,
    })),
  },
);

/** A bundle of one to four policies, as documents. */
export const bundles: fc.Arbitrary<object[]> = fc.array(policy, { minLength: 1, maxLength: 4 }).map((list) =>
  list.map((document, i) => ({
    ...document,
    metadata: { name: `policy-${i}`, namespace: i % 2 ? "b" : "a" },
  })),
);

/** A request as a filter sees it, and how long after the one before it comes. */
export interface TimedRequest extends Request {
  /** Nanoseconds; negative where the clock is set back. */
  readonly later: bigint;
}

const bytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
const cookie = fc
  .array(fc.tuple(fc.constantFrom("a", "b", "ab", " a", ""), fc.constantFrom("a", "ab", "", "c-1")), {
    minLength: 1,
    maxLength: 3,
  })
  .map((pairs) => ["cookie", pairs.map(([name, value]) => `${name}=${value}`).join("; ")] as const);
const header = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...names, "x-out"), fc.constantFrom(...words).map(bytes)),
  },
  { weight: 1, arbitrary: cookie },
);

const claim = fc.oneof(
  fc.constantFrom(...words),
  fc.array(fc.constantFrom(...words), { maxLength: 3 }),
  fc.constantFrom(1, null, true, { a: "a" }),
);
const authorization = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.record(
          {
            iss: fc.constantFrom(...issuers),
            sub: fc.constantFrom("ann", "bob", "x/ann", ""),
            aud: fc.oneof(fc.constantFrom("a", "ab", "b"), some(fc.constantFrom("a", "ab", "b"))),
            role: claim,
          },
          { requiredKeys: ["iss"] },
        ),
        fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      )
      .map(([claims, forged]) => `Bearer ${token(claims, forged)}`),
  },
  { weight: 1, arbitrary: fc.constantFrom("Bearer x", "Bearer ", "Basic YTpi", "bearer a.b.c") },
);

export const requests: fc.Arbitrary<TimedRequest> = fc
  .record({
    method: fc.constantFrom(...methods),
    path: fc.constantFrom(...paths),
    host: fc.constantFrom(...hosts),
    headers: fc.array(header, { maxLength: 5 }),
    authorization: fc.option(authorization, { nil: undefined, freq: 2 }),
    id: fc.option(fc.constantFrom("id-1", "id-2", "id-3"), { nil: undefined }),
    known: fc.record(
      {
        peer: fc.constantFrom(...addresses),
        client: fc.constantFrom(...addresses),
        destination: fc.record({
          address: fc.constantFrom(...addresses),
          port: fc.constantFrom(...ports).map(Number),
        }),
        sni: fc.constantFrom(...serverNames, ""),
        identity: fc.record(
          {
            uri: fc.constantFrom(...identities).map((name) => `spiffe://${name}`),
            dns: fc.constantFrom("a.test", "spiffe://cluster.local/ns/a/sa/web"),
            subject: fc.constantFrom("CN=a", "CN=ü/ns/b/").map(bytes),
          },
          { requiredKeys: [] },
        ),
        metadata: fc.record({ [METADATA]: fc.record({ tenant: fc.constantFrom(...words).map(bytes) }) }),
      },
      { requiredKeys: [] },
    ),
    later: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(0n, 1n, 1_000_000n, 333_333_333n, 1_000_000_000n) },
      { weight: 1, arbitrary: fc.constantFrom(60_000_000_000n, -5_000_000_000n) },
    ),
  })
  .map(({ method, path, host, headers, authorization: credentials, id, known, later }) => ({
    ...known,
    headers: [
      [":method", method],
      [":path", path],
      [":authority", host],
      [":scheme", "http"],
      ...headers,
      ...(credentials === undefined ? [] : [["authorization", credentials] as const]),
      ...(id === undefined ? [] : [["x-request-id", id] as const]),
    ],
    later,
  }));
