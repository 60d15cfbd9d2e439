import { beforeAll, describe, expect, test } from "@jest/globals";
import { compileBytes } from "../../testing/compile.ts";
import { fakeUpstream, loadFilter, matchers, type Exchange, type TestFilter } from "../jest.ts";

let guard: TestFilter;
let passed: Exchange;
let refused: Exchange;
let waiting: Exchange;
let shared: TestFilter;

beforeAll(async () => {
  const users = fakeUpstream([{ status: 200 }, { status: 404 }, "nothing"]);
  guard = await loadFilter(compileBytes("guard"), { configuration: "users", clusters: { users } });
  const upstream = { headers: { "x-many": ["a", "b"] }, body: "o".repeat(300), trailers: { "x-end": "1" } };
  passed = await guard.request({
    path: "/orders?page=2",
    headers: { "x-user": "kim" },
    body: "some",
    upstream,
  });
  refused = await guard.request({ path: "/orders", headers: { "x-user": "eve" } });
  waiting = await guard.request({ path: "/orders", headers: { "x-user": "ann" } });
  shared = await loadFilter(compileBytes("shared"));
});

/** What a matcher says when it fails. */
function failure(run: () => void): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "it passed";
}

describe("a failure names every difference and tells what happened", () => {
  test("of what reached the upstream", () => {
    const message = failure(() =>
      expect(passed).toReachUpstreamWith({
        method: "POST",
        path: /^\/carts/,
        authority: expect.stringContaining("shop"),
        headers: { "x-guarded": null, "x-user": "kim", "content-length": ["4", "4"] },
        body: "none",
        trailers: { "x-sum": /./ },
      }),
    );
    expect(message).toBe(
      [
        "expected it to reach the upstream so",
        '  method: expected "POST", got "GET"',
        '  path: expected /^\\/carts/, got "/orders?page=2"',
        '  authority: expected StringContaining "shop", got "localhost"',
        '  header x-guarded: expected none, got "yes"',
        '  header x-user: expected "kim", got none',
        '  header content-length: expected ["4", "4"], got "4"',
        '  body: expected "none", got "some"',
        "  trailer x-sum: expected /./, got none",
        "",
        "What became of GET /orders?page=2:",
        "  the upstream got GET /orders?page=2",
        "    content-length: 4",
        "    x-guarded: yes",
        '    "some"',
        "  it was answered by the upstream: 200 (via_upstream)",
        "    x-many: a",
        "    x-many: b",
        "    content-length: 300",
        "    x-guard: passed",
        `    "${"o".repeat(200)}…"`,
        "    x-end: 1 (trailer)",
      ].join("\n"),
    );
  });

  test("of a response", () => {
    expect(failure(() => expect(refused).toHaveResponse({ status: 200, details: "via_upstream" }))).toBe(
      [
        "expected it to have this response",
        "  status: expected 200, got 403",
        '  details: expected "via_upstream", got "guard:unknown"',
        "",
        "What became of GET /orders:",
        "  nothing reached the upstream",
        "  it was answered locally: 403 (guard:unknown)",
        "    x-why: test",
        "    content-length: 12",
        "    content-type: text/plain",
        "    x-guard: passed",
        '    "not you, eve"',
      ].join("\n"),
    );
    expect(failure(() => expect(passed).toBeLocalResponse({ status: 200, grpcStatus: 7 }))).toContain(
      '  it was answered by the upstream, not locally\n  header grpc-status: expected "7", got none\n',
    );
    expect(failure(() => expect(passed).toHaveResponseHeader("x-none"))).toContain(
      "header x-none: expected any, got none",
    );
    expect(failure(() => expect(passed).toHaveResponseHeader("x-many", "a"))).toContain(
      'header x-many: expected "a", got ["a","b"]',
    );
  });

  test("of one that waits, and of how one stands", async () => {
    expect(failure(() => expect(waiting).toBeLocalResponse())).toBe(
      [
        "expected it to be answered locally so",
        "  there is no response",
        "",
        "What became of GET /orders:",
        "  nothing reached the upstream",
        "  it waits: the filter holds the request back",
      ].join("\n"),
    );
    expect(failure(() => expect(waiting).toReachUpstreamWith())).toContain(
      "  nothing reached the upstream\n",
    );
    expect(failure(() => expect(waiting).toHaveResponseHeader("x-guard"))).toContain("there is no response");
    expect(failure(() => expect(passed).toBeWaiting())).toContain(
      "expected it to be waiting\n  it is answered\n",
    );
    expect(failure(() => expect(passed).toBeReset())).toContain(
      "expected it to be reset\n  it is answered\n",
    );
    expect(failure(() => expect(passed).toHaveTrapped())).toContain("the filter did not trap");
    const filter = await loadFilter(compileBytes("headers"));
    const trapped = await filter.request({ path: "/trap" });
    expect(failure(() => expect(trapped).toHaveTrapped("out of memory"))).toMatch(
      /trap: expected "out of memory", got "unreachable"[^]* {2}it is failed: unreachable$/,
    );
  });

  test("of logs", () => {
    expect(failure(() => expect(guard).toHaveLogged("error", "eve"))).toBe(
      [
        'expected it to have logged "eve" at error',
        '  no line at error fits "eve"',
        "",
        "All lines:",
        "  warn: the user eve is not known",
      ].join("\n"),
    );
    expect(failure(() => expect(guard).not.toHaveLogged("warn", /EVE/i))).toContain(
      "expected it not to have logged /EVE/i at warn\n",
    );
  });

  test("of metrics and shared data", () => {
    expect(failure(() => expect(guard).toHaveCounted("guard_allowed", 2))).toBe(
      [
        "expected it to have 2 in guard_allowed",
        "  counter guard_allowed: expected 2, got 1",
        "",
        "All metrics:",
        "  guard_allowed: 1 (counter)",
      ].join("\n"),
    );
    expect(failure(() => expect(guard).toHaveGauge("guard_allowed", 1))).toContain(
      "guard_allowed is a counter, no gauge",
    );
    expect(failure(() => expect(guard).toHaveRecorded("sizes", 1))).toContain("there is no metric sizes");
    expect(failure(() => expect(shared).toHaveRecorded("sizes", [7, 7]))).toContain(
      "the last values of sizes: expected 7, 7, got 7",
    );
    expect(failure(() => expect(shared).toHaveSharedData("k", "one"))).toBe(
      'expected it to share "one" as k\n  shared data k: expected "one", got "two"\n\nKeys of shared data: k',
    );
    expect(failure(() => expect(guard).toHaveSharedData("k", /./))).toContain("Keys of shared data: none");
  });
});

