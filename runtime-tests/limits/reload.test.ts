// A filter that takes over from another in a running Envoy: counts that all workers share go on where name, key, algorithm and
// rates are what they were, and start anew where not.
import { beforeAll, expect, test } from "@jest/globals";
import type { PackagedFilter } from "../../compiler/index.ts";
import { eventually } from "../../filters/testing/index.ts";
import { openRequest } from "./client.ts";
import { load } from "./load.ts";
import { compiled, withLimits, type LimitedProxy } from "./proxy.ts";

const CONCURRENCY = 4;

interface Changing {
  readonly version: string;
  /** What two versions differ in. */
  readonly rate: number;
  readonly key: string;
  readonly algorithm: string;
  readonly name: string;
  /** And what makes no other limit of one. */
  readonly body: string;
}

const policies = (changing: Changing): string => `
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: shared, namespace: test }
spec:
  limits:
    kept:
      when: [{ predicate: "request.url_path == '/kept'" }]
      key: [{ header: x-user }]
      rates: [{ limit: 10, window: 300d }]
      onLimit: { body: "${changing.body}" }
    leased:
      when: [{ predicate: "request.url_path == '/leased'" }]
      rates: [{ limit: 4000, window: 300d }]
    under-way:
      when: [{ predicate: "request.url_path == '/hold'" }]
      algorithm: concurrency
      rates: [{ limit: 3 }]
    rated:
      when: [{ predicate: "request.url_path == '/rated'" }]
      rates: [{ limit: ${changing.rate}, window: 300d }]
    keyed:
      when: [{ predicate: "request.url_path == '/keyed'" }]
      key: [{ header: ${changing.key} }]
      rates: [{ limit: 10, window: 300d }]
    counted:
      when: [{ predicate: "request.url_path == '/counted'" }]
      algorithm: ${changing.algorithm}
      rates: [{ limit: 10, window: 300d }]
    ${changing.name}:
      when: [{ predicate: "request.url_path == '/named'" }]
      rates: [{ limit: 10, window: 300d }]
---
apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: { name: version, namespace: test }
spec: { rules: [{ response: { set: [{ name: x-version, value: ${changing.version} }] } }] }
`;

let first: PackagedFilter;
let second: PackagedFilter;
beforeAll(async () => {
  const changing = { rate: 10, key: "x-user", algorithm: "tokenBucket", name: "named", body: "no" };
  const other = { rate: 12, key: "x-other", algorithm: "fixedWindow", name: "renamed", body: "not now" };
  [{ filter: first }, { filter: second }] = await compiled(
    policies({ ...changing, version: "v1" }),
    policies({ ...other, version: "v2" }),
  );
});

const all = ["/kept", "/rated", "/keyed", "/counted", "/named"];

/** How many pass by each limit, of more than may. */
async function passing(proxy: LimitedProxy, requests = 40): Promise<(number | undefined)[]> {
  const passed: (number | undefined)[] = [];
  for (const path of all) {
    const statuses = await load(proxy.port, path, requests, () => [["x-user", "ann"]]);
    passed.push(statuses[200] ?? 0);
  }
  return passed;
}

/** Puts another filter in place, and waits until every worker has it. */
async function replace(proxy: LimitedProxy, filter: PackagedFilter, version: string): Promise<void> {
  await proxy.replace(filter);
  await eventually(async () => {
    const answers = await Promise.all(Array.from({ length: 32 }, () => proxy.get("/free")));
    for (const { headers } of answers) expect(headers).toContainEqual(["x-version", version]);
  });
}

test("counts go on where they mean the same, and start anew where not", () =>
  withLimits(first, { concurrency: CONCURRENCY }, async (proxy) => {
    expect(await passing(proxy, 4)).toEqual([4, 4, 4, 4, 4]);
    const before = (await load(proxy.port, "/leased", 1500))[200] ?? 0;
    expect(before).toBe(1500);

    await replace(proxy, second, "v2");
    expect(await passing(proxy)).toEqual([6, 12, 10, 10, 10]);
    // What the worker that went had on lease is lost, and no more.
    const after = (await load(proxy.port, "/leased", 4000))[200] ?? 0;
    expect(after).toBeLessThanOrEqual(2500);
    expect(after).toBeGreaterThanOrEqual(2460);
    expect((await proxy.get("/kept", [["x-user", "ann"]])).body).toBe("not now");

    // Back again: what the first version counted is still so.
    await replace(proxy, first, "v1");
    expect(await passing(proxy)).toEqual([0, 6, 6, 6, 6]);
    expect((await proxy.get("/kept", [["x-user", "bob"]])).status).toBe(200);
  }));

test("requests under way under the one count under the other, and are given back", () =>
  withLimits(first, { concurrency: CONCURRENCY }, async (proxy) => {
    const { port, upstream } = proxy;
    const open = Array.from({ length: 3 }, () => openRequest(port, "/hold"));
    await upstream.holds(3);
    await replace(proxy, second, "v2");
    expect((await proxy.get("/hold")).status).toBe(429);
    for (let i = 0; i < 3; i++) upstream.release();
    expect(await Promise.all(open.map(({ status }) => status))).toEqual([200, 200, 200]);
    for (let i = 0; i < 3; i++) {
      await eventually(async () => {
        const request = openRequest(port, "/hold");
        await Promise.race([request.status, upstream.holds(i + 1)]);
        expect(upstream.held()).toBe(i + 1);
      });
    }
    expect((await proxy.get("/hold")).status).toBe(429);
  }));
