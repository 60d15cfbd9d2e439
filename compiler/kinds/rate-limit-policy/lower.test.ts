// What each field of a limit becomes in a program.
import { describe, expect, test } from "@jest/globals";
import { holds, type Request } from "../../ir/interpret.ts";
import type { Limit } from "../../ir/program.ts";
import { lowered, passes } from "../../testing/lowered.ts";
import { rateLimit } from "../../testing/policies.ts";

const RATES = "rates: [{ limit: 5, window: 1m }]";

function limitsOf(spec: string): readonly Limit[] {
  return lowered(rateLimit(spec)).program.limits;
}

/** The only limit of a policy. */
function limitOf(fields: string, policy = ""): Limit {
  const [limit] = limitsOf(`${policy}  limits: { a: { ${fields} } }\n`);
  if (!limit) throw new Error("no limit");
  return limit;
}

test("what holds where fields are absent", () => {
  expect(limitOf(RATES)).toMatchObject({
    origin: { policy: "default/a", part: "limits.a" },
    name: "a",
    phase: "after-authorization",
    when: { op: "constant", value: true },
    key: [],
    algorithm: "token-bucket",
    rates: [{ item: "a", limit: 5, window: 60_000_000_000n, burst: 5, words: "5 per 1m, burst 5" }],
    cost: { kind: "constant", value: 1 },
    scope: "proxy",
    maxKeys: 100_000,
    shadow: false,
    answer: { headers: [] },
    onError: "deny",
    fields: "draft",
  });
});

test("what is said of the whole policy", () => {
  const policy = "  phase: BeforeAuthentication\n  headers: XRateLimit\n  trustedHops: 2\n";
  const limit = limitOf(`${RATES}, key: [{ sourceCIDR: { v4: 24 } }]`, policy);
  expect(limit).toMatchObject({
    phase: "before-authentication",
    fields: "x-rate-limit",
    key: [{ kind: "peer", v4Bits: 24, v6Bits: 64, hops: 2 }],
  });
  expect(limitOf(RATES, "  headers: Off\n").fields).toBe("off");
});

describe("rates", () => {
  test.each([
    ["gcra", "{ limit: 5, window: 1h30m, burst: 9 }", "gcra", 9, 5_400_000_000_000n, "5 per 1h30m, burst 9"],
    ["slidingWindow", "{ limit: 5, window: 500ms }", "sliding-window", 5, 500_000_000n, "5 per 500ms"],
    ["fixedWindow", "{ limit: 5, window: 1d }", "fixed-window", 5, 86_400_000_000_000n, "5 per 1d"],
    ["concurrency", "{ limit: 5 }", "concurrency", 5, 0n, "5 under way"],
  ])("%s", (written, rate, algorithm, burst, window, words) => {
    const limit = limitOf(`algorithm: ${written}, rates: [${rate}]`);
    expect(limit).toMatchObject({ algorithm, rates: [{ item: "a", limit: 5, burst, window, words }] });
  });

  test("several have their windows in their names", () => {
    const { rates } = limitOf("rates: [{ limit: 5, window: 1s }, { limit: 100, window: 60s }]");
    expect(rates.map(({ item }) => item)).toEqual(["a-1s", "a-60s"]);
  });
});

test("keys", () => {
  const { key } = limitOf(
    `${RATES}, key: [{ header: X-User }, { header: Host }, { query: "ü" }, { cookie: S }, { claim: a.b/c }, { claim: [a, "é"] }, { path: {} }, { expression: "request.method" }]`,
  );
  expect(key).toMatchObject([
    { kind: "header", name: "x-user" },
    { kind: "host" },
    { kind: "query", name: "\u00c3\u00bc" },
    { kind: "cookie", name: "S" },
    { kind: "claim", path: ["a.b/c"] },
    { kind: "claim", path: ["a", "\u00c3\u00a9"] },
    { kind: "path" },
    { kind: "cel", expression: { text: "request.method", type: "string" } },
  ]);
});

