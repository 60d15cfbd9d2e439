// What each field lets pass: of an ALLOW policy, and of a DENY policy the opposite, but where an address is unknown.
import { describe, expect, test } from "@jest/globals";
import type { Request } from "../../ir/interpret.ts";
import { lowered, passes } from "../../testing/lowered.ts";
import { authorization } from "../../testing/policies.ts";

const identity = (uri: string): Partial<Request> => ({ identity: { uri: `spiffe://${uri}` } });
const claims = (payload: Record<string, unknown>): Partial<Request> => ({ claims: payload });
const token = (iss: string, sub: string): Partial<Request> => claims({ iss, sub });
const path = (text: string): Partial<Request> => ({ headers: [[":path", text]] });
const headers = (...values: readonly string[]): Partial<Request> => ({
  headers: values.map((value) => ["x-a", value] as const),
});
const port = (number: number): Partial<Request> => ({ destination: { address: "10.9.9.9", port: number } });
const metadata = (tree: unknown): Partial<Request> => ({ metadata: { "envoy.filters.http.lua": tree } });
const nothing: Partial<Request> = {};

const source = (fields: string): string => `from: [{ source: { ${fields} } }]`;
const operation = (fields: string): string => `to: [{ operation: { ${fields} } }]`;
const when = (key: string, lists: string): string => `when: [{ key: "${key}", ${lists} }]`;

interface Row {
  readonly rule: string;
  readonly matches: readonly Partial<Request>[];
  readonly others: readonly Partial<Request>[];
}

function table(rows: readonly Row[]): void {
  test.each(rows)("$rule", ({ rule, matches, others }) => {
    const spec = `  rules: [{ ${rule} }]\n`;
    const allow = lowered(authorization(spec)).program;
    const deny = lowered(authorization(`  action: DENY\n${spec}`)).program;
    const decisions = (requests: readonly Partial<Request>[]): string[] =>
      requests.map((given) => {
        const request = { headers: [], ...given };
        return `${passes(allow, request) ? "in" : "out"} ${passes(deny, request) ? "in" : "out"}`;
      });
    expect(decisions(matches)).toEqual(matches.map(() => "in out"));
    expect(decisions(others)).toEqual(others.map(() => "out in"));
  });
}

const a = "cluster.local/ns/shop/sa/a";
const b = "other.test/ns/web/sa/b";

describe("principals", () => {
  table([
    {
      rule: source(`principals: ["${a}"]`),
      matches: [identity(a)],
      others: [identity(b), identity(`${a}x`), nothing],
    },
    {
      rule: source('principals: ["cluster.local/ns/*"]'),
      matches: [identity(a), identity("cluster.local/ns/")],
      others: [identity(b), identity("xcluster.local/ns/a"), { identity: { uri: "cluster.local/ns/a" } }],
    },
    {
      rule: source('principals: ["*/sa/a"]'),
      matches: [identity(a), identity("/sa/a"), { identity: { subject: "spiffe://x/sa/a" } }],
      others: [identity(b), { identity: { uri: "https://x/sa/a" } }, identity("x/sa/a/b")],
    },
    {
      // Escaped: a dot is a dot.
      rule: source('principals: ["*.test/ns/web/sa/b"]'),
      matches: [identity(b)],
      others: [identity("otherxtest/ns/web/sa/b")],
    },
    {
      rule: source('principals: ["*"]'),
      matches: [identity(a), { identity: { subject: "CN=x" } }, { identity: { dns: "x" } }],
      others: [nothing, { identity: {} }, { identity: { uri: "" } }],
    },
    // Whom the certificate names first decides no more than whom it names next.
    {
      rule: source(`principals: ["${b}"]`),
      matches: [{ identity: { uri: `spiffe://${a}`, dns: `spiffe://${b}` } }],
      others: [{ identity: { uri: `spiffe://${a}`, dns: b } }],
    },
    {
      rule: source(`notPrincipals: ["${a}"]`),
      matches: [identity(b), nothing],
      others: [identity(a), { identity: { uri: `spiffe://${b}`, subject: `spiffe://${a}` } }],
    },
    {
      rule: when("source.principal", `values: ["${a}"]`),
      matches: [identity(a)],
      others: [identity(b), nothing],
    },
    {
      // Istio's own trust domain, by its first letters.
      rule: source('principals: ["cluster*/ns/shop/sa/a"]'),
      matches: [identity(a)],
      others: [identity("cluster.test/ns/shop/sa/a"), identity("cluster*/ns/shop/sa/a")],
    },
  ]);
});

