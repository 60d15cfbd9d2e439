// A request that has to wait, for keys or for the mesh's limits, is decided again from the beginning: whatever routing writes
// and notes, it writes and notes once.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Assembler, type PackagedFilter } from "../compiler/index.ts";
import { fakeClock, fakeGrpc, fakeUpstream, loadFilter, type FakeUpstream } from "../host/test-kit/jest.ts";
import { compileDocuments } from "./support/compile.ts";
import { keySet, makeKey, mint, type SigningKey } from "./support/tokens.ts";

const KEYS = "tollgate_jwks_id.test_443";

const route = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "all", namespace: "shop" },
  spec: {
    rules: [
      {
        filters: [
          {
            type: "CORS",
            cors: { allowOrigins: ["https://app.test"], allowCredentials: true, exposeHeaders: ["x-times"] },
          },
          {
            type: "RequestHeaderModifier",
            requestHeaderModifier: { add: [{ name: "x-times", value: "1" }] },
          },
          {
            type: "ResponseHeaderModifier",
            responseHeaderModifier: { add: [{ name: "x-times", value: "1" }] },
          },
        ],
        backendRefs: [{ name: "one", port: 80 }],
      },
    ],
  },
};
const policy = {
  apiVersion: "tollgate.dev/v1alpha1",
  kind: "HeaderRoutePolicy",
  metadata: { name: "who", namespace: "shop" },
  spec: {
    rules: [
      {
        request: { add: [{ name: "x-who", value: "{auth.claims.sub}" }] },
        response: { add: [{ name: "x-served", value: "{auth.claims.sub} at {request.path}" }] },
      },
    ],
  },
};
const tokens = {
  apiVersion: "security.istio.io/v1",
  kind: "RequestAuthentication",
  metadata: { name: "tokens", namespace: "shop" },
  spec: { jwtRules: [{ issuer: "id", jwksUri: "https://id.test/keys" }] },
};
const mesh = {
  apiVersion: "tollgate.dev/v1alpha1",
  kind: "RateLimitPolicy",
  metadata: { name: "mesh", namespace: "shop" },
  spec: {
    limits: {
      all: { scope: "mesh", algorithm: "fixedWindow", rates: [{ limit: 100, window: "1d" }] },
    },
  },
};
const bundle = {
  apiVersion: "tollgate.dev/v1alpha1",
  kind: "Bundle",
  metadata: { name: "waits" },
  spec: {
    backends: { "shop/one:80": "http://127.0.0.1:9000" },
    rateLimitService: { cluster: "counts", address: "127.0.0.1:8081", domain: "waits" },
  },
};

const assembler = new Assembler();
let filter: PackagedFilter;
let key: SigningKey;
let issuer: FakeUpstream;

beforeAll(async () => {
  ({ filter } = await compileDocuments([bundle, route, policy, tokens, mesh], assembler));
  key = await makeKey("ES256", "one");
});
afterAll(() => assembler.close());

test("what routing adds is added once, however often a request waits", async () => {
  issuer = fakeUpstream({ body: keySet(key), delay: "1s" });
  const clock = fakeClock("2030-01-01T00:00:00Z");
  const counts = fakeGrpc({
    "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit": () => undefined,
  });
  const running = await loadFilter(filter.wasm, { clock, clusters: { [KEYS]: issuer, counts } });
  const token = await mint(key, { iss: "id", sub: "kim" });
  const headers = { authorization: `Bearer ${token}`, origin: "https://app.test", "x-times": "0" };
  const exchange = await running.request({ path: "/a?b", headers });
  expect(exchange.state).toBe("waiting");
  expect(counts.calls).toHaveLength(0);
  await clock.advance("1s");
  expect(exchange.state).toBe("waiting");
  expect(counts.calls).toHaveLength(1);
  // OK, by `overall_code` 1.
  counts.calls[0]?.send(new Uint8Array([0x08, 0x01]));
  counts.calls[0]?.close();
  await clock.advance("1ms");
  expect(exchange.upstream?.headers.all("x-times")).toEqual(["0", "1"]);
  expect(exchange.upstream?.headers.all("x-who")).toEqual(["kim"]);
  expect(exchange.upstream?.headers.all("x-tollgate-cluster")).toEqual(["shop/one:80"]);
  expect(exchange.response.headers.all("x-times")).toEqual(["1"]);
  expect(exchange.response.headers.all("x-served")).toEqual(["kim at /a?b"]);
  expect(exchange.response.headers.all("vary")).toEqual(["origin"]);
  expect(exchange.response.headers.all("access-control-allow-origin")).toEqual(["https://app.test"]);
});

test("who is refused after having waited is told about other origins, and about nothing else", async () => {
  issuer = fakeUpstream({ body: keySet(key), delay: "1s" });
  const clock = fakeClock("2030-01-01T00:00:00Z");
  const counts = fakeGrpc({
    "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit": () => new Uint8Array([0x08, 0x02]),
  });
  const running = await loadFilter(filter.wasm, { clock, clusters: { [KEYS]: issuer, counts } });
  const token = await mint(key, { iss: "id", sub: "kim" });
  const headers = { authorization: `Bearer ${token}`, origin: "https://app.test" };
  const exchange = await running.request({ path: "/", headers });
  await clock.advance("1s");
  await clock.advance("1ms");
  expect(exchange.response.status).toBe(429);
  expect(exchange.response.headers.all("access-control-allow-origin")).toEqual(["https://app.test"]);
  expect(exchange.response.headers.all("vary")).toEqual(["origin"]);
  expect(exchange.response.headers.all("x-times")).toEqual([]);
  expect(exchange.response.headers.all("x-served")).toEqual([]);
});
