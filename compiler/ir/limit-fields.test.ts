// The syntax of what answers tell of limits, held against a parser of structured fields (RFC 9651) that is not ours.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseList } from "structured-headers";
import { limitFields, quotaOf, secondsOf, type LimitItem } from "./limit-fields.ts";

const item = (
  name: string,
  quota: number,
  windowSeconds: number,
  left: number,
  resetSeconds: number,
): LimitItem => ({
  ...{ item: name, quota, windowSeconds, left, resetSeconds },
  fields: "draft",
});
const minute = item("per-user-1m", 100, 60, 50, 30);
const hour = item("per-user-1h", 1000, 3600, 999, 2402);
const underWay: LimitItem = { item: "at-once", quota: 10, left: 3, fields: "draft" };
const plain = (of: LimitItem): LimitItem => ({ ...of, fields: "x-rate-limit" });

describe("the draft's fields", () => {
  test("of one limit are the example's", () => {
    expect(limitFields([item("default", 100, 60, 50, 30)])).toEqual([
      ["ratelimit-policy", '"default";q=100;w=60'],
      ["ratelimit", '"default";r=50;t=30'],
    ]);
  });

  test("of several limits are one list each", () => {
    expect(limitFields([minute, hour])).toEqual([
      ["ratelimit-policy", '"per-user-1m";q=100;w=60, "per-user-1h";q=1000;w=3600'],
      ["ratelimit", '"per-user-1m";r=50;t=30, "per-user-1h";r=999;t=2402'],
    ]);
  });

  test("of requests under way have a unit and no time", () => {
    expect(limitFields([underWay])).toEqual([
      ["ratelimit-policy", '"at-once";q=10;qu="concurrent-requests"'],
      ["ratelimit", '"at-once";r=3'],
    ]);
  });

  test("of a refusal name all rates of the limit, and tell of the one that refuses when to come again", () => {
    expect(limitFields([minute, hour], { item: "per-user-1h", seconds: 12 })).toEqual([
      ["ratelimit-policy", '"per-user-1m";q=100;w=60, "per-user-1h";q=1000;w=3600'],
      ["ratelimit", '"per-user-1h";r=0;t=12'],
    ]);
    expect(limitFields([underWay], { item: "at-once", seconds: 1 })[1]).toEqual([
      "ratelimit",
      '"at-once";r=0;t=1',
    ]);
  });

  test("are none where no limit tells", () => {
    expect(limitFields([])).toEqual([]);
    expect(limitFields([{ ...minute, fields: "off" }], { item: "per-user-1m", seconds: 1 })).toEqual([]);
  });

  test("are lists of Strings with Integers beside them, as the draft and RFC 9651 have them", () => {
    const whole = fc.integer({ min: 0, max: 1_000_000_000 });
    const items = fc.uniqueArray(
      fc.record({
        item: fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/),
        quota: whole,
        windowSeconds: fc.integer({ min: 1, max: 2_000_000_000 }),
        left: whole,
        resetSeconds: whole,
        fields: fc.constant("draft" as const),
      }),
      { minLength: 1, maxLength: 5, selector: (of) => of.item },
    );
    fc.assert(
      fc.property(items, (list) => {
        const fields = new Map(limitFields(list));
        expect(parseList(fields.get("ratelimit-policy") ?? "")).toEqual(
          list.map(({ item: name, quota, windowSeconds }) => [
            name,
            new Map([
              ["q", quota],
              ["w", windowSeconds],
            ]),
          ]),
        );
        expect(parseList(fields.get("ratelimit") ?? "")).toEqual(
          list.map(({ item: name, left, resetSeconds }) => [
            name,
            new Map([
              ["r", left],
              ["t", resetSeconds],
            ]),
          ]),
        );
      }),
    );
    expect(parseList(limitFields([underWay])[0]?.[1] ?? "")).toEqual([
      [
        "at-once",
        new Map<string, unknown>([
          ["q", 10],
          ["qu", "concurrent-requests"],
        ]),
      ],
    ]);
  });
});

describe("the fields that many services send", () => {
  test("tell of the item of which least is left in proportion", () => {
    expect(limitFields([hour, minute, underWay].map(plain))).toEqual([
      ["x-ratelimit-limit", "10"],
      ["x-ratelimit-remaining", "3"],
      ["x-ratelimit-reset", "0"],
    ]);
    expect(limitFields([hour, minute].map(plain))[0]).toEqual(["x-ratelimit-limit", "100"]);
  });

  test("tell of the first of equals", () => {
    const equals = [item("a", 4, 1, 2, 1), item("b", 2, 60, 1, 9), item("c", 8, 1, 4, 3)];
    expect(limitFields(equals.map(plain))).toEqual([
      ["x-ratelimit-limit", "4"],
      ["x-ratelimit-remaining", "2"],
      ["x-ratelimit-reset", "1"],
    ]);
  });

  test("tell of a refusal what refuses, though another were closer to it", () => {
    expect(limitFields([hour, minute].map(plain), { item: "per-user-1h", seconds: 12 })).toEqual([
      ["x-ratelimit-limit", "1000"],
      ["x-ratelimit-remaining", "0"],
      ["x-ratelimit-reset", "12"],
    ]);
  });

  test("stand beside the draft's where policies differ", () => {
    expect(limitFields([minute, plain(hour), { ...underWay, fields: "off" }]).map(([name]) => name)).toEqual([
      ...["ratelimit-policy", "ratelimit"],
      ...["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
    ]);
  });
});

test.each([
  [1n, 1],
  [700_000_000n, 1],
  [1_000_000_000n, 1],
  [1_000_000_001n, 2],
  [60_000_000_000n, 60],
])("a window of %i ns is %i s: whole seconds, rounded up", (window, seconds) => {
  expect(secondsOf(window)).toBe(seconds);
  expect(quotaOf({ item: "a", limit: 5, window, burst: 9, words: "" })).toEqual({
    item: "a",
    quota: 5,
    windowSeconds: seconds,
  });
});
