import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "./testing/compile.ts";
import { parsePairs, StubHost } from "./testing/host.ts";
import { check } from "./testing/property.ts";

type Text = [pointer: number, size: number];

interface Exports {
  refuse(...args: [status: number, ...details: Text, ...body: Text, grpcStatus: number]): number;
  refuseForNow(
    ...args: [status: number, ...details: Text, ...body: Text, grpcStatus: number, wait: bigint]
  ): number;
  setHeader(...args: [map: number, ...name: Text, ...value: Text]): number;
  removeHeader(...args: [map: number, ...name: Text]): number;
}

const STOP_ITERATION = 1;

let start: (host?: StubHost) => Guest<Exports>;
let guest: Guest<Exports>;
let host: StubHost;

beforeAll(async () => {
  start = await entry<Exports>("respond");
});

beforeEach(() => {
  host = new StubHost();
  guest = start(host);
});

function text(value: string, offset: number): Text {
  return [guest.write(value, offset), value.length];
}

function retryAfter(wait: bigint): string {
  guest.exports.refuseForNow(429, ...text("details", 0), ...text("body", 100), 8, wait);
  const response = host.localResponses.pop();
  const [pair, ...more] = parsePairs(response?.headers ?? new Uint8Array());
  expect(more).toEqual([]);
  expect(pair?.[0]).toBe("retry-after");
  return pair?.[1] ?? "";
}

describe("a refusal", () => {
  test("hands over status, details and body, and stops the stream", () => {
    const action = guest.exports.refuse(403, ...text("tollgate:x", 0), ...text("no\n", 100), 7);
    expect(action).toBe(STOP_ITERATION);
    const headers = new Uint8Array();
    const expected = { status: 403, details: "tollgate:x", body: "no\n", headers, grpcStatus: 7 };
    expect(host.localResponses).toEqual([expected]);
  });

  test("for now tells when to come back, and stops the stream", () => {
    const action = guest.exports.refuseForNow(429, ...text("d", 0), ...text("b", 100), 8, 1_500_000_000n);
    expect(action).toBe(STOP_ITERATION);
    expect(host.localResponses).toMatchObject([{ status: 429, details: "d", body: "b", grpcStatus: 8 }]);
    expect(parsePairs(host.localResponses[0]?.headers ?? new Uint8Array())).toEqual([["retry-after", "2"]]);
  });

  test.each([
    [0n, "1"],
    [1n, "1"],
    [999_999_999n, "1"],
    [1_000_000_000n, "1"],
    [1_000_000_001n, "2"],
    [9_000_000_001n, "10"],
    [86_400_000_000_000n, "86400"],
    [(1n << 64n) - 1n, "18446744074"],
  ])("a wait of %s ns is %s s", (wait, seconds) => expect(retryAfter(wait)).toBe(seconds));

  test("for now rounds any wait up to whole seconds, and a short number after a long one leaves nothing behind", () => {
    const wait = fc.bigInt({ min: 1n, max: (1n << 64n) - 1n });
    const anyLength = fc.tuple(wait, fc.nat(63)).map(([w, shift]) => (w >> BigInt(shift)) + 1n);
    const word = fc.oneof(wait, anyLength);
    check(
      fc.property(word, (w) => expect(retryAfter(w)).toBe(String((w + 999_999_999n) / 1_000_000_000n))),
      3000,
    );
  });
});

describe("a change to a header", () => {
  test("is made as it is asked for", () => {
    expect(guest.exports.setHeader(0, ...text("x-version", 0), ...text("v2", 100))).toBe(1);
    expect(guest.exports.setHeader(2, ...text("x-empty", 0), ...text("", 100))).toBe(1);
    expect(guest.exports.removeHeader(0, ...text("x-debug", 0))).toBe(1);
    expect(host.changes).toEqual(["set 0 x-version=v2", "set 2 x-empty=", "remove 0 x-debug"]);
  });

  test("that the host refuses is reported", () => {
    host.changeStatus = 2;
    expect(guest.exports.setHeader(0, ...text("x-version", 0), ...text("v2", 100))).toBe(0);
    expect(guest.exports.removeHeader(0, ...text("x-debug", 0))).toBe(0);
  });
});
