import { describe, expect, test } from "@jest/globals";
import { compileBytes } from "../testing/compile.ts";
import { fakeUpstream, loadFilter, type TestFilter } from "./jest.ts";

const headersFilter = (): Promise<TestFilter> => loadFilter(compileBytes("headers"));
const bodiesFilter = (): Promise<TestFilter> => loadFilter(compileBytes("bodies"));

describe("a whole request", () => {
  test("goes to the upstream as the filter left it, and its response comes back", async () => {
    const filter = await headersFilter();
    const upstream = fakeUpstream({
      status: 201,
      headers: { "x-many": ["a", "b"], "x-umlaut": "ä" },
      body: "grüß",
      trailers: { "x-end": "1" },
    });
    const exchange = await filter.request({
      method: "POST",
      path: "/edit",
      authority: "shop.test",
      headers: [
        ["X-Many", "1"],
        ["x-many", "2"],
      ],
      body: ["some ", "bödy"],
      trailers: { "x-sum": "9" },
      upstream,
    });
    expect(exchange.state).toBe("answered");
    expect(exchange).toReachUpstreamWith({
      method: "POST",
      path: "/edited",
      authority: "other.test",
      headers: { "x-many": ["one"], "x-added": ["a", "b"], "content-length": null },
      body: "some bödy",
      trailers: { "x-sum": "9" },
    });
    expect(exchange).toHaveResponse({
      status: 201,
      details: "via_upstream",
      headers: { "x-many": ["a", "b"], "x-response": "seen", "x-umlaut": "ä", "content-length": "6" },
      body: "grüß",
      trailers: { "x-end": "1" },
    });
    expect(upstream.requests).toMatchObject([
      { method: "POST", path: "/edited", authority: "other.test", body: "some bödy" },
    ]);
    expect(upstream.requests[0]?.trailers.toJSON()).toEqual({ "x-sum": "9" });
    expect(exchange.hostCalls).toBeGreaterThan(5);
    expect(filter).toHaveLogged("info", "log /edited 201");
  });

  test("has the beginnings that a plain one has, and declares the length of a body in one piece", async () => {
    const filter = await bodiesFilter();
    const { upstream } = await filter.request({ path: "/pass", body: "four" });
    expect(upstream?.headers.entries()).toEqual([
      [":authority", "localhost"],
      [":path", "/pass"],
      [":method", "GET"],
      [":scheme", "http"],
      ["content-length", "4"],
    ]);
    const own = await filter.request({ path: "/pass", headers: { "Content-Length": "9" }, body: "four" });
    expect(own.upstream?.headers.all("content-length")).toEqual(["9"]);
  });

  test("is shown to the filter piece by piece, or whole where it waits for it", async () => {
    const filter = await bodiesFilter();
    const whole = await filter.request({ path: "/replace", body: ["a", "b", "c"] });
    expect(whole).toReachUpstreamWith({ body: "replaced" });
    expect(filter).toHaveLogged("info", "whole=3 size=3");
    expect(await filter.request({ path: "/drop", body: ["a", "b", "c"] })).toReachUpstreamWith({ body: "c" });
    const exchange = await filter.request({ path: "/shout", upstream: { body: ["h", "i"] } });
    expect(exchange).toHaveResponse({ body: "hi!", headers: { "content-length": null } });
  });

  test("that the filter answers passes the filter's response phase and never reaches the upstream", async () => {
    const filter = await headersFilter();
    const exchange = await filter.request({ path: "/deny" });
    expect(exchange).toBeLocalResponse({
      status: 403,
      details: "denied_by_test",
      headers: { "x-why": "test", "x-response": "seen", "content-type": "text/plain" },
      body: "no\n",
    });
    expect(exchange).not.toReachUpstreamWith();
    expect(filter.upstream.requests).toEqual([]);
    const grpc = await filter.request({ path: "/limit", headers: { "content-type": "application/grpc" } });
    expect(grpc).toBeLocalResponse({
      status: 200,
      grpcStatus: 14,
      headers: { "grpc-message": "too many: 100%25" },
    });
  });

  test("whose response the filter replaces", async () => {
    const filter = await headersFilter();
    const exchange = await filter.request({ upstream: { headers: { "x-answer": "now" }, body: "first" } });
    expect(exchange).toBeLocalResponse({ status: 502, details: "answered_late", body: "late" });
  });

  test("that the filter leaves without a path goes nowhere", async () => {
    const exchange = await (await headersFilter()).request({ path: "nowhere" });
    expect(exchange).toBeLocalResponse({ status: 404, details: "route_not_found" });
  });
});

