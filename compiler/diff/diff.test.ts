// What is told of two versions: each kind of change, and what is none.
import { describe, expect, test } from "@jest/globals";
import { check, type Target } from "../index.ts";
import { requestLine } from "../requests/index.ts";
import type { Candidate } from "./change.ts";
import { compareVersions } from "./compare.ts";

const document = (apiVersion: string, kind: string) => (name: string, spec: string) =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n---\n`;
const access = document("security.istio.io/v1", "AuthorizationPolicy");
const tokens = document("security.istio.io/v1", "RequestAuthentication");
const limits = document("tollgate.dev/v1alpha1", "RateLimitPolicy");
const changes = document("tollgate.dev/v1alpha1", "HeaderRoutePolicy");
const roads = document("gateway.networking.k8s.io/v1", "HTTPRoute");
const bundle = (spec: string): string => document("tollgate.dev/v1alpha1", "Bundle")("b", spec);
const backends = bundle(
  `{ backends: { "default/web:80": "http://127.0.0.1:3001", "default/v2:80": "http://127.0.0.1:3002" } }`,
);
const road = (rules: string): string => backends + roads("r", `{ rules: [${rules}] }`);
const limit = (fields: string, name = "l"): string => limits("p", `{ limits: { ${name}: { ${fields} } } }`);
const everybody = access("everybody", "{ rules: [{}] }");
const secret = (text: string): string =>
  JSON.stringify({
    keys: [{ kty: "oct", alg: "HS256", k: Buffer.from(text.padEnd(32)).toString("base64url") }],
  });
const issuer = (fields: string, keys = "a"): string =>
  tokens("t", `{ jwtRules: [{ issuer: "https://id.test", jwks: '${secret(keys)}'${fields} }] }`);

/** One line a change: kind, what has changed, the requests that show it, who decides. */
function told(old: string, now: string): string[] {
  const { candidates, undecided, notes } = compareVersions({
    old: target("old", old),
    new: target("new", now),
  });
  return [
    ...candidates.map(line),
    ...undecided.map((reason) => `undecided: ${reason}`),
    ...notes.map((note) => `note: ${note}`),
  ];
}

function target(name: string, text: string): Target {
  const { targets, diagnostics } = check({ files: [{ path: name, shown: name, text }], defaultName: "b" });
  const [only] = targets;
  if (!only) throw new Error(diagnostics.map(({ message }) => message).join());
  return only;
}

function line({ kind, details, deciders, steps = [] }: Candidate): string {
  const requests = steps.map(({ request, times, after }) => {
    const later = after > 0n ? `, ${after / 1_000_000_000n} s later: ` : "";
    return `${later}${times > 1 ? `${times} × ` : ""}${requestLine(request)}`;
  });
  const by = [deciders.old, deciders.new].map((decider) =>
    !decider ? "-" : "none" in decider ? decider.none : decider.part,
  );
  return [kind, ...details, requests.join(" / ") || "no requests", by.join(" → ")].join(" | ");
}

const getOnly = access("a", "{ rules: [{ to: [{ operation: { methods: [GET] } }] }] }");

describe("no change", () => {
  const rule = (field: string): string => `{ to: [{ operation: { ${field} } }] }`;
  test.each<[string, string, string]>([
    [
      "rules in another order, under another name",
      access("a", `{ rules: [${rule("paths: [/a]")}, ${rule("methods: [GET]")}] }`),
      access("z", `{ rules: [${rule("methods: [GET]")}, ${rule("paths: [/a]")}] }`),
    ],
    [
      "a rule as two",
      access("a", `{ rules: [${rule("paths: [/a, /b]")}] }`),
      access("a", `{ rules: [${rule("paths: [/b]")}] }`) + access("b", `{ rules: [${rule("paths: [/a]")}] }`),
    ],
    ["a field as CEL", getOnly, access("a", `{ rules: [{ condition: "request.method == 'GET'" }] }`)],
    [
      "the same opaque expression elsewhere",
      access("a", `{ rules: [${rule("paths: [/a]")}, { condition: "size(request.headers['x-a']) > 3" }] }`),
      access(
        "a",
        `{ rules: [{ condition: "size( request.headers['x-a'] ) > 3" }, ${rule("paths: [/a]")}] }`,
      ).replace("size( request.headers['x-a'] )", "size(request.headers['x-a'])"),
    ],
    [
      "claims that nobody verifies",
      access("a", `{ rules: [{ when: [{ key: "request.auth.claims[role]", values: [a] }] }] }`),
      access("a", `{ rules: [{ when: [{ key: "request.auth.claims[role]", values: [b] }] }] }`),
    ],
    [
      "headers in another order",
      changes("c", "{ rules: [{ request: { set: [{ name: x-a, value: a }, { name: x-b, value: b }] } }] }"),
      changes("c", "{ rules: [{ request: { set: [{ name: x-b, value: b }, { name: x-a, value: a }] } }] }"),
    ],
    [
      "one policy as two",
      changes("c", "{ rules: [{ request: { set: [{ name: x-a, value: a }, { name: x-b, value: b }] } }] }"),
      changes("c", "{ rules: [{ request: { set: [{ name: x-a, value: a }] } }] }") +
        changes("d", "{ rules: [{ request: { set: [{ name: x-b, value: b }] } }] }"),
    ],
    [
      "shares on another scale",
      road("{ backendRefs: [{ name: web, port: 80, weight: 90 }, { name: v2, port: 80, weight: 10 }] }"),
      road("{ backendRefs: [{ name: web, port: 80, weight: 9 }, { name: v2, port: 80, weight: 1 }] }"),
    ],
    [
      "routes of requests that nobody lets pass",
      access("a", "{ rules: [{ to: [{ operation: { paths: ['/a*'] } }] }] }") +
        changes(
          "c",
          "{ rules: [{ matches: [{ path: { type: Exact, value: /b } }], request: { remove: [x-a] } }] }",
        ),
      access("a", "{ rules: [{ to: [{ operation: { paths: ['/a*'] } }] }] }"),
    ],
    [
      "a parameter whose default is the number",
      bundle("{ parameters: { n: { type: integer, default: 3 } } }") +
        limit("rates: [{ limit: 3, window: 1m }]"),
      bundle("{ parameters: { n: { type: integer, default: 3 } } }") +
        limit("rates: [{ limit: '${n}', window: 1m }]"),
    ],
    [
      "issuers in another order",
      issuer("").replace("}] }", `}, { issuer: "https://b.test", jwks: '${secret("b")}' }] }`),
      tokens(
        "t",
        `{ jwtRules: [{ issuer: "https://b.test", jwks: '${secret("b")}' }, { issuer: "https://id.test", jwks: '${secret("a")}' }] }`,
      ),
    ],
  ])("%s", (_, old, now) => {
    expect(told(old, now)).toEqual([]);
  });

  test("the name of a limit is told to clients, and noted", () => {
    const rates = "rates: [{ limit: 3, window: 1m }]";
    expect(told(limit(rates, "a"), limit(rates, "b"))).toEqual([
      "note: clients are told of the limit `a` as `b`",
    ]);
  });
});

describe("who may pass", () => {
  test("now allowed and now denied, by each rule that is to blame", () => {
    const now = access(
      "a",
      "{ action: DENY, rules: [{ to: [{ operation: { paths: [/a] } }] }, { to: [{ operation: { paths: [/b] } }] }] }",
    );
    expect(told(getOnly, now)).toEqual([
      "now-allowed | POST / | no ALLOW rule matches → no DENY rule matches",
      "now-denied | GET /a | rules[0] → rules[0]",
      "now-denied | GET /b | rules[0] → rules[1]",
    ]);
  });

  test("by a text of a list that would be words in a text", () => {
    const scope = (value: string): string =>
      issuer("") +
      access("a", `{ rules: [{ when: [{ key: "request.auth.claims[scope]", values: [${value}] }] }] }`);
    expect(told(scope("c d"), scope("a b"))).toEqual([
      expect.stringMatching(/^now-allowed .*"scope":\["a b"\]/),
      expect.stringMatching(/^now-denied .*"scope":\["c d"\]/),
    ]);
  });

  test("by a claim", () => {
    const role = (values: string): string =>
      issuer("") +
      access("a", `{ rules: [{ when: [{ key: "request.auth.claims[role]", values: ${values} }] }] }`);
    expect(told(role("[a]"), role("[a, b]"))).toEqual([
      'now-allowed | GET /  claims: {"role":"b","iss":"https://id.test"} | no ALLOW rule matches → rules[0]',
    ]);
  });

  test("answered otherwise", () => {
    const now = getOnly + bundle("{ responses: { denied: { status: 404, body: nothing } } }");
    expect(told(getOnly, now)).toEqual([
      "answered-differently | POST / | no ALLOW rule matches → no ALLOW rule matches",
    ]);
  });

  test("what an opaque expression comes to is not known", () => {
    const of = (text: string): string => access("a", `{ rules: [{ condition: "${text}" }] }`);
    const found = told(of("size(request.headers['x-a']) > 3"), of("!(size(request.headers['x-a']) <= 3)"));
    expect(found.length).toBeGreaterThan(0);
    for (const reason of found) expect(reason).toMatch(/^undecided: who may pass: /);
  });
});

describe("tokens", () => {
  test.each<[string, string, string, string]>([
    [
      "audiences",
      issuer(", audiences: [a]"),
      issuer(", audiences: [b]"),
      'authenticated-differently | issuer https://id.test | audiences: a → b | GET /  host: example.com  claims: {"iss":"https://id.test","aud":"a"} | jwtRules[0] → jwtRules[0]',
    ],
    [
      "a secret, of which nothing is shown",
      issuer("", "a"),
      issuer("", "b"),
      "authenticated-differently | issuer https://id.test | keys: another secret | no requests | jwtRules[0] → jwtRules[0]",
    ],
    [
      "an issuer that is new",
      everybody,
      everybody + issuer(""),
      'authenticated-differently | issuer https://id.test: new | audiences: any | keys: (no name) HS256 | looked for in: header authorization behind `Bearer `, query parameter access_token | token: removed | GET /  host: example.com  claims: {"iss":"https://id.test","aud":null} | no such rule → jwtRules[0]',
    ],
    [
      "forwarding",
      issuer(""),
      issuer(", forwardOriginalToken: true"),
      'authenticated-differently | issuer https://id.test | token: removed → forwarded | GET /  host: example.com  claims: {"iss":"https://id.test","aud":null} | jwtRules[0] → jwtRules[0]',
    ],
  ])("%s", (_, old, now, expected) => {
    expect(told(old, now)).toEqual([expected]);
  });

  test.each<[string, string, string, string]>([
    ["an audience `any`", "", ", audiences: [any]", 'audiences: any → "any"'],
    ["one with a comma", ", audiences: [a, b]", ', audiences: ["a, b"]', 'audiences: a, b → "a, b"'],
    ["a header `none`", "", ", outputPayloadToHeader: none", 'payload header: none → "none"'],
  ])("%s is not taken for our own words", (_, old, now, expected) => {
    expect(told(issuer(old), issuer(now)).join()).toContain(expected);
  });
});

describe("which road", () => {
  const web = "{ backendRefs: [{ name: web, port: 80 }] }";
  const split = (v2: number): string =>
    changes(
      "c",
      `{ rules: [{ split: { stickyBy: [{ header: x-user }], arms: [{ name: a, weight: ${100 - v2} }, { name: b, weight: ${v2}, request: { remove: [x-a] } }] } }] }`,
    );
  test.each<[string, string, string, string | RegExp]>([
    [
      "a backend",
      road(web),
      road(
        `${web}, { matches: [{ path: { type: PathPrefix, value: /v2 } }], backendRefs: [{ name: v2, port: 80 }] }`,
      ),
      "routed-elsewhere | backend: default/web:80 → default/v2:80 | GET /v2 | rules[0] → rules[1]",
    ],
    [
      "shares",
      road("{ backendRefs: [{ name: web, port: 80, weight: 90 }, { name: v2, port: 80, weight: 10 }] }"),
      road("{ backendRefs: [{ name: web, port: 80, weight: 95 }, { name: v2, port: 80, weight: 5 }] }"),
      /^routed-elsewhere \| split: default\/web:80 90 %, default\/v2:80 10 % → default\/web:80 95 %, default\/v2:80 5 % \| GET \/ {2}x-request-id: \d+ \| rules\[0\] → rules\[0\]$/,
    ],
    [
      "shares that stick",
      split(5),
      split(10),
      /^routed-elsewhere \| split: a 95 %, b 5 % by header x-user → a 90 %, b 10 % by header x-user \| GET \/ {2}x-a: v1 {2}x-request-id: \d+ /,
    ],
    [
      "a redirect",
      road(
        "{ filters: [{ type: RequestRedirect, requestRedirect: { hostname: a.test, statusCode: 301 } }] }",
      ),
      road(
        "{ filters: [{ type: RequestRedirect, requestRedirect: { hostname: a.test, statusCode: 302 } }] }",
      ),
      "routed-elsewhere | answer: 301 to a.test → 302 to a.test | GET / | rules[0] → rules[0]",
    ],
    [
      "a header",
      changes("c", "{ rules: [{ response: { set: [{ name: x-a, value: a }] } }] }"),
      changes("c", "{ rules: [{ response: { set: [{ name: x-a, value: '{request.host}' }] } }] }"),
      "routed-elsewhere | response header x-a: a → {request.host} | GET / | rules[0] → rules[0]",
    ],
    [
      "a time limit",
      road(`{ timeouts: { request: 5s }, backendRefs: [{ name: web, port: 80 }] }`),
      road(`{ timeouts: { request: 7s }, backendRefs: [{ name: web, port: 80 }] }`),
      "routed-elsewhere | time limit: 5000 ms → 7000 ms | GET / | rules[0] → rules[0]",
    ],
    [
      "only what both let pass",
      getOnly + road(web),
      getOnly + road(`{ matches: [{ method: POST }], backendRefs: [{ name: v2, port: 80 }] }, ${web}`),
      "",
    ],
    [
      "where a cluster leads to",
      road(web),
      road(web).replace("3001", "3003"),
      "routed-elsewhere | cluster default/web:80: http://127.0.0.1:3001 → http://127.0.0.1:3003 | no requests | - → -",
    ],
    [
      "what browsers are told",
      road(
        `{ filters: [{ type: CORS, cors: { allowOrigins: ["https://a.test"], maxAge: 5 } }], backendRefs: [{ name: web, port: 80 }] }`,
      ),
      road(
        `{ filters: [{ type: CORS, cors: { allowOrigins: ["https://a.test"], maxAge: 9 } }], backendRefs: [{ name: web, port: 80 }] }`,
      ),
      "answered-differently | cross-origin max age: 5 → 9 | OPTIONS /  origin: https://a.test  access-control-request-method: x | rules[0] → rules[0]",
    ],
    [
      "what listeners do to paths",
      everybody,
      everybody + bundle("{ pathNormalization: MERGE_SLASHES }"),
      "answered-differently | listeners normalise paths: BASE → MERGE_SLASHES | no requests | - → -",
    ],
  ])("%s", (_, old, now, expected) => {
    const wanted: unknown = typeof expected === "string" ? expected : expect.stringMatching(expected);
    expect(told(old, now)).toEqual(expected === "" ? [] : [wanted]);
  });

  test.each(["__proto__", "constructor"])("a header %s", (name) => {
    const add = (also: string): string =>
      changes("c", `{ rules: [{ request: { add: [{ name: x-a, value: a }${also}] } }] }`);
    const [only, ...others] = told(add(""), add(`, { name: ${name}, value: a }`));
    expect(only).toContain(`request header ${name}: nothing → and a`);
    expect(others).toEqual([]);
  });

  test.each([
    ["'*'", "all"],
    ["", "none"],
  ])("cross-origin headers [%s] are not those of the name %s", (old, now) => {
    const cors = (headers: string): string =>
      road(
        `{ filters: [{ type: CORS, cors: { allowOrigins: ["https://a.test"]${headers === "" ? "" : `, allowHeaders: [${headers}]`} } }], backendRefs: [{ name: web, port: 80 }] }`,
      );
    expect(told(cors(old), cors(now)).join()).toContain(`"${now}"`);
  });

  test("where only one version chooses clusters, the header that says so is no longer the client's", () => {
    const now =
      everybody +
      backends +
      changes("c", "{ rules: [{ matches: [{ method: GET }], backend: default/v2:80 }] }");
    expect(told(everybody, now)).toEqual([
      "routed-elsewhere | backend: nothing → default/v2:80 | GET / | no such policy → rules[0]",
      expect.stringContaining("request header x-tollgate-cluster of a client: passed on → removed"),
    ]);
  });
});

describe("limits", () => {
  test("in another order: the first that refuses answers", () => {
    const one = (name: string, status: number, window: string, key = ""): string =>
      `${name}: { rates: [{ limit: 2, window: ${window} }], onLimit: { status: ${status} }${key} }`;
    const both = (...all: string[]): string => limits("p", `{ limits: { ${all.join(", ")} } }`);
    const [a, b] = [one("a", 429, "1m"), one("b", 503, "1m")];
    const [found, ...others] = told(both(a, b), both(b, a));
    expect(found).toContain("in another order, and where both refuse the first answers");
    expect(found).toContain("3 × GET /");
    expect(others).toEqual([]);
    const alike = one("c", 429, "1m");
    expect(told(both(a, alike), both(alike, a))).toEqual([]);
    const [gets, posts] = ["GET", "POST"].map(
      (method) => `, when: [{ predicate: "request.method == '${method}'" }]`,
    );
    const [c, d] = [one("c", 429, "1m", gets), one("d", 503, "1m", posts)];
    expect(told(both(c, d), both(d, c))).toEqual([]);
  });

  const rate = (n: number, window = "1m"): string => `rates: [{ limit: ${n}, window: ${window} }]`;
  const by = "limits.l → limits.l";
  test.each<[string, string, string, string]>([
    [
      "a rate",
      limit(rate(6)),
      limit(rate(3)),
      `default/p l | rates: 6 per 1m, burst 6 → 3 per 1m, burst 3 | 4 × GET / | ${by}`,
    ],
    [
      "a window",
      limit(rate(3)),
      limit(rate(3, "1h")),
      `default/p l | rates: 3 per 1m, burst 3 → 3 per 1h, burst 3 | 4 × GET / | ${by}`,
    ],
    [
      "one more",
      everybody,
      everybody + limit(`key: [{ header: x-user }], ${rate(3)}`),
      "default/p l | added | rates: 3 per 1m, burst 3 | counted by: header x-user | 4 × GET / | no such limit → limits.l",
    ],
    [
      "which requests count",
      limit(`when: [{ predicate: "request.method != 'GET'" }], ${rate(3)}`),
      limit(`when: [{ predicate: "request.method == 'POST'" }], ${rate(3)}`),
      `default/p l: no longer counted | 4 × PUT / | ${by}`,
    ],
    [
      "a key: another user of the same tenant",
      limit(`key: [{ header: x-user }], ${rate(3)}`),
      limit(`key: [{ header: x-tenant }], ${rate(3)}`),
      `default/p l | counted by: header x-user → header x-tenant | 4 × GET / / GET /  x-user: 1 | ${by}`,
    ],
    [
      "a mode",
      limit(rate(3)),
      limit(`mode: Shadow, ${rate(3)}`),
      `default/p l | mode: Enforce → Shadow | 4 × GET / | ${by}`,
    ],
    [
      "an answer",
      limit(rate(3)),
      limit(`onLimit: { status: 503 }, ${rate(3)}`),
      `default/p l | status of a refusal: 429 → 503 | 4 × GET / | ${by}`,
    ],
    [
      "who shares what is left, which no requests to one thread show",
      limit(`scope: worker, ${rate(3)}`),
      limit(rate(3)),
      `default/p l | scope: worker → proxy | no requests | ${by}`,
    ],
  ])("%s", (_, old, now, expected) => {
    expect(told(old, now)).toEqual([`limited-differently | ${expected}`]);
  });
});
