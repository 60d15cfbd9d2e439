// What a HeaderRoutePolicy means: lowered, and decided by the reference.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { apply } from "../../ir/authenticate.ts";
import { changed, holds, interpret, LimitState, type Request } from "../../ir/interpret.ts";
import type { Program } from "../../ir/program.ts";
import type { HeaderField } from "../../ir/limit-fields.ts";
import { lowered } from "../../testing/lowered.ts";
import { headerRoute } from "../../testing/policies.ts";

const rule = (fields: string): string => headerRoute(`  rules: [{ ${fields} }]\n`);
const programOf = (policies: string): Program => lowered(policies).program;
const get = (
  path: string,
  headers: readonly HeaderField[] = [],
  more: Omit<Request, "headers"> = {},
): Request => ({
  headers: [
    [":method", "GET"],
    [":authority", "Shop.test"],
    [":scheme", "https"],
    [":path", path],
    ...headers,
  ],
  ...more,
});

/** The request's headers, pseudo headers aside, as they go on. */
function requestAfter(program: Program, request: Request): HeaderField[] {
  const decision = interpret(program, request, 0n, new LimitState());
  if (decision.kind !== "forward") throw new Error(decision.details);
  return apply(request.headers, decision.request).filter(([name]) => !name.startsWith(":"));
}

function responseAfter(
  program: Program,
  request: Request,
  response: readonly HeaderField[],
): readonly HeaderField[] {
  const decision = interpret(program, request, 0n, new LimitState());
  if (decision.kind !== "forward") throw new Error(decision.details);
  return changed(response, decision.response);
}

test("the example of the standard's companion compiles as it stands", () => {
  const { program, found } = lowered(`apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: {name: canary}
spec:
  rules:                                   # first rule that matches decides; none: the request passes unchanged
  - name: beta-testers
    matches: [{cookies: [{name: beta, type: Exact, value: "1"}]}, {claims: [{name: tier, type: Exact, value: gold}]}]   # ORed; inside one: ANDed
    request:  {set: [{name: x-version, value: v2}], remove: [x-debug]}      # set | add | remove | rename | copy | map (a value table)
    response: {set: [{name: x-served-by, value: "{request.host}"}]}
  - name: canary
    split:
      stickyBy: [{claim: sub}, {header: x-user}, {sourceAddress: {}}]      # the first present
      arms: [{name: v1, weight: 95, request: {set: [{name: x-version, value: v1}]}}, {name: v2, weight: 5, backend: shop-v2}]
---
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: {name: shop}
spec: {backends: {shop-v2: "http://127.0.0.1:9002"}}
`);
  expect(found).toEqual([]);
  const beta = get("/", [
    ["cookie", "a=b; beta=1"],
    ["x-debug", "1"],
  ]);
  expect(requestAfter(program, beta)).toEqual([
    ["cookie", "a=b; beta=1"],
    ["x-version", "v2"],
  ]);
  expect(responseAfter(program, beta, [["x-served-by", "upstream"]])).toEqual([["x-served-by", "shop.test"]]);
  expect(requestAfter(program, get("/", [], { claims: { tier: "gold" } }))).toEqual([["x-version", "v2"]]);
  const backends = new Set<string | undefined>();
  for (let i = 0; i < 200; i++) {
    const headers = requestAfter(program, get("/", [], { claims: { sub: `user-${i}` } }));
    backends.add(headers.find(([name]) => name === "x-tollgate-cluster")?.[1]);
  }
  expect(backends).toEqual(new Set([undefined, "shop-v2"]));
});