describe("namespaces, service accounts, trust domains", () => {
  table([
    {
      rule: source("namespaces: [shop]"),
      matches: [identity(a), { identity: { subject: "x/ns/shop/" } }, identity("x/ns/a/b/ns/shop/c")],
      others: [identity(b), identity("x/ns/shops/sa/a"), identity("x/ns/shop"), nothing],
    },
    {
      rule: source('namespaces: ["sh*p", "*eb"]'),
      matches: [identity(a), identity(b), identity("x/ns/sh/x/p/y")],
      others: [identity("x/ns/webs/sa/b")],
    },
    { rule: source('namespaces: ["s.op"]'), matches: [], others: [identity(a)] },
    { rule: source("notNamespaces: [shop]"), matches: [identity(b), nothing], others: [identity(a)] },
    { rule: when("source.namespace", "values: [shop]"), matches: [identity(a)], others: [identity(b)] },
    {
      rule: source("serviceAccounts: [shop/a]"),
      matches: [identity(a), identity("t/k/v/ns/shop/k/v/sa/a/k/v")],
      others: [
        identity("t/ns/shop/sa/ab"),
        identity("t/ns/shop/k/v/xsa/a"),
        identity("t/ns/shop/sa/a/"),
        identity("/ns/shop/sa/a"),
        { identity: { uri: "x://t/ns/shop/sa/a" } },
        nothing,
      ],
    },
    {
      // Of the policy's own namespace, where none is named.
      rule: source("serviceAccounts: [a.b]"),
      matches: [identity("t/ns/default/sa/a.b")],
      others: [identity("t/ns/shop/sa/a.b"), identity("t/ns/default/sa/axb")],
    },
    { rule: source("notServiceAccounts: [shop/a]"), matches: [identity(b), nothing], others: [identity(a)] },
    {
      rule: when("source.serviceAccount", "values: [shop/a]"),
      matches: [identity(a)],
      others: [identity(b)],
    },
    {
      rule: source("trustDomains: [cluster.local]"),
      matches: [identity(a), identity("cluster.local/")],
      others: [identity(b), identity("cluster.local"), identity("cluster.local.test/ns/a"), nothing],
    },
    {
      rule: source('trustDomains: ["*.test", "clu*"]'),
      matches: [identity(a), identity(b)],
      others: [identity("x/y.test/z"), identity("othertest/ns/a")],
    },
    {
      rule: source('trustDomains: ["*"]'),
      matches: [identity(a), { identity: { subject: "CN=x" } }],
      others: [nothing],
    },
    {
      rule: source("notTrustDomains: [cluster.local]"),
      matches: [identity(b), nothing],
      others: [identity(a)],
    },
  ]);
});