test("the filter knows at the end how it went, and how long it took by the clock", async () => {
  const upstream = [{ status: 201, body: "abc", delay: "1.5s" }, "reset", { delay: "1s" }] as const;
  const filter = await loadFilter(compileBytes("ending"), { upstream });
  await filter.request({ body: ["ab", "cd"] });
  await filter.clock.advance("2s");
  await filter.request();
  (await filter.request()).disconnect();
  await filter.request({ path: "nowhere" });
  const lines = filter.logs.map(({ message }) => message);
  const reset = "upstream_reset_before_response_started{connection_termination}";
  expect(lines.filter((_, i) => i % 3 === 0)).toEqual([
    "code=201 details=via_upstream flags=0",
    `code=503 details=${reset} flags=64`,
    "code=!1 details=downstream_remote_disconnect flags=16384",
    "code=404 details=route_not_found flags=256",
  ]);
  expect(lines.slice(1, 3)).toEqual(["sent=4 got=3", "duration=1500000000 upstream=1500000000"]);
});

describe("an upstream", () => {
  test("that is reset is answered by Envoy", async () => {
    const exchange = await (await headersFilter()).request({ upstream: "reset" });
    expect(exchange).toBeLocalResponse({
      status: 503,
      details: "upstream_reset_before_response_started{connection_termination}",
      headers: { "x-response": "seen" },
      body: /connection termination$/,
    });
  });

  test("that takes its time is waited for", async () => {
    const filter = await loadFilter(compileBytes("guard"), { upstream: { status: 204, delay: "1.5s" } });
    const exchange = await filter.request({ path: "/open" });
    expect(exchange).toBeWaiting();
    expect(exchange.waitingFor).toBe("the upstream has not answered");
    expect(() => exchange.response).toThrow("there is no response: the upstream has not answered");
    await filter.clock.advance("1499ms");
    expect(exchange).toBeWaiting();
    await filter.clock.advance(1);
    expect(exchange).toHaveResponse({ status: 204 });
  });

  test("that answers when nobody waits any more is not heard", async () => {
    const filter = await loadFilter(compileBytes("guard"), { upstream: { delay: "1s" } });
    const exchange = await filter.request({ path: "/open" });
    exchange.disconnect();
    exchange.disconnect();
    await filter.clock.advance("2s");
    expect(exchange.state).toBe("disconnected");
    expect(exchange.hasResponse).toBe(false);
  });
});