describe("a match", () => {
  test.each([
    ["path: { value: /a }", "/a", true],
    ["path: { value: /a }", "/a/", true],
    ["path: { value: /a/ }", "/a", true],
    ["path: { value: /a/ }", "/a/b?c", true],
    ["path: { value: /a }", "/ab", false],
    ["path: { value: / }", "/anything", true],
    ["path: { type: Exact, value: /a }", "/a?b", true],
    ["path: { type: Exact, value: /a }", "/a/", false],
    ["path: { type: Suffix, value: .js }", "/a/b.js?v=1", true],
    ["path: { type: Suffix, value: .js }", "/a/b.jsx", false],
    ["path: { type: Contains, value: /b/ }", "/a/b/c", true],
    ["path: { type: Contains, value: b?c }", "/a/b?c", false],
    ['path: { type: RegularExpression, value: "/a/[0-9]+" }', "/a/12", true],
    ['path: { type: RegularExpression, value: "/a/[0-9]+" }', "/a/12/b", false],
    ["method: GET", "/", true],
    ["method: POST", "/", false],
    ["queryParams: [{ name: a b, value: c/d }]", "/?x&a%20b=c%2fd&a%20b=e", true],
    ["queryParams: [{ name: a, value: '2' }]", "/?a=1&a=2", false],
    ["queryParams: [{ name: a, type: Present }]", "/?a", true],
    ["queryParams: [{ name: a, type: Present }]", "/?b=a", false],
    ["headers: [{ name: host, type: Suffix, value: .test }]", "/", true],
    ["condition: request.path.size() > 3", "/abc", true],
    ["condition: \"request.headers['x-not-there'] != 'a'\"", "/", false],
    ["method: GET, condition: request.path == '/a'", "/b", false],
  ])("%s of %s: %s", (match, path, expected) => {
    const program = programOf(rule(`matches: [{ ${match} }], request: { set: [{ name: x, value: y }] }`));
    expect(requestAfter(program, get(path)).length === 1).toBe(expected);
  });

  const types = ["Exact", "Prefix", "Suffix", "Contains", "Present"] as const;
  const holdsOf = (type: (typeof types)[number], value: string, wanted: string): boolean =>
    ({
      Exact: value === wanted,
      Prefix: value.startsWith(wanted),
      Suffix: value.endsWith(wanted),
      Contains: value.includes(wanted),
      Present: true,
    })[type];

  test("compares any value of a header, and any text of a claim, as its type says", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 5 });
    const wanted = fc.string({ unit: fc.constantFrom("a", "b", "é"), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        wanted,
        fc.array(text, { maxLength: 3 }),
        (type, value, values) => {
          const [header] = programOf(
            rule(
              `matches: [{ headers: [{ name: X-A, type: ${type}${type === "Present" ? "" : `, value: "${value}"`} }] }]`,
            ),
          ).routes;
          const [claim] = programOf(
            rule(
              `matches: [{ claims: [{ name: [a, b], type: ${type}${type === "Present" ? "" : `, value: "${value}"`} }] }]`,
            ),
          ).routes;
          const bytes = (of: string): string => Buffer.from(of).toString("latin1");
          const request = get(
            "/",
            values.map((one) => ["x-a", bytes(one)] as const),
            { claims: { a: { b: values } } },
          );
          const expected = values.some((one) => holdsOf(type, one, value));
          for (const policy of [header, claim]) {
            expect(policy?.rules[0] && holds(policy.rules[0].when, request)).toBe(expected);
          }
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  test("matches are ORed, what is inside ANDed, and the rule's own condition with all of them", () => {
    const program = programOf(
      rule(
        "matches: [{ method: GET, headers: [{ name: a, value: b }] }, { cookies: [{ name: c, value: d }] }], condition: \"request.path == '/'\", request: { set: [{ name: x, value: y }] }",
      ),
    );
    const matched = (path: string, ...headers: HeaderField[]): boolean =>
      requestAfter(program, get(path, headers)).some(([name]) => name === "x");
    expect(matched("/")).toBe(false);
    expect(matched("/", ["a", "b"])).toBe(true);
    expect(matched("/", ["cookie", "c=d"])).toBe(true);
    expect(matched("/other", ["cookie", "c=d"])).toBe(false);
  });

  test("the first rule that matches decides, also where a condition in front of it errs", () => {
    const program = programOf(
      headerRoute(`  rules:
    - { condition: "request.headers['a'] == request.headers['b']", request: { set: [{ name: x, value: first }] } }
    - { condition: "!(request.headers['a'] == request.headers['b'])", request: { set: [{ name: x, value: second }] } }
    - { request: { set: [{ name: x, value: third }] } }
`),
    );
    const chosen = (...headers: HeaderField[]): unknown => requestAfter(program, get("/", headers)).at(-1);
    expect(chosen(["a", "1"], ["b", "1"])).toEqual(["x", "first"]);
    expect(chosen(["a", "1"], ["b", "2"])).toEqual(["x", "second"]);
    expect(chosen(["a", "1"])).toEqual(["x", "third"]);
  });
});

describe("changes", () => {
  const all =
    "{ add: [{ name: x-b, value: more }], set: [{ name: x-a, value: '{request.method} {{x}}' }], map: [{ from: x-c, values: { de: eu }, default: other }, { from: x-c, to: x-d, values: { fr: eu } }], copy: [{ from: x-b, to: x-e }], rename: [{ from: x-a, to: x-b }], remove: [x-f] }";
  const before: HeaderField[] = [
    ["x-a", "1"],
    ["x-a", "2"],
    ["x-b", "old"],
    ["x-c", "de"],
    ["x-d", "old"],
    ["x-f", "gone"],
  ];
  const after = [
    ["x-a", "GET {x}"],
    ["x-b", "1"],
    ["x-b", "2"],
    ["x-b", "more"],
    ["x-c", "eu"],
    ["x-e", "old"],
  ];

  test("of a request are made in one order, of the values as they arrived", () => {
    const changedRequest = requestAfter(programOf(rule(`request: ${all}`)), get("/", before));
    expect(changedRequest.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))).toEqual(after);
  });

  test("of a response likewise", () => {
    const changedResponse = responseAfter(programOf(rule(`response: ${all}`)), get("/"), before);
    expect(changedResponse.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))).toEqual(after);
  });

  test("a value that cannot be made removes what is set, and adds nothing", () => {
    const program = programOf(
      rule(
        "request: { set: [{ name: x-a, value: \"{request.headers['b']}\" }], add: [{ name: x-c, value: \"{request.headers['b']}\" }] }",
      ),
    );
    expect(requestAfter(program, get("/", [["x-a", "forged"]]))).toEqual([]);
    const whole = get("/", [
      ["x-a", "forged"],
      ["b", "1"],
    ]);
    expect(requestAfter(program, whole)).toEqual([
      ["b", "1"],
      ["x-a", "1"],
      ["x-c", "1"],
    ]);
  });

  test("no value splits a header, whatever it is made of", () => {
    const program = programOf(
      rule(
        "request: { set: [{ name: x-a, value: '{auth.claims.a}{request.path}' }] }, response: { add: [{ name: x-b, value: '{auth.claims.a}' }] }",
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom("\r", "\n", "\0", " ", "\t", "a", "é", "\x7f", "\x85") }),
    );
    fc.assert(
      fc.property(text, text, (claim, path) => {
        const request = get(`/${Buffer.from(path).toString("latin1")}`, [["x-a", "forged"]], {
          claims: { a: claim },
        });
        const values = [...requestAfter(program, request), ...responseAfter(program, request, [])];
        for (const [, value] of values) {
          expect(value).not.toMatch(/[\0-\x08\x0a-\x1f\x7f]|^[ \t]|[ \t]$/); // eslint-disable-line no-control-regex -- they are what is looked for
          expect(value).not.toBe("forged");
        }
      }),
      { seed: 7, numRuns: 1000 },
    );
  });

  test("numbers and claims that are no texts become one where they have one", () => {
    const program = programOf(
      rule(
        "request: { set: [{ name: x-a, value: '{request.path.size()} {auth.claims.admin} {auth.claims.level}' }] }",
      ),
    );
    const value = requestAfter(program, get("/abc", [], { claims: { admin: true, level: 3 } }));
    expect(value).toEqual([["x-a", "4 true 3"]]);
  });
});