describe("cost", () => {
  test.each([
    ["7", { kind: "constant", value: 7 }],
    ['"7u"', { kind: "cel", expression: { type: "int" } }],
    ['"7"', { kind: "constant", value: 7 }],
    [`"request.method == 'GET' ? 1 : 3"`, { kind: "cel", expression: { type: "int" } }],
    ["{ responseHeader: X-Cost }", { kind: "response-header", name: "x-cost" }],
  ])("%s", (written, cost) => {
    const rates = "rates: [{ limit: 50, window: 1m }]";
    expect(limitOf(`${rates}, cost: ${written}`).cost).toMatchObject(cost);
  });
});

describe("when", () => {
  const get: Request = { headers: [[":method", "GET"]] };
  const post: Request = { headers: [[":method", "POST"]] };
  const limit = limitOf(
    `${RATES}, when: [{ predicate: "request.method != 'GET'" }, { predicate: "request.headers['x-a'] != 'free'" }]`,
  );

  test("all of it must hold", () => {
    expect(holds(limit.when, get)).toBe(false);
    expect(holds(limit.when, { headers: [...post.headers, ["x-a", "free"]] })).toBe(false);
    expect(holds(limit.when, { headers: [...post.headers, ["x-a", "paid"]] })).toBe(true);
  });

  test("where an expression errors, the request counts", () => {
    expect(holds(limit.when, post)).toBe(true);
    expect(holds(limit.when, { headers: [...post.headers, ["x-a", "free"], ["x-a", "free"]] })).toBe(true);
    const { when } = limitOf(`${RATES}, when: [{ predicate: "!(request.url_path == '/a')" }]`);
    expect(holds(when, { headers: [] })).toBe(true);
  });

  test("others pass without counting", () => {
    const { program } = lowered(
      rateLimit(`  limits: { a: { when: [{ predicate: "request.method != 'GET'" }], cost: 5, ${RATES} } }\n`),
    );
    expect(passes(program, get)).toBe(true);
  });
});

test("answers", () => {
  const onLimit = `onLimit: { status: 503, body: "ä", headers: { X-Reason: "é" } }`;
  expect(limitOf(`${RATES}, mode: Shadow, ${onLimit}`)).toMatchObject({
    shadow: true,
    answer: { status: 503, body: "\u00c3\u00a4", headers: [["x-reason", "\u00c3\u00a9"]] },
  });
});

describe("a mesh", () => {
  const limits =
    "  limits: { a: { scope: mesh, algorithm: fixedWindow, onError: Allow, rates: [{ limit: 5, window: 1m }] } }\n";
  const bundle = (service: string): string =>
    `---\napiVersion: tollgate.dev/v1alpha1\nkind: Bundle\nmetadata: { name: shop }\nspec: { rateLimitService: ${service} }\n`;

  test("asks the bundle's service", () => {
    const { program } = lowered(rateLimit(limits) + bundle("{ cluster: counts }"));
    expect(program.limits).toMatchObject([{ scope: "mesh", onError: "allow", algorithm: "fixed-window" }]);
    expect(program.rateLimitService).toEqual({ cluster: "counts", timeoutMs: 20, domain: "shop" });
  });

  test("with all that may be said of it", () => {
    const service = '{ cluster: "outbound|8081||a.b", address: "[::1]:8081", timeout: 1s, domain: edge }';
    expect(lowered(rateLimit(limits) + bundle(service)).program.rateLimitService).toEqual({
      cluster: "outbound|8081||a.b",
      address: { host: "::1", port: 8081 },
      timeoutMs: 1000,
      domain: "edge",
    });
  });

  test("that nobody asks is not in the program", () => {
    const { program } = lowered(rateLimit(limits.replace("mesh", "worker")) + bundle("{ cluster: counts }"));
    expect(program).not.toHaveProperty("rateLimitService");
  });
});
