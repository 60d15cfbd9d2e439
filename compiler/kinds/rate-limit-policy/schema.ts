// The shape of RateLimitPolicy (`tollgate.dev/v1alpha1`).
import { attachmentFields } from "../attachment/schema.ts";
import {
  integer,
  list,
  named,
  notYet,
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
      object(
        {
          v4: optional(integer(0, 32, "bits"), "prefix length for IPv4 peers", "32"),
          v6: optional(integer(0, 128, "bits"), "prefix length for IPv6 peers", "64"),
        },
        { example: "{ v4: 32, v6: 64 }" },
      ),
      "the direct peer's address, cut to a prefix",
    ),
  },
  {
    example: "{ header: x-user }",
    notYet: notYet(
      ["query", "cookie", "claim", "path", "expression"],
      "without it more requests share a bucket: count by `header` or `sourceCIDR`",
    ),
  },
);

const rate = object(
  {
    limit: required(integer(1, 1_000_000_000, "tokens"), "requests allowed per window"),
    window: required(
      string("write a number and its unit in one word, such as `60s`"),
      "a duration such as `1s`, `1m`, `1h`",
    ),
    burst: optional(integer(1, 1_000_000_000, "tokens"), "the bucket's capacity", "`limit`"),
  },
  { example: "{ limit: 60, window: 1m, burst: 20 }" },
);

const LIMIT = "{ rates: [{ limit: 60, window: 1m }], scope: worker }";
const PER_WORKER = "each worker thread of each Envoy counts for itself, so N of them allow N times the limit";

const limit = object(
  {
    key: optional(
      list(keyPart),
      "what requests are counted by, taken together",
      "all requests share one bucket",
    ),
    algorithm: optional(
      word(
        ["tokenBucket"],
        notYet(
          ["gcra", "slidingWindow", "fixedWindow", "concurrency"],
          "it allows `limit` a window, and bursts",
        ),
      ),
      "how requests are counted",
      "`tokenBucket`",
    ),
    rates: required(list(rate), "how many requests are allowed"),
    cost: optional(integer(1, 1_000_000_000, "tokens"), "what one request takes", "1"),
    scope: required(
      word(["worker"], notYet(["proxy", "mesh"], PER_WORKER), PER_WORKER),
      "who shares a bucket: `worker` is one Envoy worker thread",
    ),
    maxKeys: optional(
      integer(1, 10_000_000, "buckets"),
      "the most that are kept at once; those closest to full go first",
      "100000",
    ),
  },
  {
    example: LIMIT,
    notYet: {
      when: "without it the limit counts all requests, and refuses all that are too many: leave the limit out, or give the requests that it means a filter of their own",
      mode: "without it the limit refuses, also where it was to be only tried out: leave such a limit out",
      onLimit: "refusals are worded for the whole bundle, by `responses.limited` of a `Bundle` document",
      onError: "counting asks nobody, so it cannot fail: leave the field out",
    },
  },
);

export const spec = object(
  {
    limits: required(
      named(limit, `{ per-caller: ${LIMIT} }`),
      "the limits by name; a request must pass all of them",
    ),
    ...attachmentFields,
  },
  {
    notYet: {
      phase: "limits are always asked behind authorization: who is refused there is not counted",
      trustedHops:
        "`sourceCIDR` is the direct peer: behind a load balancer all its clients would share a bucket; count by a header that it sets",
      headers: "answers carry no limit headers yet, refusals `retry-after` only: leave the field out",
    },
  },
);

export type Spec = Read<typeof spec>;
export type LimitSpec = Spec["limits"]["items"][number]["item"];
export type RateSpec = LimitSpec["rates"]["items"][number];