describe("a stream in phases", () => {
  test("waits as long as the filter holds it back, and goes on by itself", async () => {
    const filter = await headersFilter();
    const exchange = filter.stream();
    expect(exchange.state).toBe("open");
    expect(exchange.requestHeaders({ path: "/later" })).toBe("wait");
    expect(exchange.requestBody("held ", "end")).toBe("wait");
    expect(exchange.waitingFor).toBe("the filter holds the request back");
    expect(exchange.upstream).toBeUndefined();
    await filter.clock.advance("20ms");
    expect(exchange).toReachUpstreamWith({ headers: { "x-late": "yes" }, body: "held " });
    expect(exchange.upstream?.complete).toBe(true);
    expect(exchange.state).toBe("open");
    expect(exchange.responseHeaders()).toBe("continue");
    expect(exchange.responseBody("a")).toBe("continue");
    expect(exchange.response.complete).toBe(false);
    expect(exchange.responseTrailers({ "x-end": "1" })).toBe("continue");
    expect(exchange).toHaveResponse({ body: "a", trailers: { "x-end": "1" } });
    expect(exchange.responseBody("too late")).toBe("answered");
    expect(exchange.requestBody("too late")).toBe("answered");
    expect(exchange.requestTrailers({})).toBe("answered");
    expect(exchange.responseTrailers({})).toBe("answered");
    expect(exchange.responseHeaders()).toBe("answered");
  });

  test("goes on to the body where StopIteration holds the headers only", async () => {
    const options = { allowOnHeadersStopIteration: true };
    const exchange = (await loadFilter(compileBytes("headers"), options)).stream();
    expect(exchange.requestHeaders({ path: "/later" })).toBe("wait");
    expect(exchange.requestBody("shown")).toBe("continue");
    expect(exchange).toReachUpstreamWith({ body: "shown" });
  });

  test("is answered while it waits", async () => {
    const filter = await headersFilter();
    const exchange = filter.stream();
    exchange.requestHeaders({ path: "/later/deny" }, "end");
    await filter.clock.advance("20ms");
    expect(exchange).toBeLocalResponse({ status: 418, details: "later" });
  });

  test("of a client that goes away ends without a response", async () => {
    const filter = await headersFilter();
    const exchange = filter.stream();
    exchange.requestHeaders();
    exchange.disconnect();
    expect(exchange.state).toBe("disconnected");
    expect(exchange.requestBody("more")).toBe("reset");
    expect(filter).toHaveLogged("info", /^log \/ /);
  });

  test("ends where the filter traps, in the response phase as well", async () => {
    const filter = await headersFilter();
    const exchange = filter.stream();
    exchange.requestHeaders({}, "end");
    expect(exchange.responseHeaders({ headers: { "x-trap": "now" } })).toBe("failed");
    expect(exchange).toHaveTrapped("unreachable");
    expect(exchange).toBeLocalResponse({ status: 503, details: "wasm_fail_stream", body: "" });
  });
});

describe("after a trap", () => {
  const start = (failurePolicy: "FAIL_OPEN" | "FAIL_CLOSED" | "FAIL_RELOAD"): Promise<TestFilter> =>
    loadFilter(compileBytes("clock"), { failurePolicy, reloadBackoff: "5s" });

  test("FAIL_CLOSED, which is the default, answers 503 for ever", async () => {
    for (const filter of [await start("FAIL_CLOSED"), await loadFilter(compileBytes("clock"))]) {
      await filter.request({ path: "/trap" });
      await filter.clock.advance("1h");
      const exchange = await filter.request();
      expect(exchange).toBeLocalResponse({ status: 503, details: "wasm_fail_stream" });
      expect(exchange.hostCalls).toBe(0);
    }
  });

  test("FAIL_OPEN lets everything that follows through", async () => {
    const filter = await start("FAIL_OPEN");
    expect(await filter.request({ path: "/trap" })).toHaveTrapped();
    const exchange = await filter.request({
      body: ["a", "b"],
      trailers: { "x-t": "1" },
      upstream: { body: "c", trailers: { "x-u": "2" } },
    });
    expect(exchange).toReachUpstreamWith({ body: "ab", trailers: { "x-t": "1" } });
    expect(exchange).toHaveResponse({ body: "c", trailers: { "x-u": "2" } });
  });

  test("FAIL_RELOAD starts anew, no sooner than the back-off allows", async () => {
    const filter = await start("FAIL_RELOAD");
    await filter.clock.advance("4s");
    expect(await filter.request({ path: "/trap" })).toHaveTrapped();
    expect(await filter.request()).toHaveTrapped();
    await filter.clock.advance("1s");
    expect(await filter.request()).toHaveResponse({ status: 200 });
    expect(filter.workers[0]?.starts).toBe(2);
    expect(filter.workers[0]?.vm.failed).toBe(false);
  });
});
