// How rates and algorithms fit together.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { rateLimit } from "../../testing/policies.ts";

const several = (limits: readonly string[]): string => rateLimit(`  limits: { ${limits.join(", ")} }\n`);
const limit = (algorithm: string, rates: string, more = ""): string =>
  several([`a: { algorithm: ${algorithm}, rates: [${rates}], ${more} }`]);

describe("algorithms", () => {
  pin([
    {
      name: "each with what it takes",
      policies: several(
        ["tokenBucket", "gcra"].map(
          (name) =>
            `${name.toLowerCase()}: { algorithm: ${name}, rates: [{ limit: 5, window: 1s, burst: 9 }] }`,
        ),
      ),
      finds: [],
    },
    {
      name: "windows",
      policies: several(
        ["slidingWindow", "fixedWindow"].map(
          (name) =>
            `${name.toLowerCase()}: { algorithm: ${name}, rates: [{ limit: 5, window: 1s }, { limit: 9, window: 5m }] }`,
        ),
      ),
      finds: [],
    },
    { name: "requests under way", policies: limit("concurrency", "{ limit: 5 }"), finds: [] },
    {
      name: "a burst of windows",
      policies: limit(
        "slidingWindow",
        "{ limit: 5, window: 1s, burst: 5 }, { limit: 9, window: 1m, burst: 1 }",
      ),
      finds: [
        "error TG3019 p.yaml:5:76: `slidingWindow` has no `burst`: its limit may come all at once = leave `burst` out, or choose `tokenBucket` to say how much may come at once",
        "error TG3019 p.yaml:5:112: `slidingWindow` has no `burst`: its limit may come all at once = leave `burst` out, or choose `tokenBucket` to say how much may come at once",
      ],
    },
    {
      name: "a burst, a window and a second rate of requests under way",
      policies: limit("concurrency", "{ limit: 5, window: 1s, burst: 9 }, { limit: 2 }"),
      finds: [
        "error TG3019 p.yaml:5:62: `concurrency` has no `window`: it counts requests under way = leave `window` out, or choose another algorithm to count requests by time",
        "error TG3019 p.yaml:5:74: `concurrency` has no `burst`: its limit may come all at once = leave `burst` out, or choose `tokenBucket` to say how much may come at once",
        "error TG3019 p.yaml:5:88: `concurrency` has one rate: how many requests may be under way = keep the smallest limit",
      ],
    },
    {
      name: "no window",
      policies: limit("gcra", "{ limit: 5 }, { limit: 9, burst: 10 }"),
      finds: [
        "error TG2005 p.yaml:5:43: the field `window` is missing = add `window`: a duration such as `1s`, `1m`, `1h`; only `concurrency` has none",
        "error TG2005 p.yaml:5:57: the field `window` is missing = add `window`: a duration such as `1s`, `1m`, `1h`; only `concurrency` has none",
      ],
    },
    {
      name: "a window without value is reported once",
      policies: limit("gcra", "{ limit: 5, window: }"),
      finds: ["error TG2004 p.yaml:5:63: expected a string, found nothing"],
    },
    {
      name: "a misspelt window is reported once",
      policies: limit("gcra", "{ limit: 5, windw: 1s }"),
      finds: [
        "error TG2003 p.yaml:5:55: unknown field `windw` ^ did you mean `window`? = the fields here are `limit`, `window`, `burst`",
      ],
    },
    {
      name: "an unknown algorithm leaves its rates alone",
      policies: limit("leakyBucket", "{ limit: 5 }"),
      finds: [
        "error TG2007 p.yaml:5:29: expected one of `tokenBucket`, `gcra`, `slidingWindow`, `fixedWindow`, `concurrency`, found `leakyBucket`",
      ],
    },
  ]);
});

