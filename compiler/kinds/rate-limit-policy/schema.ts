// The shape of RateLimitPolicy (`tollgate.dev/v1alpha1`).
import { fillableDuration, fillableInteger } from "../../schema/fillable.ts";
import { field, fieldIs, without, type JsonSchema } from "../../schema/json-schema.ts";
import { integer, list, named, object, optional, required, word, type Read } from "../../schema/schema.ts";
import { celText, DNS_LABEL } from "../../schema/texts.ts";
import { attachmentFields, attachmentRules } from "../attachment/schema.ts";
import { algorithmNames, hasBurst } from "./algorithm.ts";
import { onLimit } from "./answer.ts";
import { cost } from "./cost.ts";
import { keyPart } from "./key.ts";
import { MOST_RATES } from "./limits.ts";

const rate = object(
  {
    limit: required(
      fillableInteger(1, 1_000_000_000, "tokens"),
      "what is allowed in a window; of `concurrency` how many requests may be under way",
    ),
    window: optional(
      fillableDuration("write a number and its unit in one word, such as `60s`"),
      "a duration such as `1s`, `1m`, `1h`; of `concurrency` none",
    ),
    burst: optional(
      fillableInteger(1, 1_000_000_000, "tokens"),
      "the bucket's capacity, of `tokenBucket` and `gcra`",
      "`limit`",
    ),
  },
  { example: "{ limit: 60, window: 1m, burst: 20 }" },
);

const condition = object(
  {
    predicate: required(
      celText("request.method != 'GET'"),
      "an expression in CEL; where it errors, the request counts",
    ),
  },
  { example: `{ predicate: "request.method != 'GET'" }` },
);

const LIMIT = "{ rates: [{ limit: 60, window: 1m }] }";

const eachRate = (holds: JsonSchema): JsonSchema => field("rates", { items: holds });

/** Requests under way have one number and no window; all else counts by windows. */
const ratesByAlgorithm: JsonSchema = {
  if: fieldIs("algorithm", "concurrency"),
  then: { allOf: [eachRate(without("window")), field("rates", { maxItems: 1 })] },
  else: { allOf: [eachRate({ required: ["window"] }), field("rates", { maxItems: MOST_RATES })] },
};
const burstByAlgorithm: JsonSchema = {
  if: fieldIs("algorithm", ...algorithmNames.filter((name) => !hasBurst(name))),
  then: eachRate(without("burst")),
};
const algorithmByScope: JsonSchema = {
  if: fieldIs("scope", "mesh"),
  then: fieldIs("algorithm", "fixedWindow"),
};

const limit = object(
  {
    when: optional(
      list(condition),
      "what must hold for a request to count, all of it",
      "every request counts",
    ),
    key: optional(
      list(keyPart),
      "what requests are counted by, taken together",
      "all requests share one count",
    ),
    algorithm: optional(word(algorithmNames), "how requests are counted", "`tokenBucket`"),
    rates: required(list(rate), "how much is allowed; a request must fit every rate"),
    cost: optional(cost, "what one request takes", "1"),
    scope: optional(
      word(
        ["worker", "proxy", "mesh"],
        {},
        "`worker`: each worker thread for itself, `proxy`: one Envoy, `mesh`: all that ask one service",
      ),
      "who shares a count: one worker thread, all of the proxy's, or all that ask the bundle's `rateLimitService`",
      "`proxy`",
    ),
    maxKeys: optional(
      integer(1, 10_000_000, "keys"),
      "the most that are kept at once; those that used least go first",
      "100000",
    ),
    mode: optional(
      word(["Enforce", "Shadow"]),
      "`Shadow` counts what it would refuse, and lets it pass",
      "`Enforce`",
    ),
    onLimit: optional(onLimit, "how its refusals are answered", "as the bundle says"),
    onError: optional(
      word(["Deny", "Allow"]),
      "of `scope: mesh`: what becomes of requests while the service does not answer",
      "`Deny`",
    ),
  },
  { example: LIMIT, between: [ratesByAlgorithm, burstByAlgorithm, algorithmByScope] },
);

export const spec = object(
  {
    limits: required(
      named(limit, `{ per-caller: ${LIMIT} }`, DNS_LABEL),
      "the limits by name; a request must pass all of them",
    ),
    headers: optional(
      word(["Draft", "XRateLimit", "Off"]),
      "the header fields that tell clients what is left",
      "`Draft`",
    ),
    phase: optional(
      word(["AfterAuthorization", "BeforeAuthentication"]),
      "when the limits are asked: of requests that may pass, or of all",
      "`AfterAuthorization`",
    ),
    trustedHops: optional(
      integer(0, 255, "proxies"),
      "of `sourceCIDR`: the address that stands so far from the right in `x-forwarded-for`; 0 is the direct peer",
      "0",
    ),
    ...attachmentFields,
  },
  { between: attachmentRules },
);

export type Spec = Read<typeof spec>;
export type LimitSpec = Spec["limits"]["items"][number]["item"];
export type RateSpec = LimitSpec["rates"]["items"][number];
