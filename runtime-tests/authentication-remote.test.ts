// Key sets that come over the network: at start, late, never, changed, broken, gone and back; time passes as the test says.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Assembler, type PackagedFilter } from "../compiler/index.ts";
import {
  fakeClock,
  fakeUpstream,
  loadFilter,
  type FakeClock,
  type FakeUpstream,
  type TestFilter,
} from "../host/test-kit/jest.ts";
import { compileDocuments } from "./support/compile.ts";
import { keySet, makeKey, mint, type SigningKey } from "./support/tokens.ts";

const CLUSTER = "tollgate_jwks_id.test_443";
const NOW = "2030-01-01T00:00:00Z";

const assembler = new Assembler();
let compiled: PackagedFilter;
let old: SigningKey;
let next: SigningKey;
let stranger: SigningKey;

beforeAll(async () => {
  [old, next, stranger] = await Promise.all([
    makeKey("RS256", "old"),
    makeKey("ES256", "next"),
    makeKey("ES256", "stranger"),
  ]);
  const policy = {
    apiVersion: "security.istio.io/v1",
    kind: "RequestAuthentication",
    metadata: { name: "a" },
    spec: {
      jwtRules: [
        {
          issuer: "id",
          jwksUri: "https://id.test/keys?v=1",
          timeout: "2s",
          outputClaimToHeaders: [{ header: "x-user", claim: "sub" }],
        },
      ],
    },
  };
  ({ filter: compiled } = await compileDocuments([policy], assembler));
});
afterAll(() => assembler.close());

let issuer: FakeUpstream;
let clock: FakeClock;
let filter: TestFilter;

beforeEach(async () => {
  issuer = fakeUpstream(publishes(old));
  clock = fakeClock(NOW);
  filter = await loadFilter(compiled.wasm, { clock, clusters: { [CLUSTER]: issuer } });
});

function publishes(...keys: SigningKey[]): { body: string } {
  return { body: keySet(...keys) };
}

type Exchange = Awaited<ReturnType<TestFilter["request"]>>;

