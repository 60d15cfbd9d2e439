// What requests show of policies, and what they leave out.
import { expect, test } from "@jest/globals";
import { interpreterEngine, PLAIN_RESPONSE, standalone } from "../engines/index.ts";
import type { Program } from "../ir/program.ts";
import { isRefused, requestOf, testKeysOf, type RequestDescription } from "../requests/index.ts";
import { readDescription } from "../requests/read.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { checkPolicies } from "../testing/findings.ts";
import { CoverageCollector } from "./coverage.ts";

const policies = `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: tokens }
spec: { jwtRules: [{ issuer: a, jwksUri: "https://a.test/k" }, { issuer: b, jwksUri: "https://b.test/k" }] }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: deny }
spec:
  action: DENY
  rules:
    - to: [{ operation: { paths: [/secret], methods: [GET] } }]
    - to: [{ operation: { paths: ["/s*"] } }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: audit }
spec: { action: AUDIT, rules: [{ to: [{ operation: { methods: [POST] } }] }] }
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: tried }
spec: { limits: { one: { mode: Shadow, rates: [{ limit: 1, window: 1m }] } } }
---
apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: { name: roads }
spec:
  rules:
    - { name: beta, matches: [{ condition: "request.headers['x-beta'] == '1' && request.time < timestamp('2026-06-01T00:00:00Z')" }] }
    - { name: rest }
`;

const [target] = checkPolicies(policies).targets;
if (!target) throw new Error("the policies are no good");
const program: Program = standalone(target.program, { keys: testKeysOf });
const subject = { ...target, program };
const NOW = 1_767_225_600_000_000_000n;

/** By policy and part, what these requests leave out. */
function missing(...descriptions: readonly string[]): Record<string, readonly string[]> {
  const collector = new CoverageCollector();
  const engine = interpreterEngine(program);
  collector.add(program);
  for (const text of descriptions) {
    const description: RequestDescription | undefined = readDescription(
      { path: "r", shown: "r", text },
      new Diagnostics(),
    );
    if (!description) throw new Error(text);
    const request = requestOf(description, subject, NOW);
    if (isRefused(request)) throw new Error(text);
    const outcome = engine.decide(request, NOW);
    collector.observe(program, { request, response: PLAIN_RESPONSE, at: NOW, outcome });
  }
  const { policies: all, covered, total, percent } = collector.coverage;
  expect(percent).toBe(Math.floor((covered / total) * 100));
  return Object.fromEntries(
    all.flatMap(({ policy, rules }) =>
      rules.map((rule) => [`${policy.replace("default/", "")} ${rule.origin.part}`, rule.missing]),
    ),
  );
}

test("nothing shows nothing", () => {
  expect(missing()).toEqual({
    "tokens jwtRules[0]": ["never matched"],
    "tokens jwtRules[1]": ["never matched"],
    "deny rules[0]": ["never matched", "never true: method is `GET`", "never true: path is `/secret`"],
    "deny rules[1]": ["never matched", "never true: path begins with `/s`"],
    "audit rules[0]": ["never matched", "never true: method is `POST`"],
    "tried limits.one": ["never counted a request", "never refused a request"],
    "roads rules[0]": [
      "never matched",
      "never true: `request.headers['x-beta'] == '1' && request.time < timestamp('2026-06-01T00:00:00Z')`",
    ],
    "roads rules[1]": ["never matched"],
  });
});

test("a rule shows what it is asked, and those behind the one that decides nothing", () => {
  const found = missing("path: /secret");
  expect(found["deny rules[0]"]).toEqual(["never false: method is `GET`", "never false: path is `/secret`"]);
  expect(found["deny rules[1]"]).toContain("never matched");
  expect(found["tried limits.one"]).toContain("never counted a request");
});

test("a limit that is only tried out refuses in what it would have done", () => {
  expect(missing("{}")["tried limits.one"]).toEqual(["never refused a request"]);
  expect(missing("{}", "{}")["tried limits.one"]).toEqual([]);
});

test("everything", () => {
  const found = missing(
    "path: /secret",
    "{ path: /secret, method: POST }",
    "{ token: { claims: { iss: a } } }",
    "{ token: { claims: { iss: b }, key: mallory } }",
    "{ headers: { x-beta: '1' } }",
  );
  expect(Object.values(found).flat()).toEqual([]);
});