describe("a split", () => {
  const arms =
    "arms: [{ name: a, weight: 1, request: { set: [{ name: x, value: a }] } }, { name: b, weight: 1, request: { set: [{ name: x, value: b }] } }, { name: off, weight: 0, backend: x }]";
  const bundle = `---
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec: { backends: { x: "http://127.0.0.1:9002" } }
`;
  const program = programOf(
    rule(
      `split: { stickyBy: [{ claim: [realm, sub] }, { cookie: session }, { header: x-user }, { sourceAddress: {} }], ${arms} }`,
    ) + bundle,
  );
  const armOf = (headers: readonly HeaderField[], more: Omit<Request, "headers"> = {}): string | undefined =>
    requestAfter(program, get("/", headers, more)).find(([name]) => name === "x")?.[1];

  test("goes by the first key that is present, alike whatever it is", () => {
    const keys = Array.from({ length: 64 }, (_, i) => `key-${i}`);
    const byHeader = keys.map((key) => armOf([["x-user", key]]));
    expect(new Set(byHeader)).toEqual(new Set(["a", "b"]));
    expect(keys.map((key) => armOf([["cookie", `x=y; session=${key}`]]))).toEqual(byHeader);
    expect(keys.map((key) => armOf([], { claims: { realm: { sub: key } } }))).toEqual(byHeader);
    const others: HeaderField[] = [
      ["x-user", "other"],
      ["cookie", "session=other"],
    ];
    const peer = { peer: "10.0.0.1" };
    expect(keys.map((key) => armOf(others, { claims: { realm: { sub: [key, "x"] } }, ...peer }))).toEqual(
      byHeader,
    );
  });

  test("goes by the request's own id where no key is there", () => {
    const chosen = Array.from({ length: 64 }, (_, i) => armOf([["x-request-id", `id-${i}`]]));
    expect(new Set(chosen)).toEqual(new Set(["a", "b"]));
    expect(new Set(Array.from({ length: 8 }, () => armOf([])))).toHaveProperty("size", 1);
  });
});

test("of thousands of rules none is in another's way", () => {
  const rules = Array.from(
    { length: 5000 },
    (_, i) => `    - matches: [{ path: { value: /p/${i} }, headers: [{ name: a, value: "${i}" }] }]\n`,
  );
  expect(lowered(headerRoute(`  rules:\n${rules.join("")}`)).found).toEqual([]);
});