describe("tokens", () => {
  const issuer = "https://a.test/realms/x";
  table([
    {
      rule: source(`requestPrincipals: ["${issuer}/joe"]`),
      matches: [token(issuer, "joe")],
      others: [
        token(issuer, "jim"),
        token("https://a.test", "realms/x/joe"),
        claims({ iss: issuer }),
        nothing,
      ],
    },
    {
      rule: source(`requestPrincipals: ["${issuer}/*"]`),
      matches: [token(issuer, "joe"), token(issuer, "x/y")],
      others: [token(issuer, ""), claims({ iss: issuer }), token(`${issuer}/y`, "joe")],
    },
    {
      rule: source(`requestPrincipals: ["${issuer}/j*", "${issuer}/*k*"]`),
      matches: [token(issuer, "j"), token(issuer, "jim"), token(issuer, "*k1")],
      others: [token(issuer, "xj"), token(issuer, "ak1")],
    },
    {
      rule: source('requestPrincipals: ["*/joe"]'),
      matches: [token(issuer, "joe")],
      others: [token("", "joe"), claims({ sub: "joe" }), token(issuer, "xjoe")],
    },
    {
      rule: source('requestPrincipals: ["*.test/joe"]'),
      matches: [token("https://a.test", "joe")],
      others: [token("https://a.test", "jim"), token("https://a.test/x", "joe")],
    },
    {
      rule: source('requestPrincipals: ["*joe"]'),
      matches: [token(issuer, "joe"), token(issuer, "xjoe")],
      others: [token(issuer, "joex"), claims({ sub: "joe" })],
    },
    {
      rule: source('requestPrincipals: ["https:*"]'),
      matches: [token(issuer, "joe")],
      others: [token("http://a", "joe"), claims({ iss: issuer })],
    },
    { rule: source('requestPrincipals: ["joe"]'), matches: [token("joe", "")], others: [token("joe", "x")] },
    {
      rule: source('requestPrincipals: ["*"]'),
      matches: [token(issuer, "joe")],
      others: [token(issuer, ""), token("", "joe"), nothing],
    },
    {
      rule: source('notRequestPrincipals: ["*"]'),
      matches: [nothing, claims({ iss: issuer })],
      others: [token(issuer, "joe")],
    },
    {
      rule: when("request.auth.principal", `values: ["${issuer}/joe"]`),
      matches: [token(issuer, "joe")],
      others: [nothing],
    },
    {
      rule: when("request.auth.audiences", "values: [a, b]"),
      matches: [claims({ aud: "a" }), claims({ aud: ["x", "b"] })],
      others: [claims({ aud: [] }), claims({ aud: ["x"] }), claims({ aud: "a b" }), nothing],
    },
    {
      rule: when("request.auth.presenter", 'values: ["x*"]'),
      matches: [claims({ azp: "xy" })],
      others: [claims({ azp: "y" }), nothing],
    },
    {
      rule: when("request.auth.claims[role]", "notValues: [guest]"),
      matches: [claims({ role: "admin" }), claims({ role: ["a", "b"] }), claims({ role: 1 }), nothing],
      others: [claims({ role: "guest" }), claims({ role: ["admin", "guest"] })],
    },
    {
      rule: when("request.auth.claims[a][b]", 'values: ["*"]'),
      matches: [claims({ a: { b: "x" } }), claims({ a: { b: ["", "x"] } })],
      others: [
        claims({ "a][b": "x" }),
        claims({ a: [{ b: "x" }] }),
        claims({ a: { b: "" } }),
        claims({ a: { b: {} } }),
      ],
    },
    {
      rule: when("request.auth.claims[https://a.test/x[y]]", "values: [z]"),
      matches: [claims({ "https://a.test/x[y]": "z" })],
      others: [claims({ "https://a.test/x": { y: "z" } })],
    },
    {
      rule: when("request.auth.claims[scope]", "values: [write]"),
      matches: [claims({ scope: "read write" }), claims({ scope: ["write"] })],
      others: [claims({ scope: "writer read" }), claims({ scope: "" })],
    },
    {
      rule: when("request.auth.claims[permission]", "values: [write]"),
      matches: [claims({ permission: "read  write" })],
      others: [claims({ permission: "read,write" })],
    },
    {
      // Only at the top.
      rule: when("request.auth.claims[a][scope]", "values: [write]"),
      matches: [claims({ a: { scope: "write" } })],
      others: [claims({ a: { scope: "read write" } })],
    },
    {
      rule: when("request.auth.claims[name]", "values: [Zoë]"),
      matches: [claims({ name: "Zoë" })],
      others: [claims({ name: "Zoe" })],
    },
  ]);
});

describe("operations", () => {
  table([
    {
      rule: operation('ports: ["80", "08443"]'),
      matches: [port(80), port(8443)],
      others: [port(8080), nothing],
    },
    { rule: operation('notPorts: ["80"]'), matches: [port(8080), nothing], others: [port(80)] },
    { rule: when("destination.port", 'values: ["80"]'), matches: [port(80)], others: [port(81)] },
    {
      rule: when("connection.sni", 'values: ["*.a.test", "b.*"]'),
      matches: [{ sni: "x.a.test" }, { sni: "b.test" }],
      others: [{ sni: "a.test" }, { sni: "" }, nothing],
    },
    {
      rule: when("connection.sni", 'notValues: ["*"]'),
      matches: [nothing, { sni: "" }],
      others: [{ sni: "a" }],
    },
    {
      rule: operation('paths: ["/users/{*}/photos"]'),
      matches: [path("/users/joe/photos"), path("/users/%2f/photos?x=1")],
      others: [
        path("/users//photos"),
        path("/users/a/b/photos"),
        path('/users/"/photos'),
        path("/users/joe/photos/"),
      ],
    },
    {
      rule: operation('paths: ["/admin/{**}"]'),
      matches: [path("/admin/"), path("/admin/x/y"), path("/admin//")],
      others: [path("/admin"), path("/admin/<"), path("/xadmin/x")],
    },
    {
      rule: operation('paths: ["/{**}/edit"]'),
      matches: [path("//edit"), path("/a/b/edit")],
      others: [path("/edit"), path("/a/edit/b")],
    },
    {
      rule: operation('notPaths: ["/a/{*}"]'),
      matches: [path("/a/"), path("/a/b/c")],
      others: [path("/a/b"), path("/a/b?c")],
    },
    { rule: operation('paths: ["*"]'), matches: [path("/")], others: [path(""), path("?x")] },
  ]);
});

