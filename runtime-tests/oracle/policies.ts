// Random AuthorizationPolicies, and random requests that come near them: small alphabets, so that rules match, almost match,
// and overlap.
import fc from "fast-check";
import type { Client, Conversation } from "./conversation.ts";
import type { Identities } from "./identities.ts";
import type { WireRequest } from "./wire.ts";

export const identities: Identities = {
  "web-a": { uris: ["spiffe://td/ns/a/sa/web"] },
  "web-b": { uris: ["spiffe://td/ns/b/sa/web"], dns: ["b.test"] },
  "db-a": { uris: ["spiffe://td.two/ns/a/sa/db/pod/1"] },
  "odd-a": { uris: ["spiffe://td/extra/ns/a/x/sa/web"] },
  named: { dns: ["web.a.test", "other.test"] },
  bare: {},
};
const principals = [
  "td/ns/a/sa/web",
  "td/ns/b/sa/web",
  "td.two/ns/a/sa/db/pod/1",
  "td/extra/ns/a/x/sa/web",
] as const;
const namespaces = ["a", "b", "ab"] as const;
const serviceAccounts = ["a/web", "b/web", "web", "a/db", "db"] as const;
const trustDomains = ["td", "td.two", "t"] as const;

const names = ["x-a", "x-b", "X-User"] as const;
const words = ["a", "ab", "abc", "b", "A", "aB", "", "c-1", "ü", "a,b", "a b"] as const;
const hosts = ["a.test", "b.a.test", "A.Test", "b.test", "a.test:80", "[::1]:80"] as const;
const paths = [
  ...["/", "/a", "/a/", "/a/b", "/ab", "/a.bak", "/A", "/a/b/c", "/b", "//", "/a//b", "/a/../b", "/%61"],
  ...["/a;b", "/a/%2e%2e/b", "/ü", "/a/é/b", "/a/b/", '/a/"/b'],
] as const;
const templates = ["/a/{*}", "/{*}/b", "/{**}", "/a/{**}", "/{**}/b", "/a/{*}/c", "/{*}/{**}/c"] as const;
const methods = ["GET", "POST", "PUT", "get", "G", "GETT"] as const;
const snis = ["a.test", "b.a.test", "b.test", "test"] as const;
const ports = [80, 443, 8080, 8] as const;
const metadata = ["a", "ab", "b", ""] as const;

/** Where a client of this machine can come from. */
const peers = ["127.0.0.1", "127.0.0.9", "127.1.2.3", "127.255.0.1"] as const;
const peerBlocks = [
  "127.0.0.0/24",
  "127.0.0.9",
  "127.0.0.8/29",
  "127.0.0.0/9",
  "0.0.0.0/0",
  "::/0",
  "10.0.0.0/8",
];
const addresses = ["10.0.0.1", "10.0.0.9", "10.1.2.3", "192.168.0.1"] as const;
const addresses6 = ["2001:db8::1", "2001:db8:1::1", "::1", "2001:db8::ffff:1"] as const;
const blocks = [
  ...["10.0.0.0/24", "10.0.0.1", "10.0.0.8/29", "0.0.0.0/0", "127.0.0.0/8"],
  ...["2001:db8::/47", "::/0", "::1", "2001:db8::1/128", "2001:db8::/96"],
] as const;

/** `abc`, `abc*`, `*abc` or `*` around the given texts. */
function patterns(texts: readonly string[]): fc.Arbitrary<string> {
  const text = fc.constantFrom(...texts.filter((t) => t !== ""));
  return fc.oneof(
    { weight: 3, arbitrary: text },
    { weight: 2, arbitrary: fc.tuple(text, fc.nat(4)).map(([t, n]) => `${t.slice(0, n + 1)}*`) },
    { weight: 2, arbitrary: fc.tuple(text, fc.nat(4)).map(([t, n]) => `*${t.slice(-n - 1)}`) },
    { weight: 1, arbitrary: fc.constant("*") },
  );
}

const some = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { minLength: 1, maxLength: 3 });

/** An object with some of the given fields, at least one; most have few. */
function fields(shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .subarray(Object.keys(shape), { minLength: 1, maxLength: Math.min(3, Object.keys(shape).length) })
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, shape[key] ?? fc.constant(0)]))));
}

/** A field and its negative. */
function both(name: string, item: fc.Arbitrary<string>): Record<string, fc.Arbitrary<unknown>> {
  return { [name]: some(item), [`not${name[0]?.toUpperCase() ?? ""}${name.slice(1)}`]: some(item) };
}

const path = fc.oneof(
  { weight: 3, arbitrary: patterns(paths.filter((p) => !p.includes("*"))) },
  { weight: 1, arbitrary: fc.constantFrom(...templates) },
);
const port = fc.constantFrom(...ports.map(String));
const block = fc.constantFrom(...blocks);
const peerBlock = fc.constantFrom(...peerBlocks);