describe("several rates", () => {
  pin([
    {
      name: "the same window in other words",
      policies: limit("tokenBucket", "{ limit: 5, window: 60s }, { limit: 9, window: 1m }"),
      finds: [
        "error TG3001 p.yaml:5:97: another rate of this limit has the same window = keep the smaller of them: a request must fit every rate",
      ],
    },
    {
      name: "as many as there is room for",
      policies: limit(
        "fixedWindow",
        [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `{ limit: 5, window: ${n}s }`).join(", "),
      ),
      finds: [],
    },
    {
      name: "more",
      policies: limit(
        "fixedWindow",
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `{ limit: 5, window: ${n}s }`).join(", "),
      ),
      finds: [
        "error TG3006 p.yaml:5:49: 9 rates are too many: 8 are the most = keep those that refuse what the others do not",
      ],
    },
    {
      name: "every one is looked at",
      policies: limit(
        "tokenBucket",
        "{ limit: 5, window: 0s }, { limit: 7, window: 365d, burst: 1000000000 }, { limit: 1, window: 1x }",
      ),
      finds: [
        "error TG3005 p.yaml:5:70: `0s` is not a duration = write a number above zero and a unit, such as `500ms`, `1s`, `1m`, `1h30m` or `1d`",
        "error TG3006 p.yaml:5:109: this burst and window are too large to count exactly = use a shorter window with a limit as much smaller: `1000` per `1h` instead of `24000` per `1d`",
        "error TG3005 p.yaml:5:143: `1x` is not a duration = write a number above zero and a unit, such as `500ms`, `1s`, `1m`, `1h30m` or `1d`",
      ],
    },
    {
      name: "names in answers that are alike",
      policies: several([
        "api: { rates: [{ limit: 1, window: 1s }, { limit: 9, window: 1m }] }",
        "api-1m: { rates: [{ limit: 9, window: 1h }] }",
      ]),
      finds: [
        "error TG3001 p.yaml:5:83: answers would hold two items called `api-1m`, one of the limit `api` = rename one of the limits: where there are several rates, their windows are a part of their names",
      ],
    },
  ]);
});

describe("numbers", () => {
  pin([
    {
      name: "a limit below the cost in a window",
      policies: limit("fixedWindow", "{ limit: 5, window: 1s }", "cost: 6"),
      finds: [
        "error TG3006 p.yaml:5:59: a request costs 6, but there is room for only 5 ^ no request would ever pass = raise `limit` to at least 6, or lower `cost`",
      ],
    },
    {
      name: "a cost that is written as an expression",
      policies: limit("fixedWindow", "{ limit: 5, window: 1s }", 'cost: "6"'),
      finds: [
        "error TG3006 p.yaml:5:59: a request costs 6, but there is room for only 5 ^ no request would ever pass = raise `limit` to at least 6, or lower `cost`",
      ],
    },
    {
      name: "requests under way below the cost",
      policies: limit("concurrency", "{ limit: 5 }", "cost: 6"),
      finds: [
        "error TG3006 p.yaml:5:59: a request costs 6, but there is room for only 5 ^ no request would ever pass = raise `limit` to at least 6, or lower `cost`",
      ],
    },
    {
      name: "a window beyond 64 bits",
      policies: limit("slidingWindow", "{ limit: 5, window: 999999999d }"),
      finds: [
        "error TG3006 p.yaml:5:72: this window is too long to count exactly = use a shorter window with a limit as much smaller: `1000` per `1h` instead of `24000` per `1d`",
      ],
    },
    {
      name: "the largest windows",
      policies: limit("slidingWindow", "{ limit: 1000000000, window: 53375d }"),
      finds: [],
    },
    {
      name: "a bucket beyond 64 bits",
      policies: limit("gcra", "{ limit: 7, window: 365d, burst: 1000000000 }"),
      finds: [
        "error TG3006 p.yaml:5:76: this burst and window are too large to count exactly = use a shorter window with a limit as much smaller: `1000` per `1h` instead of `24000` per `1d`",
      ],
    },
  ]);
});
