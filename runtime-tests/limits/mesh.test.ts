// Limits of a mesh, compiled, in an Envoy with the real service and its Redis: beside tokens, observers, limits in front of
// everything and routes, all of which must see a request that waits for the service as the one request it is.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { PackagedFilter } from "../../compiler/index.ts";
import { renderRateLimitConfig } from "../../compiler/ratelimit-config/config.ts";
import { rateLimitConfigOf } from "../../compiler/ratelimit-config/limits.ts";
import { eventually } from "../../filters/testing/index.ts";
import type { RunningRateLimitService } from "../rate-limit-service/service.ts";
import { rateLimitServiceForTests } from "../rate-limit-service/testing.ts";
import type { HttpAnswer } from "../support/http-client.ts";
import { keySet, makeKey, mint, type SigningKey } from "../support/tokens.ts";
import { compiled, withLimits, type LimitedProxy } from "./proxy.ts";

/** The service may have to be built first, and a Go installed for that. */
const BUILD_TIMEOUT_MS = 20 * 60_000;

const SMALL = 4;
const EARLY = 50;
const CONCURRENCY = 1;

const policies = (jwks: string, port: number, served: string): string => `
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec: { rateLimitService: { cluster: counts, address: "127.0.0.1:${port}", timeout: 10s, domain: shop } }
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: tokens, namespace: test }
spec:
  jwtRules:
    - issuer: id
      jwks: '${jwks}'
      fromHeaders: [{ name: x-token }]
      outputClaimToHeaders: [{ header: x-tenant, claim: tenant }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: seen, namespace: test }
spec: { action: AUDIT, rules: [{ from: [{ source: { requestPrincipals: ["id/*"] } }] }] }
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: early, namespace: test }
spec:
  phase: BeforeAuthentication
  limits:
    early: { rates: [{ limit: ${EARLY}, window: 300d }], scope: worker }
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: mesh, namespace: test }
spec:
  limits:
    small:
      when: [{ predicate: "request.url_path != '/allow'" }]
      key: [{ claim: tenant }]
      scope: mesh
      algorithm: fixedWindow
      rates: [{ limit: ${SMALL}, window: 1d }]
    lenient:
      when: [{ predicate: "request.url_path == '/allow'" }]
      key: [{ claim: tenant }]
      scope: mesh
      algorithm: fixedWindow
      rates: [{ limit: ${SMALL}, window: 1d }]
      onError: Allow
    beside:
      rates: [{ limit: 1000, window: 300d }]
      scope: proxy
    busy:
      algorithm: concurrency
      rates: [{ limit: 2 }]
---
apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: { name: route, namespace: test }
spec: { rules: [{ request: { set: [{ name: x-routed, value: yes }] }, response: { set: [{ name: x-served, value: ${served} }] } }] }
`;

let service: RunningRateLimitService | undefined;
let filter: PackagedFilter;
let next: PackagedFilter;
let key: SigningKey;

beforeAll(async () => {
  service = await rateLimitServiceForTests({
    config: [renderRateLimitConfig({ domain: "shop", limits: [] })],
  });
  if (service === undefined) return;
  key = await makeKey("HS256", "k");
  const { grpcPort } = service;
  const versions = ["yes", "next"].map((served) => policies(keySet(key), grpcPort, served));
  const [made, other] = await compiled(...versions);
  if (!made || !other) throw new Error("not all was compiled");
  filter = made.filter;
  next = other.filter;
  const config = rateLimitConfigOf([made.program]);
  if (!config) throw new Error("no limit is a mesh's");
  await service.reloadConfig([renderRateLimitConfig(config)]);
}, BUILD_TIMEOUT_MS);
afterAll(() => service?.stop());
beforeEach(() => service?.redis.flush());

const dayOf = (): number => Math.floor(Date.now() / 86_400_000);

/** Runs `body` in front of the service where there is one; once more, counts and all anew, where a day ended meanwhile. */
async function run(
  body: (proxy: LimitedProxy, service: RunningRateLimitService) => Promise<void>,
): Promise<void> {
  const running = service;
  if (running === undefined) return;
  const day = dayOf();
  try {
    await withLimits(filter, { concurrency: CONCURRENCY }, (proxy) => body(proxy, running));
  } catch (error) {
    if (dayOf() === day) throw error;
    await running.redis.flush();
    await withLimits(filter, { concurrency: CONCURRENCY }, (proxy) => body(proxy, running));
  }
}

async function ask(proxy: LimitedProxy, tenant: string, path = "/"): Promise<HttpAnswer> {
  const token = await mint(key, { iss: "id", sub: "kim", tenant });
  return proxy.get(path, [["x-token", token]]);
}

function one({ headers }: HttpAnswer, name: string): string {
  return headers.flatMap(([n, value]) => (n === name ? [value] : [])).join(" and ");
}

/** No request that reached the upstream carried a token, and each what the stages behind it wrote, once. */
function expectWhole({ upstream }: LimitedProxy, tenants: readonly string[]): void {
  const of = (name: string): (string | undefined)[] =>
    upstream.seen.map((headers) =>
      headers.flatMap(([n, value]) => (n === name ? [value] : [])).join(" and "),
    );
  expect(of("x-token")).toEqual(tenants.map(() => ""));
  expect(of("x-tenant")).toEqual(tenants);
  expect(of("x-routed")).toEqual(tenants.map(() => "yes"));
}

