// The reference of the rate-limiting stage: every key's count by the plainest definition of its algorithm, in whole numbers
// that never overflow, and without a bound on the number of keys.
import { costOf as celCostOf, evaluateCelValue } from "../cel/value.ts";
import { maskOf, parseAddress } from "../net/block.ts";
import { detailsOf, grpcStatus } from "./details.ts";
import { holds, valuesOf, type Refusal, type Request } from "./interpret.ts";
import type { Algorithm, KeyPart, Limit, Program, Rate } from "./program.ts";

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

/** What one rate of one key knows. */
interface Count {
  /** Nanoseconds until a request of this cost fits; 0 where it fits now. Takes nothing. */
  wait(cost: bigint, now: bigint): bigint;
  take(cost: bigint, now: bigint): void;
}

/**
 * Clocks of several threads are read in another order than they are written down, and clocks are set. A step back of up to
 * a second is no step: time stands until it has caught up. A longer one starts anew from where the clock is.
 */
const STANDS = 1_000_000_000n;

function standing(now: bigint, last: bigint): bigint {
  return now < last && last - now <= STANDS ? last : now;
}

function newCount(algorithm: Algorithm, rate: Rate): Count {
  switch (algorithm) {
    case "token-bucket":
      return new TokenBucket(rate);
    case "gcra":
      return new CellRate(rate);
    case "sliding-window":
      return new SlidingWindow(rate);
    case "fixed-window":
      return new FixedWindow(rate);
    case "concurrency":
      return new UnderWay(rate);
  }
}

/** Counted in tokens times the window's nanoseconds, of which `limit` come back each nanosecond. */
class TokenBucket implements Count {
  #missing = 0n;
  #updated = 0n;
  readonly #rate: bigint;
  readonly #token: bigint;
  readonly #capacity: bigint;

  constructor({ limit: rate, window, burst }: Rate) {
    this.#rate = BigInt(rate);
    this.#token = window;
    this.#capacity = BigInt(burst) * window;
  }

  wait(cost: bigint, now: bigint): bigint {
    const time = this.#refill(now);
    const over = this.#missing + cost * this.#token - this.#capacity;
    return over <= 0n ? 0n : time - now + ceiling(over, this.#rate);
  }

  take(cost: bigint, now: bigint): void {
    this.#refill(now);
    this.#missing += cost * this.#token;
  }

  #refill(now: bigint): bigint {
    const time = standing(now, this.#updated);
    const refilled = time > this.#updated ? (time - this.#updated) * this.#rate : 0n;
    this.#missing = this.#missing > refilled ? this.#missing - refilled : 0n;
    this.#updated = time;
    return time;
  }
}

/** Virtual scheduling: the theoretical arrival time, in nanoseconds times `limit`. */
class CellRate implements Count {
  #arrival = 0n;
  #last = 0n;
  readonly #rate: bigint;
  readonly #interval: bigint;
  readonly #tolerance: bigint;

  constructor({ limit: rate, window, burst }: Rate) {
    this.#rate = BigInt(rate);
    this.#interval = window;
    this.#tolerance = BigInt(burst) * window;
  }

  wait(cost: bigint, now: bigint): bigint {
    const time = this.#look(now);
    const early = this.#after(cost, time) - this.#tolerance - time * this.#rate;
    return early <= 0n ? 0n : time - now + ceiling(early, this.#rate);
  }

  take(cost: bigint, now: bigint): void {
    this.#arrival = this.#after(cost, this.#look(now));
  }

  #after(cost: bigint, time: bigint): bigint {
    const earliest = time * this.#rate;
    return (this.#arrival > earliest ? this.#arrival : earliest) + cost * this.#interval;
  }

  #look(now: bigint): bigint {
    const time = standing(now, this.#last);
    if (time < this.#last) this.#arrival -= (this.#last - time) * this.#rate;
    this.#last = time;
    return time;
  }
}

class FixedWindow implements Count {
  #begins = 0n;
  #count = 0n;
  readonly #limit: bigint;
  readonly #window: bigint;

  constructor({ limit: most, window }: Rate) {
    this.#limit = BigInt(most);
    this.#window = window;
  }

  wait(cost: bigint, now: bigint): bigint {
    this.#turn(now);
    return this.#count + cost <= this.#limit ? 0n : this.#begins + this.#window - now;
  }

  take(cost: bigint, now: bigint): void {
    this.#turn(now);
    this.#count += cost;
  }

  #turn(now: bigint): void {
    const time = standing(now, this.#begins);
    const begins = time - (time % this.#window);
    // A window that has not begun yet, by a clock that was set back, goes on as the one that is.
    if (begins > this.#begins) this.#count = 0n;
    this.#begins = begins;
  }
}

class SlidingWindow implements Count {
  #begins = 0n;
  #count = 0n;
  #before = 0n;
  readonly #limit: bigint;
  readonly #window: bigint;

  constructor({ limit: most, window }: Rate) {
    this.#limit = BigInt(most);
    this.#window = window;
  }

  wait(cost: bigint, now: bigint): bigint {
    const time = this.#turn(now);
    const elapsed = time - this.#begins;
    const fits = (before: bigint, count: bigint, passed: bigint): boolean =>
      before * (this.#window - passed) + (count + cost) * this.#window <= this.#limit * this.#window;
    if (fits(this.#before, this.#count, elapsed)) return 0n;
    const here = this.#passedUntil(this.#before, this.#count + cost);
    if (here !== undefined) return time - now + here - elapsed;
    const next = this.#passedUntil(this.#count, cost) ?? this.#window;
    return time - now + this.#window - elapsed + next;
  }

  take(cost: bigint, now: bigint): void {
    this.#turn(now);
    this.#count += cost;
  }

  /** How much of a window must have passed until what counts of the one before leaves room; undefined where it never does. */
  #passedUntil(before: bigint, count: bigint): bigint | undefined {
    const room = this.#limit - count;
    if (room < 0n) return undefined;
    if (before <= room) return 0n;
    return this.#window - (room * this.#window) / before;
  }

  #turn(now: bigint): bigint {
    const time = standing(now, this.#begins);
    const begins = time - (time % this.#window);
    if (begins > this.#begins) {
      this.#before = begins - this.#begins === this.#window ? this.#count : 0n;
      this.#count = 0n;
    }
    this.#begins = begins;
    return time;
  }
}

/** Nobody knows when one ends; a second is as good as any time. */
const LATER = 1_000_000_000n;

class UnderWay implements Count {
  #count = 0n;
  readonly #limit: bigint;

  constructor({ limit: most }: Rate) {
    this.#limit = BigInt(most);
  }

  wait(cost: bigint): bigint {
    return this.#count + cost <= this.#limit ? 0n : LATER;
  }

  take(cost: bigint): void {
    this.#count += cost;
  }
}

function ceiling(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