const source = fields({
  ...both("principals", patterns(principals)),
  ...both("namespaces", patterns(namespaces)),
  ...both("trustDomains", patterns(trustDomains)),
  ...both("ipBlocks", peerBlock),
  ...both("remoteIpBlocks", block),
});
/** Istio allows service accounts beside neither principals nor namespaces. */
const accounts = fields({
  ...both("serviceAccounts", fc.constantFrom(...serviceAccounts)),
  ...both("ipBlocks", peerBlock),
});
const operation = fields({
  ...both("hosts", patterns(hosts)),
  ...both("methods", patterns(methods)),
  ...both("paths", path),
  ...both("ports", port),
});

const lists = (item: fc.Arbitrary<string>): fc.Arbitrary<Record<string, unknown>> =>
  fields({ values: some(item), notValues: some(item) });
const conditionOn = (key: string, item: fc.Arbitrary<string>): fc.Arbitrary<object> =>
  lists(item).map((list) => ({ key, ...list }));
const when = fc.oneof(
  ...names.map((name) => conditionOn(`request.headers[${name}]`, patterns(words))),
  conditionOn("request.headers[host]", patterns(hosts)),
  conditionOn("source.ip", peerBlock),
  conditionOn("remote.ip", block),
  conditionOn("destination.ip", block),
  conditionOn("destination.port", port),
  conditionOn("connection.sni", patterns(snis)),
  conditionOn("source.principal", patterns(principals)),
  conditionOn("source.namespace", patterns(namespaces)),
  conditionOn("experimental.envoy.filters.oracle[word]", patterns(metadata)),
);

const rule = fc.subarray(["from", "to", "when"]).chain((parts) =>
  fc.record(
    Object.fromEntries(
      Object.entries({
        from: some(fc.oneof({ weight: 4, arbitrary: source }, accounts).map((s) => ({ source: s }))),
        to: some(operation.map((o) => ({ operation: o }))),
        when: fc.array(when, { minLength: 1, maxLength: 2 }),
      }).filter(([part]) => parts.includes(part)),
    ),
  ),
);

const policy = fc
  .record({ action: fc.constantFrom("ALLOW", "DENY"), rules: fc.array(rule, { maxLength: 4 }) })
  .map((spec) => ({ kind: "AuthorizationPolicy", apiVersion: "security.istio.io/v1", spec }));

/** A bundle of one to four policies, as documents. */
export const bundles: fc.Arbitrary<object[]> = fc.array(policy, { minLength: 1, maxLength: 4 }).map((list) =>
  list.map((document, i) => ({
    ...document,
    metadata: { name: `policy-${i}`, namespace: i % 2 ? "b" : "a" },
  })),
);

const bytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

const endpoints = (list: readonly string[]): fc.Arbitrary<NonNullable<Client["proxied"]>> =>
  fc.record({
    source: fc.record({ address: fc.constantFrom(...list), port: fc.constantFrom(1024, 50_000) }),
    destination: fc.record({ address: fc.constantFrom(...list), port: fc.constantFrom(...ports) }),
  });
const client: fc.Arbitrary<Client> = fc.record(
  {
    from: fc.constantFrom(...peers),
    proxied: fc.oneof(endpoints(addresses), endpoints(addresses6)),
    tls: fc.record(
      {
        servername: fc.constantFrom(...snis, "c.test", "B.test"),
        identity: fc.constantFrom(...Object.keys(identities)),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["from"] },
);

/** Values that were written, and some that are almost those. */
const near = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...texts) },
    { weight: 1, arbitrary: fc.constantFrom(...texts).map((t) => `${t}x`) },
    { weight: 1, arbitrary: fc.constantFrom(...texts).map((t) => t.slice(0, -1)) },
    { weight: 1, arbitrary: fc.constantFrom(...texts).map((t) => t.toUpperCase()) },
  );

const header = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.constantFrom(...names, "x-c", "X-A"),
      fc.oneof({ weight: 9, arbitrary: near(words) }, fc.constant("\xff\x80")),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant("x-forwarded-for"),
      fc
        .array(
          fc.oneof(
            fc.constantFrom(...addresses, ...addresses6),
            fc.constantFrom("unknown", "10.0.0.1:80", ""),
          ),
          {
            minLength: 1,
            maxLength: 2,
          },
        )
        .map((list) => list.join(", ")),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant("x-word"), fc.constantFrom(...metadata)) },
);

const isToken = (text: string): boolean => /^[A-Za-z]+$/.test(text);

const request: fc.Arbitrary<WireRequest> = fc
  .record({
    method: near(methods).filter(isToken),
    // Envoy refuses other bytes in a path before any filter sees them.
    path: fc.tuple(
      near(paths).filter((p) => /^\/[!-~]*$/.test(p)),
      fc.constantFrom("", "", "", "?", "?x=/b"),
    ),
    host: near(hosts),
    headers: fc.array(header, { maxLength: 4 }),
  })
  .map(({ method, path: [at, query], host, headers }) => ({
    method,
    path: bytes(at + query),
    headers: [["host", host], ...headers.map(([name, value]) => [name, bytes(value)] as const)],
  }));

/** Requests on one connection. */
export function conversations(requests: number): fc.Arbitrary<Conversation> {
  return fc.record({
    client,
    requests: fc.array(request, { minLength: requests, maxLength: requests, size: "max" }),
  });
}
