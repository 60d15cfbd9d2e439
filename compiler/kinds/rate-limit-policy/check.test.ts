// What an author of a RateLimitPolicy sees when something is wrong.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { rateLimit } from "../../testing/policies.ts";

const limit = (fields: string, rate = "limit: 10, window: 1s"): string =>
  rateLimit(`  limits: { a: { scope: worker, rates: [{ ${rate} }], ${fields} } }\n`);
const limited = (rate: string): string => limit("", rate);
describe("shape", () => {
  pin([
    {
      name: "a limit",
      policies: limit(
        "algorithm: tokenBucket, cost: 2, maxKeys: 5, key: [{ header: x }, { sourceCIDR: { v4: 24 } }]",
      ),
      finds: [],
    },
    {
      name: "no limits",
      policies: rateLimit("  {}\n"),
      finds: [
        "error TG2005 p.yaml:5:3: the field `limits` is missing = add `limits`: the limits by name; a request must pass all of them",
      ],
    },
    {
      name: "misspelt limits are reported once",
      policies: rateLimit("  limit: {}\n"),
      finds: [
        "error TG2003 p.yaml:5:3: unknown field `limit` ^ did you mean `limits`? = the fields here are `limits`, `headers`, `phase`, `trustedHops`, `selector`, `targetRefs`, `targetRef`",
      ],
    },
    {
      name: "empty limits",
      policies: rateLimit("  limits: {}\n"),
      finds: ["error TG2008 p.yaml:5:11: this mapping is empty = name at least one entry"],
    },
    {
      name: "a key as a mapping",
      policies: limit("key: { header: x-user }"),
      finds: [
        "error TG2004 p.yaml:5:74: expected a list, found a mapping = write it as a list: [{ header: x-user }]",
      ],
    },
    {
      name: "a prefix length where both kinds of addresses have one",
      policies: limit("key: [{ sourceCIDR: 32 }]"),
      finds: [
        "error TG2004 p.yaml:5:89: expected a mapping, found a number = write a mapping, such as { v4: 32, v6: 64 }",
      ],
    },
    {
      name: "a scope of another's invention",
      policies: limit("").replace("scope: worker", "scope: global"),
      finds: [
        "error TG2007 p.yaml:5:25: expected one of `worker`, `proxy`, `mesh`, found `global` = `worker`: each worker thread for itself, `proxy`: one Envoy, `mesh`: all that ask one service",
      ],
    },
    {
      name: "half a token",
      policies: limited("limit: 1, window: 1s, burst: 0.5"),
      finds: [
        "error TG2007 p.yaml:5:72: expected a whole number from 1 to 1000000000, found `0.5` = write a whole number, such as 1",
      ],
    },
    {
      name: "limits as a list",
      policies: rateLimit("  limits:\n    - rates: []\n"),
      finds: [
        "error TG2004 p.yaml:6:5: expected a mapping, found a list = write a mapping, such as { per-caller: { rates: [{ limit: 60, window: 1m }] } }",
      ],
    },
    {
      name: "a limit without anything",
      policies: rateLimit("  limits: { a: {} }\n"),
      finds: [
        "error TG2005 p.yaml:5:16: the field `rates` is missing = add `rates`: how much is allowed; a request must fit every rate",
      ],
    },
    {
      name: "a limit without value",
      policies: rateLimit("  limits:\n    a:\n"),
      finds: [
        "error TG2004 p.yaml:6:7: expected a mapping, found nothing = write a mapping, such as { rates: [{ limit: 60, window: 1m }] }",
      ],
    },
    {
      name: "no rates in the list",
      policies: rateLimit("  limits: { a: { scope: worker, rates: [] } }\n"),
      finds: [
        "error TG2008 p.yaml:5:40: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
    {
      name: "a rate without anything",
      policies: rateLimit("  limits: { a: { scope: worker, rates: [{}] } }\n"),
      finds: [
        "error TG2005 p.yaml:5:41: the field `limit` is missing = add `limit`: what is allowed in a window; of `concurrency` how many requests may be under way",
      ],
    },
    {
      name: "misspelt fields",
      policies: limit("cots: 1, maxkeys: 1, algorthm: x", "limt: 1, windw: 1s"),
      finds: [
        "error TG2003 p.yaml:5:43: unknown field `limt` ^ did you mean `limit`? = the fields here are `limit`, `window`, `burst`",
        "error TG2003 p.yaml:5:52: unknown field `windw` ^ did you mean `window`? = the fields here are `limit`, `window`, `burst`",
        "error TG2003 p.yaml:5:66: unknown field `cots` ^ did you mean `cost`? = the fields here are `when`, `key`, `algorithm`, `rates`, `cost`, `scope`, `maxKeys`, `mode`, `onLimit`, `onError`",
        "error TG2003 p.yaml:5:75: unknown field `maxkeys` ^ did you mean `maxKeys`? = the fields here are `when`, `key`, `algorithm`, `rates`, `cost`, `scope`, `maxKeys`, `mode`, `onLimit`, `onError`",
        "error TG2003 p.yaml:5:87: unknown field `algorthm` ^ did you mean `algorithm`? = the fields here are `when`, `key`, `algorithm`, `rates`, `cost`, `scope`, `maxKeys`, `mode`, `onLimit`, `onError`",
      ],
    },
    {
      name: "an unknown algorithm",
      policies: limit("algorithm: tokenbucket"),
      finds: [
        "error TG2007 p.yaml:5:80: expected one of `tokenBucket`, `gcra`, `slidingWindow`, `fixedWindow`, `concurrency`, found `tokenbucket` ^ did you mean `tokenBucket`?",
      ],
    },
    {
      name: "a key of two",
      policies: limit("key: [{ header: a, sourceCIDR: {} }]"),
      finds: [
        "error TG2009 p.yaml:5:75: expected a mapping with one of `header`, `query`, `cookie`, `claim`, `path`, `sourceCIDR`, `expression`, found 2 fields = write several entries, one field each",
      ],
    },
    {
      name: "a key of nothing",
      policies: limit("key: [{}]"),
      finds: [
        "error TG2009 p.yaml:5:75: expected a mapping with one of `header`, `query`, `cookie`, `claim`, `path`, `sourceCIDR`, `expression`, found none = name one of them",
      ],
    },
    {
      name: "an unknown key",
      policies: limit("key: [{ headr: a }]"),
      finds: [
        "error TG2003 p.yaml:5:77: unknown field `headr` ^ did you mean `header`? = the fields here are `header`, `query`, `cookie`, `claim`, `path`, `sourceCIDR`, `expression`",
      ],
    },
    {
      name: "a key that is a text",
      policies: limit("key: [x-user]"),
      finds: [
        "error TG2004 p.yaml:5:75: expected a mapping, found a string = write a mapping, such as { header: x-user }",
      ],
    },
    {
      name: "an empty key",
      policies: limit("key: []"),
      finds: [
        "error TG2008 p.yaml:5:74: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
    {
      name: "prefix lengths out of range",
      policies: limit("key: [{ sourceCIDR: { v4: 33, v6: 129 } }]"),
      finds: [
        "error TG2007 p.yaml:5:95: expected a whole number from 0 to 32, found `33`",
        "error TG2007 p.yaml:5:103: expected a whole number from 0 to 128, found `129`",
      ],
    },
  ]);
});

describe("numbers", () => {
  pin([
    {
      name: "zero",
      policies: limit("cost: 0, maxKeys: 0", "limit: 0, window: 1s, burst: 0"),
      finds: [
        "error TG2007 p.yaml:5:50: expected a whole number from 1 to 1000000000, found `0`",
        "error TG2007 p.yaml:5:72: expected a whole number from 1 to 1000000000, found `0`",
        "error TG2007 p.yaml:5:84: expected a whole number from 1 to 1000000000, found `0`",
        "error TG2007 p.yaml:5:96: expected a whole number from 1 to 10000000, found `0`",
      ],
    },
    {
      name: "negative",
      policies: limited("limit: -1, window: 1s, burst: -5"),
      finds: [
        "error TG2007 p.yaml:5:50: expected a whole number from 1 to 1000000000, found `-1`",
        "error TG2007 p.yaml:5:73: expected a whole number from 1 to 1000000000, found `-5`",
      ],
    },
    {
      name: "a fraction",
      policies: limited("limit: 1.5, window: 1s"),
      finds: [
        "error TG2007 p.yaml:5:50: expected a whole number from 1 to 1000000000, found `1.5` = write a whole number, such as 2",
      ],
    },
    { name: "a whole fraction", policies: limited("limit: 2.0, window: 1s"), finds: [] },
    {
      name: "huge",
      policies: limited("limit: 99999999999999999999999, window: 1s, burst: 1e400"),
      finds: [
        "error TG2007 p.yaml:5:50: expected a whole number from 1 to 1000000000, found `99999999999999999999999`",
        "error TG2007 p.yaml:5:94: expected a whole number from 1 to 1000000000, found `1e400`",
      ],
    },
    {
      name: "not numbers",
      policies: limit("cost: .nan", "limit: .inf, window: 1s, burst: true"),
      finds: [
        "error TG2007 p.yaml:5:50: expected a whole number from 1 to 1000000000, found `.inf`",
        "error TG2004 p.yaml:5:75: expected a whole number from 1 to 1000000000, found true or false",
        "error TG2007 p.yaml:5:90: expected a whole number from 1 to 1000000000, found `.nan`",
      ],
    },
    {
      name: "quoted",
      policies: limited("limit: '100', window: 1s, burst: ten"),
      finds: [
        "error TG2004 p.yaml:5:50: expected a whole number from 1 to 1000000000, found a string = write it without quotes: 100",
        "error TG2004 p.yaml:5:76: expected a whole number from 1 to 1000000000, found a string",
      ],
    },
    {
      name: "absent",
      policies: limited("limit:, window: 1s"),
      finds: ["error TG2004 p.yaml:5:49: expected a whole number from 1 to 1000000000, found nothing"],
    },
    {
      name: "a burst below the cost",
      policies: limit("cost: 5", "limit: 10, window: 1s, burst: 4"),
      finds: [
        "error TG3006 p.yaml:5:73: a request costs 5, but the bucket holds only 4 ^ no request would ever pass = raise `burst` to at least 5, or lower `cost`",
      ],
    },
    {
      name: "a limit below the cost",
      policies: limit("cost: 50"),
      finds: [
        "error TG3006 p.yaml:5:50: a request costs 50, but the bucket holds only 10 ^ no request would ever pass = raise `limit` to at least 50, or lower `cost`",
      ],
    },
    {
      name: "a bad burst is reported once",
      policies: limit("cost: 50", "limit: 10, window: 1s, burst: x"),
      finds: ["error TG2004 p.yaml:5:73: expected a whole number from 1 to 1000000000, found a string"],
    },
    {
      name: "burst times window beyond 64 bits",
      policies: limited("limit: 7, window: 365d, burst: 1000000000"),
      finds: [
        "error TG3006 p.yaml:5:74: this burst and window are too large to count exactly = use a shorter window with a limit as much smaller: `1000` per `1h` instead of `24000` per `1d`",
      ],
    },
    {
      name: "a window beyond 64 bits",
      policies: limited("limit: 1, window: 999999999d"),
      finds: [
        "error TG3006 p.yaml:5:50: this burst and window are too large to count exactly = use a shorter window with a limit as much smaller: `1000` per `1h` instead of `24000` per `1d`",
      ],
    },
    {
      name: "the largest that fit",
      policies: limited("limit: 1000000000, window: 999h, burst: 1000000000"),
      finds: [],
    },
  ]);
});

describe("durations", () => {
  const remedy = "write a number above zero and a unit, such as `500ms`, `1s`, `1m`, `1h30m` or `1d`";
  const bad = [
    "0s",
    "0ms",
    "1",
    "1.5s",
    "-1s",
    "1 s",
    "1S",
    "s",
    "",
    "1week",
    "1m1",
    "9999999999s",
    "1us",
    "1s\\n",
  ];
  pin([
    ...bad.map((window) => ({
      name: `the window "${window}"`,
      policies: limited(`limit: 1, window: "${window}"`),
      finds: [`error TG3005 p.yaml:5:61: \`${window || '""'}\` is not a duration = ${remedy}`],
    })),
    ...["500ms", "1s", "1h30m", "1d", "90s"].map((window) => ({
      name: `the window ${window}`,
      policies: limited(`limit: 1, window: ${window}`),
      finds: [],
    })),
    {
      name: "a number without unit",
      policies: limited("limit: 1, window: 60"),
      finds: [
        "error TG2004 p.yaml:5:61: expected a string, found a number = write a number and its unit in one word, such as `60s`",
      ],
    },
  ]);
});

describe("names", () => {
  const remedy =
    "use lower-case letters, digits and `-`, at most 63 of them; the name appears in logs and answers";
  const named = (name: string): string =>
    rateLimit(`  limits: { ${name}: { scope: worker, rates: [{ limit: 1, window: 1s }] } }\n`);
  pin([
    ...["Per-User", "per_user", "-a", '""', '"a*/b"', '"a\\nb"', "a".repeat(64), "__proto__"].map((name) => ({
      name: `the limit ${name}`,
      policies: named(name),
      finds: [
        `error TG3009 p.yaml:5:13: \`${name.replace(/^"(.+)"$/, "$1")}\` is not a limit's name = ${remedy}`,
      ],
    })),
    { name: "a limit called constructor", policies: named("constructor"), finds: [] },
    {
      name: "a number as a limit's name",
      policies: named("1"),
      finds: ['error TG2004 p.yaml:5:13: expected a string, found a number = quote it: "1"'],
    },
    {
      name: "header names",
      policies: limit(
        'key: [{ header: ":path" }, { header: "a b" }, { header: "a\\r\\nb" }, { header: "" }]',
      ),
      finds: [
        "error TG3003 p.yaml:5:85: `:path` is not a header name = a header name holds letters, digits and `-`, such as `x-user`",
        "error TG3003 p.yaml:5:106: `a b` is not a header name = a header name holds letters, digits and `-`, such as `x-user`",
        "error TG3003 p.yaml:5:125: `a\\r\\nb` is not a header name = a header name holds letters, digits and `-`, such as `x-user`",
        'error TG3003 p.yaml:5:147: `""` is not a header name = a header name holds letters, digits and `-`, such as `x-user`',
      ],
    },
  ]);
});
