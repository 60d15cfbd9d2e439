import { describe, expect, test } from "@jest/globals";
import { startUpstream } from "../testing/servers.ts";
import { compileBytes } from "../testing/compile.ts";
import { fakeUpstream, loadFilter, type ClusterInit, type TestFilter } from "./jest.ts";

const withAuth = (auth: ClusterInit): Promise<TestFilter> =>
  loadFilter(compileBytes("callouts"), { clusters: { auth } });

describe("an upstream", () => {
  test("answers the same each time, and keeps what it was asked", async () => {
    const auth = fakeUpstream({ headers: { "x-user": "kim" }, body: "some", trailers: { "x-end": "yes" } });
    const filter = await withAuth(auth);
    expect(await filter.request({ path: "/post" })).toReachUpstreamWith({ headers: { "x-user": "kim" } });
    await filter.request({ path: "/b" });
    expect(auth.requests.map(({ method, path, authority, body }) => [method, path, authority, body])).toEqual(
      [
        ["POST", "/post", "auth.test", "question"],
        ["GET", "/b", "auth.test", ""],
      ],
    );
    expect(auth.requests[0]?.headers.get("X-One")).toBe("1");
    expect(filter).toHaveLogged("info", ":status=200 body=some trailer=yes");
  });

  test("answers one thing after the other, the last one from then on", async () => {
    const auth = fakeUpstream([{ status: 403 }, { headers: { "x-user": "a" } }, "reset"]);
    const filter = await withAuth(auth);
    expect(await filter.request()).toBeLocalResponse({ status: 403 });
    expect(await filter.request()).toReachUpstreamWith({ headers: { "x-user": "a" } });
    for (let i = 0; i < 2; i++) await filter.request();
    expect(filter.logs.filter(({ message }) => message === "code=11 message=reset")).toHaveLength(2);
    auth.answer([]);
    await filter.request();
    expect(filter.logs.filter(({ message }) => message === "code=11 message=reset")).toHaveLength(3);
  });

  test("answers what a function says, also one that takes real time", async () => {
    const auth = fakeUpstream(async ({ path }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { headers: { "x-user": path } };
    });
    const filter = await withAuth(auth);
    expect(await filter.request({ path: "/kim" })).toReachUpstreamWith({ headers: { "x-user": "/kim" } });
  });

  test("that says nothing, or too late, runs into the callout's timeout", async () => {
    const auth = fakeUpstream([
      "nothing",
      { delay: "101ms" },
      { delay: "100ms" },
      { delay: "99ms", headers: { "x-user": "b" } },
    ]);
    const filter = await withAuth(auth);
    for (const [i, reached] of [false, false, false, true].entries()) {
      const exchange = await filter.request();
      expect(exchange).toBeWaiting();
      await filter.clock.advance("100ms");
      expect(exchange).toHaveResponse({ status: 200 });
      expect([i, exchange.upstream?.headers.get("x-user") === "b"]).toEqual([i, reached]);
    }
    expect(filter.logs.filter(({ message }) => message.startsWith(":status=504"))).toHaveLength(3);
    expect(filter.clock.nextTimer).toBeUndefined();
  });

  test("may be a server, which takes real time", async () => {
    const server = await startUpstream((request, response) => {
      setTimeout(() => response.setHeader("x-user", request.url ?? "").end(), 20);
    });
    try {
      const filter = await withAuth(server.url);
      expect(await filter.request({ path: "/kim" })).toReachUpstreamWith({ headers: { "x-user": "/kim" } });
      await filter.close();
    } finally {
      await server.close();
    }
  });
});

test("a cluster that is not there is refused to the filter", async () => {
  const filter = await loadFilter(compileBytes("callouts"));
  await filter.request();
  expect(filter).toHaveLogged("info", "called=2");
});

test("a trap gives up what is under way, and as in Envoy nobody tells the streams that wait for it", async () => {
  const auth = fakeUpstream(["nothing", { status: 599 }]);
  const filter = await withAuth(auth);
  const exchange = await filter.request();
  expect(exchange).toBeWaiting();
  expect(await filter.request()).toBeWaiting();
  expect(filter.workers[0]?.vm.failure?.message).toBe("unreachable");
  expect(exchange).toBeWaiting();
  expect(filter.clock.nextTimer).toBeUndefined();
});
