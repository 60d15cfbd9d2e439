// What responses say that their requests cost, in an Envoy: whatever the upstream says, and also where it says nothing.
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { PackagedFilter } from "../../compiler/index.ts";
import { eventually } from "../../filters/testing/index.ts";
import type { HttpAnswer } from "../support/http-client.ts";
import { openRequest } from "./client.ts";
import { compiled, withLimits, type LimitedProxy } from "./proxy.ts";

const policies = (scope: "worker" | "proxy"): string => `
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: told, namespace: test }
spec:
  limits:
    told:
      key: [{ header: x-user }]
      rates: [{ limit: 1000, window: 300d }]
      cost: { responseHeader: X-Cost }
      scope: ${scope}
    gate:
      when: [{ predicate: "request.url_path == '/gated'" }]
      rates: [{ limit: 1, window: 300d }]
      scope: ${scope}
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: early, namespace: test }
spec:
  phase: BeforeAuthentication
  limits:
    early:
      when: [{ predicate: "request.url_path == '/denied'" }]
      key: [{ header: x-user }]
      rates: [{ limit: 1000, window: 300d }]
      cost: { responseHeader: x-cost }
      scope: ${scope}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: gate, namespace: test }
spec:
  action: DENY
  rules: [{ to: [{ operation: { paths: ["/denied"] } }] }]
`;

/** What is said, and what it costs. */
const said: readonly (readonly [query: string, cost: number])[] = [
  ["", 1],
  ["cost=7", 7],
  ["cost=0", 0],
  ["cost=0007", 7],
  ["cost=5&cost=7&cost=6", 7],
  ["cost=5,7", 1],
  ["cost=-5", 1],
  ["cost=%2b5", 1],
  ["cost=1e3", 1],
  ["cost=0x10", 1],
  ["cost=5.0", 1],
  ["cost=many", 1],
  ["cost=", 1],
  ["cost=many&cost=9", 9],
  ["cost=1000", 1000],
  ["cost=99999999999999999999999999", 1000],
  ["cost=18446744073709551617", 1000],
  [`cost=${"9".repeat(2000)}`, 1000],
  [`cost=${"0".repeat(2000)}3`, 3],
];

let filters: Readonly<Record<"worker" | "proxy", PackagedFilter>>;
beforeAll(async () => {
  const [worker, proxy] = await compiled(policies("worker"), policies("proxy"));
  filters = { worker: worker.filter, proxy: proxy.filter };
});

describe.each([
  ["worker", 1],
  ["proxy", 4],
] as const)("scope: %s", (scope, concurrency) => {
  const run = (body: (proxy: LimitedProxy) => Promise<void>): Promise<void> =>
    withLimits(filters[scope], { concurrency }, body);

  /** What is left, by the answer to a request that costs nothing. */
  async function left(proxy: LimitedProxy, user: string, path = "/"): Promise<number> {
    return remaining(await proxy.get(`${path}?cost=0`, [["x-user", user]]));
  }
  function remaining({ status, headers }: HttpAnswer): number {
    if (status === 429) return 0;
    const field = headers.find(([name]) => name === "ratelimit")?.[1] ?? "";
    return Number(/;r=(\d+)/.exec(field)?.[1]);
  }

  test("is charged when it comes", () =>
    run(async (proxy) => {
      for (const [query, cost] of said) {
        const user = `u${query.slice(0, 100)}`;
        // What the client says of costs is nothing to the upstream's.
        const answer = await proxy.get(`/?${query}`, [
          ["x-user", user],
          ["x-cost", "0"],
        ]);
        expect([query, answer.status, remaining(answer)]).toEqual([query, 200, 1000]);
        expect([query, await left(proxy, user)]).toEqual([query, 1000 - cost]);
      }
    }));

  test("is 1 where no response comes", () =>
    run(async (proxy) => {
      const user = [["x-user", "ann"]] as const;
      expect((await proxy.get("/hang-up", user)).status).toBe(503);
      expect(await left(proxy, "ann")).toBe(999);
      for (let i = 1; i <= 5; i++) {
        const request = openRequest(proxy.port, "/hold", user);
        await proxy.upstream.holds(1);
        request.hangUp();
        await proxy.upstream.holds(0);
        await eventually(async () => expect(await left(proxy, "ann")).toBe(999 - i));
      }
    }));

  test("is nothing where another limit refuses, and 1 where something behind the limit does", () =>
    run(async (proxy) => {
      const user = [["x-user", "bob"]] as const;
      expect((await proxy.get("/gated?cost=3", user)).status).toBe(200);
      for (let i = 0; i < 5; i++) expect((await proxy.get("/gated?cost=3", user)).status).toBe(429);
      expect(await left(proxy, "bob")).toBe(997);
      for (let i = 0; i < 5; i++) expect(remaining(await proxy.get("/denied", user))).toBe(1000 - i);
      expect(await left(proxy, "bob")).toBe(997);
    }));

  test("of requests that were all let in at once is charged all the same", () =>
    run(async (proxy) => {
      const user = [["x-user", "eve"]] as const;
      const open = Array.from({ length: 20 }, () => openRequest(proxy.port, "/hold", user));
      await proxy.upstream.holds(20);
      for (let i = 0; i < 20; i++) proxy.upstream.release();
      expect(await Promise.all(open.map(({ status }) => status))).toEqual(Array(20).fill(200));
      expect(await left(proxy, "eve")).toBe(980);
      await proxy.get("/?cost=5000", user);
      expect((await proxy.get("/", user)).status).toBe(429);
    }));
});