async function ask(key: SigningKey | undefined, path = "/"): Promise<Exchange> {
  const token = key && (await mint(key, { iss: "id", sub: "kim" }));
  return filter.request({ path, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
}

const details = "tollgate:authentication:default/a:jwtRules[0]";
const unavailable = { status: 503, details, headers: { "retry-after": "1" } };
const refused = { status: 401, details, headers: { "www-authenticate": 'Bearer error="invalid_token"' } };
const kim = { headers: { "x-user": "kim", authorization: null } };

test("is fetched at start, once, and serves", async () => {
  await clock.advance("1ms");
  expect(issuer.requests).toMatchObject([{ method: "GET", path: "/keys?v=1", authority: "id.test" }]);
  expect(await ask(old)).toReachUpstreamWith(kim);
  // A set that has just come is not worth asking for again.
  expect(await ask(stranger)).toBeLocalResponse(refused);
  expect(await ask(undefined)).toReachUpstreamWith({ path: "/" });
  expect(issuer.requests).toHaveLength(1);
});

test("beside policies that count, limit and route, on one timer", async () => {
  const remote = {
    apiVersion: "security.istio.io/v1",
    kind: "RequestAuthentication",
    metadata: { name: "a" },
    spec: { jwtRules: [{ issuer: "id", jwksUri: "https://id.test/keys" }] },
  };
  const audit = {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "b" },
    spec: { action: "AUDIT", rules: [{ from: [{ source: { requestPrincipals: ["id/kim"] } }] }] },
  };
  const limits = {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "RateLimitPolicy",
    metadata: { name: "c" },
    spec: { limits: { all: { rates: [{ limit: 1, window: "1h" }], scope: "worker" } } },
  };
  const route = {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "HeaderRoutePolicy",
    metadata: { name: "d" },
    spec: { rules: [{ response: { set: [{ name: "x-seen", value: "yes" }] } }] },
  };
  const all = await compileDocuments([remote, audit, limits, route], assembler);
  issuer = fakeUpstream({ ...publishes(old), delay: "1s" });
  clock = fakeClock(NOW);
  filter = await loadFilter(all.filter.wasm, { clock, clusters: { [CLUSTER]: issuer } });
  await clock.advance("1ms");
  expect(issuer.requests).toHaveLength(1);
  const [waiting, second] = [await ask(old), await ask(old)];
  expect(waiting).toBeWaiting();
  await clock.advance("1s");
  expect(waiting).toReachUpstreamWith({ headers: { authorization: null } });
  expect(waiting).toHaveResponseHeader("x-seen", "yes");
  // A request that waited is counted once, by whatever counts.
  expect(second).toBeLocalResponse({ status: 429 });
  await clock.advance("2s");
  expect(filter).toHaveCounted("tollgate.authorization.default/b.audit.matched", 2);
});

describe("before the first set", () => {
  test("a request waits for it, others do not", async () => {
    issuer.answer({ ...publishes(old), delay: "1s" });
    const waiting = await ask(old);
    expect(waiting).toBeWaiting();
    expect(await ask(undefined)).toReachUpstreamWith({ path: "/" });
    const bad = await ask(stranger);
    expect(bad).toBeWaiting();
    await clock.advance("999ms");
    expect(waiting).toBeWaiting();
    await clock.advance("1ms");
    expect(waiting).toReachUpstreamWith(kim);
    expect(bad).toBeLocalResponse(refused);
    expect(issuer.requests).toHaveLength(1);
  });

  test("an expired token waits for nothing", async () => {
    issuer.answer("nothing");
    const token = await mint(old, { iss: "id", exp: 1 });
    const exchange = await filter.request({ headers: { authorization: `Bearer ${token}` } });
    expect(exchange).toBeLocalResponse(refused);
  });

  test.each([
    ["never answers", "nothing", "2s"],
    ["breaks off", "reset", "0s"],
    ["answers 500", { status: 500 }, "0s"],
    ["answers with no set", { body: "<html>" }, "0s"],
    ["answers with nothing", { body: "" }, "0s"],
    ["answers with an empty set", { body: '{"keys":[]}' }, "0s"],
    [
      "answers with secrets",
      { body: '{"keys":[{"kty":"oct","k":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"}]}' },
      "0s",
    ],
    ["answers with too much", { body: " ".repeat(70_000) }, "0s"],
  ] as const)("an issuer that %s: 503, and tried again", async (_, answer, after) => {
    issuer.answer(answer);
    const waiting = await ask(old);
    await clock.advance(after);
    expect(waiting).toBeLocalResponse(unavailable);
    // Nobody waits while nothing is under way, and no request makes the issuer be asked.
    expect(await ask(old)).toBeLocalResponse(unavailable);
    expect(issuer.requests).toHaveLength(1);
    expect(filter).toHaveLogged("warn", `tollgate: the key set of ${CLUSTER} cannot be fetched`);
    issuer.answer(publishes(old));
    await clock.advance("3s");
    expect(issuer.requests).toHaveLength(2);
    expect(await ask(old)).toReachUpstreamWith(kim);
    expect(filter).toHaveLogged("info", /there again/);
  });

  test("an unknown cluster: 503", async () => {
    filter = await loadFilter(compiled.wasm, { clock });
    expect(await ask(old)).toBeLocalResponse(unavailable);
    await clock.advance("1m");
    expect(await ask(old)).toBeLocalResponse(unavailable);
    expect(filter.logs.filter(({ level }) => level === "warn")).toHaveLength(1);
  });

  test("clients that go leave nothing behind", async () => {
    issuer.answer({ ...publishes(old), delay: "1s" });
    const token = await mint(old, { iss: "id", sub: "kim" });
    const gone = filter.stream();
    expect(gone.requestHeaders({ headers: { authorization: `Bearer ${token}` } }, "end")).toBe("wait");
    gone.disconnect();
    const stays = await ask(old);
    await clock.advance("1s");
    expect(stays).toReachUpstreamWith(kim);
    expect(gone.state).toBe("disconnected");
  });

  test("a bounded number waits, the rest are told to come again", async () => {
    issuer.answer({ ...publishes(old), delay: "1s" });
    const token = await mint(old, { iss: "id", sub: "kim" });
    const all = Array.from({ length: 1030 }, () => {
      const exchange = filter.stream();
      exchange.requestHeaders({ headers: { authorization: `Bearer ${token}` } }, "end");
      return exchange;
    });
    expect(all.filter((exchange) => exchange.state === "waiting")).toHaveLength(1024);
    expect(all[1024]).toBeLocalResponse(unavailable);
    await clock.advance("1s");
    expect(all.filter((exchange) => exchange.upstream)).toHaveLength(1024);
  });
});

describe("rotation", () => {
  beforeEach(() => clock.advance("1ms"));

  test("a set is fetched anew every five minutes, give or take a tenth", async () => {
    await clock.advance("4m");
    expect(issuer.requests).toHaveLength(1);
    issuer.answer(publishes(next));
    await clock.advance("2m");
    expect(issuer.requests).toHaveLength(2);
    expect(await ask(next)).toReachUpstreamWith(kim);
  });

  test("what was verified by a key that is gone is good no more", async () => {
    expect(await ask(old)).toReachUpstreamWith(kim);
    issuer.answer(publishes(next));
    await clock.advance("6m");
    const exchange = await ask(old);
    // Perhaps the issuer has it again by now: asked once more, then refused.
    expect(exchange).toBeLocalResponse(refused);
  });

  test("a token that names an unknown key has the set fetched, at most every ten seconds", async () => {
    await clock.advance("10s");
    issuer.answer(publishes(old, next));
    expect(await ask(next)).toReachUpstreamWith(kim);
    expect(issuer.requests).toHaveLength(2);
    for (let i = 0; i < 20; i++) expect(await ask(stranger)).toBeLocalResponse(refused);
    expect(issuer.requests).toHaveLength(2);
    await clock.advance("10s");
    expect(await ask(stranger)).toBeLocalResponse(refused);
    expect(issuer.requests).toHaveLength(3);
    // A known key and a wrong signature are no reason to ask.
    await clock.advance("10s");
    expect(await ask({ ...stranger, kid: "old" })).toBeLocalResponse(refused);
    expect(await ask({ ...stranger, kid: undefined })).toBeLocalResponse(refused);
    expect(issuer.requests).toHaveLength(3);
  });

  test("requests with unknown keys wait together for one answer", async () => {
    await clock.advance("10s");
    issuer.answer({ ...publishes(next), delay: "1s" });
    const exchanges = await Promise.all([ask(next), ask(stranger), ask(next)]);
    for (const exchange of exchanges) expect(exchange).toBeWaiting();
    expect(await ask(old)).toReachUpstreamWith(kim);
    await clock.advance("1s");
    expect(exchanges[0]).toReachUpstreamWith(kim);
    expect(exchanges[1]).toBeLocalResponse(refused);
    expect(exchanges[2]).toReachUpstreamWith(kim);
    expect(issuer.requests).toHaveLength(2);
    expect(await ask(old)).toBeLocalResponse(refused);
  });
});

describe("outage", () => {
  beforeEach(() => clock.advance("1ms"));

  test("the last good set serves for an hour, and the issuer is asked again and again, but not often", async () => {
    expect(await ask(old)).toReachUpstreamWith(kim);
    issuer.answer({ status: 503 });
    await clock.advance("59m");
    expect(await ask(old)).toReachUpstreamWith(kim);
    expect(issuer.requests.length).toBeGreaterThan(30);
    expect(issuer.requests.length).toBeLessThan(80);
    await clock.advance("1m");
    await clock.advance("1s");
    // What was kept of it counts no longer, either.
    expect(await ask(old)).toBeLocalResponse(unavailable);
    expect(filter).toHaveLogged("error", /too old/);
    issuer.answer(publishes(old));
    await clock.advance("2m");
    expect(await ask(old)).toReachUpstreamWith(kim);
  });

  test("a broken answer changes nothing", async () => {
    issuer.answer({ body: '{"keys":[{"kty":"RSA"}]}' });
    await clock.advance("10m");
    expect(await ask(old)).toReachUpstreamWith(kim);
  });
});
