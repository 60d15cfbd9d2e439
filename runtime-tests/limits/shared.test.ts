// Limits of a whole proxy, compiled, in an Envoy of four workers under parallel load: what passes, what refusals give back, and
// what the counters say of it afterwards.
import { beforeAll, expect, test } from "@jest/globals";
import type { PackagedFilter } from "../../compiler/index.ts";
import { eventually } from "../../filters/testing/index.ts";
import { load } from "./load.ts";
import { compiled, withLimits, type LimitedProxy } from "./proxy.ts";

// Windows of which none ends within a test, and buckets of which no token comes back.
const POLICIES = `
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: shared, namespace: test }
spec:
  limits:
    small:
      when: [{ predicate: "request.url_path == '/small' || request.url_path == '/several'" }]
      rates: [{ limit: 100, window: 300d }]
    two-rates:
      when: [{ predicate: "request.url_path == '/two-rates' || request.url_path == '/several'" }]
      algorithm: fixedWindow
      rates: [{ limit: 60, window: 300d }, { limit: 70, window: 290d }]
    leased:
      when: [{ predicate: "request.url_path == '/leased' || request.url_path == '/several'" }]
      rates: [{ limit: 5000, window: 300d }]
    leased-window:
      when: [{ predicate: "request.url_path == '/leased-window' || request.url_path == '/several'" }]
      algorithm: fixedWindow
      key: [{ header: x-user }]
      rates: [{ limit: 3000, window: 300d }, { limit: 4000, window: 290d }]
    last:
      when: [{ predicate: "request.url_path == '/several'" }]
      algorithm: gcra
      rates: [{ limit: 20, window: 300d }]
    here:
      when: [{ predicate: "request.url_path == '/here'" }]
      rates: [{ limit: 10, window: 300d }]
      scope: worker
    tried-out:
      when: [{ predicate: "request.url_path == '/shadow'" }]
      rates: [{ limit: 3, window: 300d }]
      mode: Shadow
    few-keys:
      when: [{ predicate: "request.url_path == '/few-keys'" }]
      key: [{ header: x-user }]
      maxKeys: 8
      rates: [{ limit: 3, window: 300d }]
`;

const CONCURRENCY = 4;
let filter: PackagedFilter;
beforeAll(async () => {
  [{ filter }] = await compiled(POLICIES);
});

const run = (body: (proxy: LimitedProxy) => Promise<void>): Promise<void> =>
  withLimits(filter, { concurrency: CONCURRENCY }, body);

/** How many requests pass, of more than may. */
async function passing({ port }: LimitedProxy, path: string, requests: number): Promise<number> {
  const { 200: passed = 0, 429: refused = 0, ...others } = await load(port, path, requests);
  expect(others).toEqual({});
  expect(passed + refused).toBe(requests);
  return passed;
}

test("small limits are met exactly, large ones never exceeded and hardly missed, and the counters say so", () =>
  run(async (proxy) => {
    expect(await passing(proxy, "/small", 500)).toBe(100);
    expect(await passing(proxy, "/two-rates", 300)).toBe(60);
    const leased = await passing(proxy, "/leased", 6000);
    expect(leased).toBeLessThanOrEqual(5000);
    expect(leased).toBeGreaterThanOrEqual(4950);
    const window = await passing(proxy, "/leased-window", 4000);
    expect(window).toBeLessThanOrEqual(3000);
    expect(window).toBeGreaterThanOrEqual(2970);
    for (let i = 0; i < 8; i++) expect((await proxy.get("/shadow")).status).toBe(200);
    // One set of eight: each further key makes it forget one.
    for (let i = 0; i < 20; i++)
      expect((await proxy.get("/few-keys", [["x-user", `u${i}`]])).status).toBe(200);

    const counted = async (limit: string): Promise<object> => proxy.counted("test/shared", limit);
    await eventually(async () => {
      expect(await counted("small")).toEqual({
        allowed: 100,
        limited: 400,
        shadowed: 0,
        errors: 0,
        evictions: 0,
      });
      expect(await counted("two-rates")).toMatchObject({ allowed: 60, limited: 240 });
      expect(await counted("leased")).toMatchObject({ allowed: leased, limited: 6000 - leased });
      expect(await counted("leased-window")).toMatchObject({ allowed: window, limited: 4000 - window });
      expect(await counted("tried-out")).toMatchObject({ allowed: 3, shadowed: 5 });
      expect(await counted("few-keys")).toMatchObject({ allowed: 20, evictions: 12 });
      expect(await counted("last")).toMatchObject({ allowed: 0, limited: 0, errors: 0 });
    });
    const workers = Object.entries(await proxy.stats("listener.")).filter(
      ([name, count]) => /\.worker_\d+\.downstream_cx_total$/.test(name) && count > 0,
    );
    expect(workers.length).toBeGreaterThan(1);
  }));

test("what a flood of refused requests took of other limits is there again", () =>
  run(async (proxy) => {
    expect(await passing(proxy, "/several", 2000)).toBe(20);
    expect(await passing(proxy, "/small", 300)).toBe(80);
    expect(await passing(proxy, "/two-rates", 300)).toBe(40);
    const leased = await passing(proxy, "/leased", 6000);
    expect(leased).toBeLessThanOrEqual(4980);
    expect(leased).toBeGreaterThanOrEqual(4930);
    const window = await passing(proxy, "/leased-window", 4000);
    expect(window).toBeLessThanOrEqual(2980);
    expect(window).toBeGreaterThanOrEqual(2950);
  }));

test("workers that count for themselves allow as much each", () =>
  run(async (proxy) => {
    const passed = await passing(proxy, "/here", 1000);
    expect(passed % 10).toBe(0);
    expect(passed).toBeGreaterThan(10);
    expect(passed).toBeLessThanOrEqual(10 * CONCURRENCY);
  }));

test("two listeners with one filter share its limits, and their requests are counted once", () =>
  run(async (proxy) => {
    const { port, secondPort } = proxy;
    const both = await Promise.all([port, secondPort].map((at) => load(at, "/small", 200)));
    expect(both.reduce((sum, statuses) => sum + (statuses[200] ?? 0), 0)).toBe(100);
    await eventually(async () =>
      expect(await proxy.counted("test/shared", "small")).toMatchObject({ allowed: 100, limited: 300 }),
    );
  }));
