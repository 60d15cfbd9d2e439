// Pictures show what policies say, whatever that is, and no more than a person looks at.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { checkPolicies } from "../testing/findings.ts";
import type { Attribute, Condition, Program, Rule } from "../ir/program.ts";
import { drawFilter } from "./index.ts";
import { elementsOf, textsOf } from "./testing.ts";

function draw(policies: string, workload = 0): string {
  const { targets, diagnostics } = checkPolicies(policies);
  const target = targets[workload];
  if (!target) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return drawFilter(target);
}

const policy = (kind: string, name: string, spec: string): string =>
  `apiVersion: ${kind === "HTTPRoute" ? "gateway.networking.k8s.io/v1" : kind === "AuthorizationPolicy" ? "security.istio.io/v1" : "tollgate.dev/v1alpha1"}
kind: ${kind}
metadata: { name: ${name}, namespace: shop }
spec: ${spec}
---
`;
const rules = (name: string, action: string, list: readonly string[]): string =>
  policy("AuthorizationPolicy", name, `{ action: ${action}, rules: [${list.join(", ")}] }`);
const to = (operation: string): string => `{ to: [{ operation: ${operation} }] }`;

const backends = policy(
  "Bundle",
  "web",
  `{ backends: { "shop/a:80": "http://127.0.0.1:1", "shop/b:80": "http://127.0.0.1:2", "shop/c:80": "http://127.0.0.1:3" } }`,
);

describe("what rules say", () => {
  const words = (list: string, action = "ALLOW"): string[] =>
    textsOf(draw(rules("a", action, [list])), "rule");

  test.each([
    [
      "method and path stand as in a request",
      to("{ methods: [GET, HEAD], paths: [/a, /b/*] }"),
      ["GET, HEAD /a, /b/*"],
    ],
    ["the host stands behind them", to("{ hosts: [a.test], paths: ['*.bak'] }"), ["*.bak", "host: a.test"]],
    ["a template stands as it is written", to("{ paths: ['/users/{*}/x.y/{**}'] }"), ["/users/{*}/x.y/{**}"]],
    ["what may not be", to("{ notMethods: [POST] }"), ["not POST"]],
    ["a rule that asks for nothing", "{}", ["every request"]],
    ["a header", "{ when: [{ key: 'request.headers[x-user]', values: ['*'] }] }", ["x-user: *"]],
    [
      "who calls",
      "{ from: [{ source: { namespaces: [prod], notIpBlocks: [10.0.0.0/8] } }] }",
      ["principal: */ns/prod/*", "from: not 10.0.0.0/8"],
    ],
    ["an expression in CEL", "{ condition: 'request.time.getHours() < 6' }", ["request.time.getHours() < 6"]],
    [
      "alternatives",
      "{ to: [{ operation: { methods: [GET], paths: [/a] } }, { operation: { methods: [POST], paths: [/b] } }] }",
      ["GET /a or POST /b"],
    ],
  ])("%s", (_, rule, expected) => {
    expect(words(rule)).toEqual(expected);
  });

  test("of thousands of values the first", () => {
    const paths = Array.from({ length: 5000 }, (_, i) => `/p${i}`);
    const lines = words(to(`{ paths: [${paths.join(", ")}] }`));
    expect(lines.join(" ")).toMatch(/^\/p0, \/p1, .*, and 4988 more$/);
  });

  test("where they stand, and all of it under the pointer", () => {
    const svg = draw(rules("a", "DENY", [to("{ paths: [/x] }")]));
    expect(textsOf(svg, "source")).toEqual(["p.yaml:4"]);
    const titles = elementsOf(svg).filter(({ name }) => name === "title");
    expect(titles.map(({ text }) => text)).toEqual(["shop/a rules[0], p.yaml:4\n/x"]);
  });
});

test("stages stand in the order in which a request meets them, with what they refuse with", () => {
  const svg = draw(
    [
      backends,
      policy("HTTPRoute", "r", "{ rules: [{ backendRefs: [{ name: a, port: 80 }] }] }"),
      rules("no", "DENY", [to("{ paths: [/x] }")]),
      rules("yes", "ALLOW", ["{}"]),
      policy("RateLimitPolicy", "l", "{ limits: { all: { rates: [{ limit: 9, window: 1s }] } } }"),
      policy(
        "RateLimitPolicy",
        "early",
        "{ phase: BeforeAuthentication, limits: { all: { rates: [{ limit: 9, window: 1s }] } } }",
      ),
    ].join(""),
  );
  const heads = [...svg.matchAll(/class="head k-[a-z]+"><rect x="([\d.]+)".*?class="name"[^>]*>([^<]*)</g)];
  const byPlace = heads.map(([, x, title]) => ({ x: Number(x), title })).sort((a, b) => a.x - b.x);
  expect(byPlace.map(({ title }) => title)).toEqual([
    ...["listener", "limits", "DENY", "ALLOW", "limits", "routes", "where requests go"],
  ]);
  expect([...svg.matchAll(/class="badge">.*?>(\d+)</g)].map(([, status]) => status)).toEqual([
    ...["429", "403", "403", "429", "404"],
  ]);
});