describe("headers", () => {
  table([
    {
      rule: when("request.headers[X-A]", "values: [a, b]"),
      matches: [headers("a"), headers("x", "b")],
      others: [headers("a,b"), headers("A"), nothing],
    },
    {
      rule: when("request.headers[x-a]", "notValues: [a]"),
      matches: [headers("b", "c"), nothing],
      others: [headers("b", "a")],
    },
    { rule: when("request.headers[x-a]", 'values: ["*"]'), matches: [headers("")], others: [nothing] },
    {
      rule: when("request.headers[:method]", "values: [GET]"),
      matches: [{ headers: [[":method", "GET"]] }],
      others: [{ headers: [[":method", "get"]] }],
    },
    {
      rule: when("request.headers[host]", "values: [a.test]"),
      matches: [{ headers: [[":authority", "a.test"]] }],
      others: [{ headers: [[":authority", "A.test"]] }, { headers: [["host", "a.test"]] }],
    },
    {
      rule: when("experimental.envoy.filters.http.lua[tenant]", 'values: [a, "b*"]'),
      matches: [metadata({ tenant: "a" }), metadata({ tenant: "bc" })],
      others: [metadata({ tenant: ["a"] }), metadata({}), nothing],
    },
    {
      rule: when("experimental.envoy.filters.http.lua[a][b]", "values: [x]"),
      matches: [metadata({ "a][b": "x" })],
      others: [metadata({ a: { b: "x" } })],
    },
  ]);
});

describe("addresses", () => {
  const at = {
    "source.ip": (address?: string) => (address === undefined ? {} : { peer: address }),
    "remote.ip": (address?: string) => (address === undefined ? {} : { client: address }),
    "destination.ip": (address?: string) =>
      address === undefined ? {} : { destination: { address, port: 1 } },
  };
  const keys = Object.keys(at) as (keyof typeof at)[];
  table(
    keys.flatMap((key) => [
      {
        rule: when(key, 'values: [10.0.0.0/8, "2001:db8::/32"]'),
        matches: [at[key]("10.1.2.3"), at[key]("2001:db8::1"), at[key]("::ffff:10.0.0.1")],
        others: [at[key]("11.0.0.0"), at[key]("2001:db9::1")],
      },
      {
        rule: when(key, "notValues: [10.0.0.0/8]"),
        matches: [at[key]("11.0.0.0"), at[key]("::1")],
        others: [at[key]("10.1.2.3")],
      },
    ]),
  );
  const fields = ["ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"];
  const rules = [
    ...fields.map((field) => source(`${field}: [10.0.0.0/8]`)),
    ...keys.flatMap((key) => [when(key, "values: [10.0.0.0/8]"), when(key, "notValues: [10.0.0.0/8]")]),
  ];
  test.each(rules)("unknown to %s: nobody gets in by it", (rule) => {
    const spec = `  rules: [{ ${rule} }]\n`;
    for (const request of [{}, { peer: "", client: "/run/a.sock", destination: { address: "x", port: 1 } }]) {
      expect(passes(lowered(authorization(spec)).program, { headers: [], ...request })).toBe(false);
      const deny = lowered(authorization(`  action: DENY\n${spec}`)).program;
      expect(passes(deny, { headers: [], ...request })).toBe(false);
    }
  });
});

describe("policies together", () => {
  const policy = (name: string, spec: string, annotation = ""): string =>
    `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: ${name}, annotations: { ${annotation} } }\nspec: ${spec}\n---\n`;
  const get = { headers: [[":method", "GET"]] } as const;
  const rules = "rules: [{ to: [{ operation: { methods: [GET] } }] }]";

  test("what only counts decides nothing", () => {
    const dry = '"istio.io/dry-run": "true"';
    const { program } = lowered(
      policy("audit", `{ action: AUDIT, ${rules} }`) +
        policy("dry-allow", "{}", dry) +
        policy("dry-deny", `{ action: DENY, ${rules} }`, dry) +
        policy("dry-audit", `{ action: AUDIT, ${rules} }`, dry),
    );
    expect(passes(program, get)).toBe(true);
    expect(program.authorization).toMatchObject({ allow: [], deny: [], anyAllowPolicy: false });
    expect(program.authorization.observers.map((o) => [o.policy, o.effect, o.rules.length])).toEqual([
      ["default/audit", "audit", 1],
      ["default/dry-allow", "dry-run-allow", 0],
      ["default/dry-audit", "audit", 1],
      ["default/dry-deny", "dry-run-deny", 1],
    ]);
  });

  test.each(['"False"', '"0"', "false", '"f"'])("istio.io/dry-run: %s is no dry run", (value) => {
    const { program } = lowered(policy("a", `{ action: DENY, ${rules} }`, `"istio.io/dry-run": ${value}`));
    expect(passes(program, get)).toBe(false);
    expect(program.authorization.observers).toEqual([]);
  });

  test.each(['"True"', '"1"', "true", '"t"'])("istio.io/dry-run: %s is one", (value) => {
    const { program } = lowered(policy("a", `{ action: DENY, ${rules} }`, `"istio.io/dry-run": ${value}`));
    expect(passes(program, get)).toBe(true);
  });
});
