// What only all rules of a filter together show. The lines are pinned as policy authors see them.
import { describe, expect, test } from "@jest/globals";
import { checkPolicies, oneLine, type Policies } from "../testing/findings.ts";
import { authorization, headerRoute, httpRoute, rateLimit } from "../testing/policies.ts";
import { advised } from "./advise.ts";

/** The findings that advice adds. */
function advice(policies: Policies): string[] {
  const checked = checkPolicies(policies);
  const before = new Set(checked.diagnostics.map(oneLine));
  return advised(checked)
    .diagnostics.map(oneLine)
    .filter((line) => !before.has(line));
}

const named = (policy: string, name: string): string => policy.replace("name: a }", `name: ${name} }`);

describe("authorization", () => {
  test("a rule whose parts exclude each other", () => {
    expect(
      advice(
        authorization(`  rules:
    - to: [{ operation: { paths: ["/a/*"] } }]
      condition: "request.url_path.endsWith('.js') && request.method == 'GET' && request.url_path == '/a/b'"
    - to: [{ operation: { paths: ["/b"] } }]`),
      ),
    ).toEqual([
      "warning TG3022 p.yaml:6:7: this rule matches no request = what stands side by side in it must hold together, and no request has it all: write several rules where either will do",
    ]);
  });

  test("an ALLOW rule of which DENY rules leave nothing", () => {
    expect(
      advice({
        "allow.yaml": authorization(`  rules:
    - to: [{ operation: { methods: ["GET"] } }]
    - to: [{ operation: { methods: ["POST"], paths: ["/admin/users"] } }]`),
        "deny.yaml": named(
          authorization(`  action: DENY
  rules:
    - to: [{ operation: { paths: ["/admin/*"] } }]`),
          "b",
        ),
      }),
    ).toEqual([
      "warning TG3011 allow.yaml:7:7: this rule lets nothing by: DENY rules refuse all that it matches, such as `POST /admin/users` = DENY rules go first: `rules[0]` of `default/b` (deny.yaml:7) refuses it; narrow what is refused, or remove this rule",
    ]);
  });

  test("rules of one action that leave nothing to others, earlier ones and later ones", () => {
    expect(
      advice(
        authorization(`  rules:
    - to: [{ operation: { paths: ["/a/b"] } }]
    - to: [{ operation: { paths: ["/a/*"] } }]
    - to: [{ operation: { paths: ["/a/*"], methods: ["GET"] } }]`),
      ),
    ).toEqual([
      "note TG3023 p.yaml:6:7: this rule is redundant: what it matches passes without it, such as `GET /a/b` = `rules[1]` of `default/a` (p.yaml:7) allows the same: remove this rule, or see whether it says what it is to",
      "note TG3023 p.yaml:8:7: this rule is redundant: what it matches passes without it, such as `GET /a/` = `rules[1]` of `default/a` (p.yaml:7) allows the same: remove this rule, or see whether it says what it is to",
    ]);
  });

  test("a rule that several take together", () => {
    expect(
      advice(
        authorization(`  rules:
    - to: [{ operation: { methods: ["GET"] } }]
    - to: [{ operation: { notMethods: ["GET"] } }]
    - to: [{ operation: { paths: ["/a"] } }]`),
      ),
    ).toEqual([
      "note TG3023 p.yaml:8:7: this rule is redundant: what it matches passes without it, such as `GET /a` = `rules[0]` of `default/a` (p.yaml:6) and `rules[1]` of `default/a` (p.yaml:7) together allow the same: remove this rule, or see whether it says what it is to",
    ]);
  });

  test("a rule that matches everything though it looks restrictive", () => {
    expect(
      advice(
        authorization(`  action: DENY
  rules:
    - to: [{ operation: { notPaths: ["/a"] } }, { operation: { notPaths: ["/b"] } }]`),
      ),
    ).toEqual([
      "warning TG3024 p.yaml:7:7: this rule matches every request: everything is refused = each request lacks one of the things that it says `not…` of: what is not to be together belongs into one list",
    ]);
  });

  test("a token that nobody verifies", () => {
    const policy = authorization(`  rules:\n    - from: [{ source: { requestPrincipals: ["*"] } }]`);
    expect(advice(policy)).toEqual([
      "warning TG3022 p.yaml:6:7: this rule matches no request = it asks for what a verified token says, and no `RequestAuthentication` verifies any: add one",
    ]);
  });
});

test("limits that count nothing", () => {
  const limit = (when: string): string =>
    rateLimit(`  limits:
    few:
      when: [{ predicate: "${when}" }]
      rates: [{ limit: 10, window: 1s }]`);
  expect(advice(limit("request.method == 'GET' && request.method == 'POST'"))).toEqual([
    "warning TG3025 p.yaml:6:5: this limit counts no request = its `when` never holds: no request has all that it asks for",
  ]);
  expect(
    advice({
      "limit.yaml": limit("request.url_path.startsWith('/admin/')"),
      "deny.yaml": authorization(
        `  action: DENY\n  rules: [{ to: [{ operation: { paths: ["/admin/*"] } }] }]`,
      ),
    }),
  ).toEqual([
    "warning TG3025 limit.yaml:6:5: this limit counts no request = it counts what may pass, and authorization refuses every request that its `when` is about",
  ]);
});

test("rules of a HeaderRoutePolicy behind others", () => {
  expect(
    advice(
      headerRoute(`  rules:
    - matches: [{ path: { type: PathPrefix, value: /a } }, { headers: [{ name: x-a, value: "1" }] }]
      request: { set: [{ name: x-b, value: a }] }
    - matches: [{ condition: "request.url_path == '/a/b'" }]
      request: { set: [{ name: x-b, value: b }] }`),
    ),
  ).toEqual([
    "warning TG3011 p.yaml:8:7: this rule is never reached: earlier ones take all its requests, such as `GET /a/b` = `rules[0]` of `default/a` (p.yaml:6) goes first: move the narrower rule to the front, or remove it",
  ]);
});

test("rules of an HTTPRoute behind others", () => {
  const rule = (header: string, hostname: string): string => `
    - matches: [{ headers: [{ name: x-a, ${header} }] }]
      filters: [{ type: RequestRedirect, requestRedirect: { hostname: ${hostname} } }]`;
  expect(
    advice(
      httpRoute(
        `  rules:${rule('type: RegularExpression, value: "[a-c]+"', "a.test")}${rule("value: b", "b.test")}`,
      ),
    ),
  ).toEqual([
    "warning TG3011 p.yaml:8:7: this rule is never reached: others take all its requests, such as `GET /  x-a: b` = `rules[0]` of `default/a` (p.yaml:6) goes first: of matches the most specific counts, by the standard's order",
  ]);
});

test("what holds for one workload and not for another is not said", () => {
  const bundle = `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec:
  workloads:
    - { name: web, namespace: default, labels: { app: web } }
    - { name: api, namespace: default, labels: { app: api } }
`;
  const deny = (app: string): string =>
    authorization(`  selector: { matchLabels: { app: ${app} } }
  action: DENY
  rules: [{ to: [{ operation: { paths: ["/a"] } }] }]`);
  const allow = named(authorization(`  rules: [{ to: [{ operation: { paths: ["/a"] } }] }]`), "b");
  expect(advice({ "b.yaml": bundle, "d.yaml": deny("web"), "a.yaml": allow })).toEqual([]);
  const both = `${deny("web")}\n---\n${named(deny("api"), "c")}`;
  expect(advice({ "b.yaml": bundle, "d.yaml": both, "a.yaml": allow })).toHaveLength(1);
});