describe("where requests go", () => {
  const roads = (svg: string, kind: string): number =>
    elementsOf(svg).filter(({ attributes }) => attributes["class"] === `road ${kind}`).length;

  test("by weight, with copies, with redirects, and nowhere", () => {
    const svg = draw(
      backends +
        policy(
          "HTTPRoute",
          "r",
          `{ rules: [
            { matches: [{ path: { value: /a } }], backendRefs: [{ name: a, port: 80, weight: 3 }, { name: b, port: 80, weight: 1 }] },
            { matches: [{ path: { value: /b } }], backendRefs: [{ name: b, port: 80 }],
              filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: c, port: 80 }, percent: 5 } }] },
            { matches: [{ path: { value: /c } }], filters: [{ type: RequestRedirect, requestRedirect: { hostname: c.test } }] },
            { matches: [{ path: { value: /d } }] }] }`,
        ),
    );
    expect(textsOf(svg, "share")).toEqual(["75 %", "25 %", "copies of 5 %"]);
    expect([roads(svg, "forward"), roads(svg, "mirror"), roads(svg, "redirect")]).toEqual([
      // One of the copies is the line that explains what they are.
      4, 2, 1,
    ]);
    const names = textsOf(svg, "name");
    for (const end of ["shop/a:80", "shop/b:80", "shop/c:80", "302 //c.test/…", "500"])
      expect(names).toContain(end);
  });

  test("where no policy says, to the service behind", () => {
    const svg = draw(rules("a", "ALLOW", ["{}"]));
    expect(textsOf(svg, "name")).toContain("the service");
    expect(roads(svg, "forward")).toBe(0);
  });
});

describe("what shadows what", () => {
  const shadows = (svg: string): number =>
    elementsOf(svg).filter(({ name, attributes }) => name === "path" && attributes["class"] === "shadow")
      .length;

  test("within a policy, and across the stages of authorization", () => {
    const svg = draw(
      rules("no", "DENY", [to("{ paths: ['/x*'] }"), to("{ paths: [/x/y] }")]) +
        rules("yes", "ALLOW", [to("{ paths: [/x/z] }"), to("{ paths: [/a] }")]),
    );
    // And the line that explains them.
    expect(shadows(svg)).toBe(2 + 1);
    expect(svg.match(/class="box k-(deny|allow) never"/g)).toHaveLength(2);
    expect(textsOf(svg, "rule").filter((text) => text === "never has a turn")).toHaveLength(2);
  });

  test("nothing, where every rule has its turn", () => {
    expect(shadows(draw(rules("no", "DENY", [to("{ paths: [/x] }"), to("{ paths: [/y] }")])))).toBe(0);
  });
});

test("a thousand rules are as many as a person looks at, and the rest is counted", () => {
  const many = Array.from({ length: 40 }, (_, p) =>
    rules(
      `p${p}`,
      p % 2 === 0 ? "DENY" : "ALLOW",
      Array.from({ length: 25 }, (_, r) => to(`{ paths: ["/s${p}/r${r}"] }`)),
    ),
  );
  const svg = draw(many.join(""));
  expect(svg.length).toBeLessThan(60_000);
  const names = textsOf(svg, "name");
  const hidden = names.map((name) =>
    Number(/^and ([\d,]+) more rules?$/.exec(name)?.[1]?.replace(",", "") ?? 0),
  );
  const shown = names.filter((name) => /^rules\[\d+\]$/.test(name)).length;
  expect(shown + hidden.reduce((a, b) => a + b, 0)).toBe(1000);
  expect(textsOf(svg, "dim")).toContain("1,000 rules of 40 policies");
});

describe("whatever policies say", () => {
  const bytes = fc.oneof(
    fc.string({ unit: "binary" }).map((text) => Buffer.from(text, "utf8").toString("latin1")),
    fc.uint8Array({ maxLength: 12 }).map((list) => Buffer.from(list).toString("latin1")),
    fc.constantFrom("<script>alert(1)</script>", "&amp;", "]]>", '" onload="x', "\ufffe", "\u202eabc"),
  );
  const attribute = fc.oneof(
    bytes.map((name): Attribute => ({ kind: "header", name })),
    fc.constantFrom<Attribute>({ kind: "path" }, { kind: "method" }, { kind: "host" }),
  );
  const leaf = fc
    .record({ attribute, kind: fc.constantFrom("exact", "prefix", "suffix"), text: bytes })
    .map(({ attribute: asked, kind, text }): Condition => ({
      op: "test",
      attribute: asked,
      predicate: { kind: kind as "exact", text },
    }));
  const condition = fc.letrec<{ any: Condition }>((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      leaf,
      tie("any").map((of): Condition => ({ op: "not", of })),
      fc
        .record({
          op: fc.constantFrom("all", "any"),
          of: fc.array(tie("any"), { minLength: 1, maxLength: 3 }),
        })
        .map((node) => node as Condition),
    ),
  })).any;
  const file = { path: "<p&>.yaml", shown: "p.yaml", text: "a: b\n" };
  const rule = fc
    .record({ policy: fc.string({ unit: "binary" }), when: condition })
    .map(({ policy: name, when }, i = 0): Rule => ({
      origin: { policy: `a/${name}`, part: `rules[${i}]`, span: { file, start: 0, end: 4 } },
      when,
    }));
  const [target] = checkPolicies(rules("a", "ALLOW", ["{}"])).targets;
  if (!target) throw new Error("no target");

  test("a picture is well-formed, refers to nothing, runs nothing, and is the same each time", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), fc.array(rule, { maxLength: 4 }), (deny, allow) => {
        const program: Program = {
          ...target.program,
          authorization: { deny, allow, anyAllowPolicy: true, observers: [] },
        };
        const svg = drawFilter({ ...target, name: "<n>", program });
        for (const { name, attributes } of elementsOf(svg)) {
          expect(["svg", "style", "defs", "marker", "path", "rect", "text", "g", "title"]).toContain(name);
          for (const attribute of Object.keys(attributes)) expect(attribute).not.toMatch(/^on|href/);
        }
        expect(drawFilter({ ...target, name: "<n>", program })).toBe(svg);
      }),
      { numRuns: 100 },
    );
  });
});