test("a request that waits is one request, and its answer tells of all limits", () =>
  run(async (proxy) => {
    const tenants = ["a", "a", "a", "a", "b"];
    for (const [i, tenant] of tenants.entries()) {
      const answer = await ask(proxy, tenant);
      expect(answer.status).toBe(200);
      expect(one(answer, "x-served")).toBe("yes");
      const left = tenant === "a" ? SMALL - 1 - i : SMALL - 1;
      expect(one(answer, "ratelimit").replace(/;t=\d+/g, "")).toBe(
        `"early";r=${EARLY - 1 - i}, "small";r=${left}, "beside";r=${999 - i}, "busy";r=1`,
      );
      expect(one(answer, "ratelimit-policy")).toBe(
        `"early";q=${EARLY};w=25920000, "small";q=${SMALL};w=86400, "beside";q=1000;w=25920000, "busy";q=2;qu="concurrent-requests"`,
      );
    }
    for (let i = 0; i < 3; i++) {
      const refused = await ask(proxy, "a");
      expect(refused.status).toBe(429);
      expect(one(refused, "x-tollgate-details")).toBe("tollgate:rate-limiting:test/mesh:limits.small");
      expect(one(refused, "ratelimit-policy")).toContain(`"small";q=${SMALL};w=86400`);
      expect(Number(one(refused, "retry-after"))).toBeGreaterThan(0);
    }
    expectWhole(proxy, tenants);
    // Refusals took nothing of the limits beside.
    expect(one(await ask(proxy, "c"), "ratelimit")).toMatch(/"beside";r=994;/);
    await eventually(async () => {
      expect(await proxy.counted("test/mesh", "small")).toMatchObject({ allowed: 6, limited: 3, errors: 0 });
      expect(await proxy.counted("test/mesh", "beside")).toMatchObject({ allowed: 6, limited: 0 });
      expect(await proxy.counted("test/early", "early")).toMatchObject({ allowed: 9, limited: 0 });
      const audit = await proxy.stats("wasmcustom.tollgate.authorization.test/seen.");
      expect(Object.entries(audit).filter(([, count]) => count > 0)).toEqual([
        [expect.stringMatching(/\.audit\.matched$/), 9],
      ]);
    });
  }));

test("what comes in front of everything is counted once, and ends waiting too", () =>
  run(async (proxy) => {
    const statuses: number[] = [];
    for (let i = 0; i < EARLY + 5; i++) statuses.push((await ask(proxy, `t${i}`)).status);
    expect(statuses).toEqual([...Array<number>(EARLY).fill(200), ...Array<number>(5).fill(429)]);
  }));

test("while the service is away `onError` decides, and all else is as ever", () =>
  run(async (proxy, service) => {
    expect((await ask(proxy, "a")).status).toBe(200);
    expect((await ask(proxy, "a", "/allow")).status).toBe(200);
    await service.kill();
    try {
      for (let i = 0; i < 5; i++) {
        const refused = await ask(proxy, `away-${i}`);
        expect(refused.status).toBe(503);
        expect(one(refused, "x-tollgate-details")).toBe("tollgate:rate-limiting:test/mesh:limits.small");
        const passed = await ask(proxy, `away-${i}`, "/allow");
        expect(passed.status).toBe(200);
        expect(one(passed, "ratelimit")).not.toContain("lenient");
      }
      const tenants = ["a", "a", ...Array.from({ length: 5 }, (_, i) => `away-${i}`)];
      expectWhole(proxy, tenants);
      await eventually(async () => {
        expect(await proxy.counted("test/mesh", "small")).toMatchObject({ allowed: 1, errors: 5 });
        expect(await proxy.counted("test/mesh", "lenient")).toMatchObject({ allowed: 1, errors: 5 });
        expect(await proxy.counted("test/mesh", "beside")).toMatchObject({ allowed: 7 });
      });
    } finally {
      await service.start();
    }
    await eventually(async () => expect((await ask(proxy, "b")).status).toBe(200));
  }));

test("bad tokens ask nobody, and those that wait hold no place", () =>
  run(async (proxy, service) => {
    const { redis } = service;
    const before = await redis.calls("incrby");
    for (let i = 0; i < 5; i++) expect((await proxy.get("/", [["x-token", "a.b.c"]])).status).toBe(401);
    expect(await redis.calls("incrby")).toBe(before);
    // Two may be under way; what waits for the service is not yet.
    service.freeze();
    const waiting = Array.from({ length: 2 }, (_, i) => ask(proxy, `w${i}`));
    service.thaw();
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    for (let i = 0; i < 5; i++)
      await eventually(async () => expect((await ask(proxy, `x${i}`)).status).toBe(200));
  }));

test("requests that wait while the filter is replaced are answered, and the service's counts go on", () =>
  run(async (proxy, service) => {
    for (let i = 0; i < SMALL - 1; i++) expect((await ask(proxy, "a")).status).toBe(200);
    service.freeze();
    const waiting = [ask(proxy, "a"), ask(proxy, "b")];
    try {
      await proxy.replace(next);
    } finally {
      service.thaw();
    }
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    await eventually(async () => expect(one(await ask(proxy, "c"), "x-served")).toBe("next"));
    expect((await ask(proxy, "a")).status).toBe(429);
    expect((await ask(proxy, "b")).status).toBe(200);
  }));
