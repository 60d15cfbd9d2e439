// The shape of RateLimitPolicy (`tollgate.dev/v1alpha1`).
import {
  integer,
  list,
  named,
  object,
  oneKey,
  optional,
  required,
  string,
  word,
  type Read,
} from "../../schema/schema.ts";

const keyPart = oneKey(
  {
    header: required(string(), "the name of a request header; all its values count"),
    sourceCIDR: required(
      object({
        v4: optional(integer(0, 32), "prefix length for IPv4 peers; 32 where absent"),
        v6: optional(integer(0, 128), "prefix length for IPv6 peers; 64 where absent"),
      }),
      "the direct peer's address, cut to a prefix",
    ),
  },
  ["query", "cookie", "claim", "path", "expression"],
);

const rate = object({
  limit: required(integer(1, 1_000_000_000), "requests allowed per window"),
  window: required(
    string("write a number and its unit in one word, such as `60s`"),
    "a duration such as `1s`, `1m`, `1h`",
  ),
  burst: optional(integer(1, 1_000_000_000), "the bucket's capacity; `limit` where absent"),
});

const limit = object(
  {
    key: optional(
      list(keyPart),
      "what requests are counted by, taken together; absent: all requests share one bucket",
    ),
    algorithm: optional(
      word(["tokenBucket"], ["gcra", "slidingWindow", "fixedWindow", "concurrency"]),
      "how requests are counted",
    ),
    rates: required(list(rate), "how many requests are allowed"),
    cost: optional(integer(1, 1_000_000_000), "tokens that one request takes; 1 where absent"),
    scope: required(
      word(["worker"], ["proxy", "mesh"]),
      "who shares a bucket: `worker` is one Envoy worker thread",
    ),
    maxKeys: optional(integer(1, 10_000_000), "the most buckets kept at once; 100000 where absent"),
  },
  { notYet: ["when", "mode", "onLimit", "onError"] },
);

export const spec = object(
  { limits: required(named(limit), "the limits by name; a request must pass all of them") },
  { notYet: ["phase", "trustedHops", "headers"] },
);

export type Spec = Read<typeof spec>;
export type LimitSpec = Spec["limits"]["items"][number]["item"];
