// The reference of the rate-limiting stage, without a bound on the number of keys.
import { costOf as celCostOf, evaluateCelValue } from "../cel/value.ts";
import { maskOf, parseAddress } from "../net/block.ts";
import { newCount, type Count } from "./counts.ts";
import { detailsOf, grpcStatus } from "./details.ts";
import { holds, valuesOf, type Refusal, type Request } from "./interpret.ts";
import type { KeyPart, Limit, Program } from "./program.ts";

/** What limits remember between requests: for each limit (by origin) and key, a count for each rate. */
export class LimitState {
  readonly counts = new Map<string, readonly Count[]>();
}

/** Refuses a request that is over a limit of a phase, or takes from all of them. Time is in nanoseconds since 1970. */
export function limit(
  { limits, responses }: Program,
  phase: Limit["phase"],
  request: Request,
  now: bigint,
  state: LimitState,
): Refusal | undefined {
  const asked = limits.filter((l) => l.phase === phase && holds(l.when, request));
  const found = asked.map((l) => {
    const counts = countsOf(l, request, state);
    const cost = costOf(l, request);
    return { limit: l, counts, cost, wait: longest(counts.map((count) => count.wait(cost, now))) };
  });
  const refusing = found
    .filter(({ limit: l, wait }) => !l.shadow && wait > 0n)
    .reduce<(typeof found)[number] | undefined>(
      (most, f) => (most && most.wait >= f.wait ? most : f),
      undefined,
    );
  if (!refusing) {
    // A limit that is only tried out takes where it would have allowed.
    for (const { counts, cost, wait } of found) {
      if (wait === 0n) for (const count of counts) count.take(cost, now);
    }
    return undefined;
  }
  const { limit: by, wait } = refusing;
  return {
    kind: "refuse",
    status: by.answer.status ?? responses.limited.status,
    body: by.answer.body ?? responses.limited.body,
    details: detailsOf("rate-limiting", by.origin),
    grpcStatus: grpcStatus.limited,
    retryAfter: Number((wait + 999_999_999n) / 1_000_000_000n),
  };
}

function longest(waits: readonly bigint[]): bigint {
  return waits.reduce((most, wait) => (wait > most ? wait : most), 0n);
}

function costOf({ cost }: Limit, request: Request): bigint {
  if (cost.kind === "cel") return celCostOf(evaluateCelValue(cost.expression, request) as bigint | undefined);
  // What the response will tell needs room for 1 until then.
  return cost.kind === "constant" ? BigInt(cost.value) : 1n;
}

function countsOf(l: Limit, request: Request, state: LimitState): readonly Count[] {
  const key = l.key.map((part) => keyOf(part, request));
  const id = JSON.stringify([l.origin.policy, l.origin.part, key]);
  let counts = state.counts.get(id);
  if (!counts) state.counts.set(id, (counts = l.rates.map((rate) => newCount(l.algorithm, rate))));
  return counts;
}

function keyOf(part: KeyPart, request: Request): unknown {
  if (part.kind === "peer") {
    const address = request.peer === undefined ? undefined : parseAddress(request.peer);
    if (!address) return null;
    const bits = address.family === 4 ? maskOf(32, part.v4Bits) : maskOf(128, part.v6Bits);
    return [address.family, String(address.network & bits)];
  }
  // As JSON an error is null, which no text is.
  if (part.kind === "cel") return evaluateCelValue(part.expression, request) ?? null;
  if (part.kind === "query") throw new Error("query parameters are no keys yet");
  // Whoever repeats the header shares a bucket, whatever the values: a further value must not be a fresh bucket.
  const values = valuesOf(part, request);
  return values.length > 1 && part.kind !== "claim" ? "repeated" : values;
}