test("what is expected may be a text, a pattern, a matcher or a list of them", () => {
  expect(passed).toHaveResponse({
    headers: { "x-many": [/a/, "b"], "X-Guard": expect.stringMatching("pass") },
    body: /^o+$/g,
    trailers: { "x-end": "1" },
  });
  expect(passed).toHaveResponseHeader("x-many", "a,b");
  expect(passed).not.toHaveResponseHeader("x-many", ["b", "a"]);
  expect(guard).toHaveLogged("warn", expect.stringContaining("eve"));
  expect(shared).toHaveRecorded("sizes", 1);
  expect(shared).toHaveRecorded("sizes", 1n);
  expect(shared).toHaveGauge("open", 6);
});

test("what is no exchange and no filter is told so", () => {
  const exchange = "this matcher takes what `filter.request` or `filter.stream` gives";
  expect(() => expect(guard).toBeWaiting()).toThrow(exchange);
  expect(() => expect(Promise.resolve()).toBeWaiting()).toThrow(`${exchange}: did you forget \`await\`?`);
  const filter = "this matcher takes what `loadFilter` gives";
  expect(() => expect(passed).toHaveCounted("a", 1)).toThrow(filter);
  expect(() => expect(Promise.resolve()).toHaveLogged("info", "")).toThrow(`${filter}: did you forget`);
});

test("the matchers are plain functions, for any test runner", () => {
  expect(matchers.toBeWaiting(waiting)).toMatchObject({ pass: true });
  expect(matchers.toBeWaiting(passed).message()).toContain("expected it to be waiting");
});
