// What one key has used of one rate, by the plainest definition of each algorithm, in whole numbers that never overflow.
import type { Algorithm, Rate } from "./program.ts";

/**
 * Costs are whole numbers from 0; 0 always fits and takes nothing. Times are nanoseconds since 1970 and may step back. A
 * cost that never fits waits for one more than there ever is.
 */
export interface Count {
  /** Nanoseconds until a request of this cost fits; 0 where it fits now. Takes nothing. */
  wait(cost: bigint, now: bigint): bigint;
  /** Takes a cost, as much of it as the rate allows at once. */
  take(cost: bigint, now: bigint): void;
  /** Puts back what was taken and not used. */
  giveBack(cost: bigint, now: bigint): void;
  /** The largest cost that fits now. */
  left(now: bigint): bigint;
  /** Nanoseconds until the bucket is full or the next window begins; undefined where time does not matter. */
  reset(now: bigint): bigint | undefined;
}

export function newCount(algorithm: Algorithm, rate: Rate): Count {
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

/**
 * Clocks of several threads are read in another order than they are written down, and clocks are set. A step back of up to
 * a second is no step: time stands until it has caught up. A longer one starts anew from where the clock is.
 */
const STANDS = 1_000_000_000n;

function standing(now: bigint, last: bigint): bigint {
  return now < last && last - now <= STANDS ? last : now;
}

/** Counted in tokens times the window's nanoseconds, of which `limit` come back each nanosecond. */
class TokenBucket implements Count {
  #missing = 0n;
  #updated = 0n;
  readonly #rate: bigint;
  readonly #token: bigint;
  readonly #burst: bigint;

  constructor({ limit: rate, window, burst }: Rate) {
    this.#rate = BigInt(rate);
    this.#token = window;
    this.#burst = BigInt(burst);
  }

  wait(cost: bigint, now: bigint): bigint {
    const time = this.#refill(now);
    const over = this.#missing + least(cost, this.#burst + 1n) * this.#token - this.#capacity;
    return over <= 0n ? 0n : time - now + ceiling(over, this.#rate);
  }

  take(cost: bigint, now: bigint): void {
    this.#refill(now);
    this.#missing = least(this.#missing + cost * this.#token, this.#capacity);
  }

  giveBack(cost: bigint, now: bigint): void {
    this.#refill(now);
    this.#missing = most(this.#missing - cost * this.#token, 0n);
  }

  left(now: bigint): bigint {
    this.#refill(now);
    return (this.#capacity - this.#missing) / this.#token;
  }

  reset(now: bigint): bigint {
    this.#refill(now);
    return ceiling(this.#missing, this.#rate);
  }

  get #capacity(): bigint {
    return this.#burst * this.#token;
  }

  #refill(now: bigint): bigint {
    const time = standing(now, this.#updated);
    const refilled = time > this.#updated ? (time - this.#updated) * this.#rate : 0n;
    this.#missing = most(this.#missing - refilled, 0n);
    this.#updated = time;
    return time;
  }
}

/** Virtual scheduling: the theoretical arrival time of the next cell, in nanoseconds times `limit`. */
class CellRate implements Count {
  #arrival = 0n;
  #last = 0n;
  readonly #rate: bigint;
  readonly #interval: bigint;
  readonly #burst: bigint;

  constructor({ limit: rate, window, burst }: Rate) {
    this.#rate = BigInt(rate);
    this.#interval = window;
    this.#burst = BigInt(burst);
  }

  wait(cost: bigint, now: bigint): bigint {
    const time = this.#look(now);
    const after = this.#arrival + least(cost, this.#burst + 1n) * this.#interval;
    const early = after - this.#latest(time);
    return early <= 0n ? 0n : time - now + ceiling(early, this.#rate);
  }

  take(cost: bigint, now: bigint): void {
    const time = this.#look(now);
    this.#arrival = least(this.#arrival + cost * this.#interval, this.#latest(time));
  }

  giveBack(cost: bigint, now: bigint): void {
    const time = this.#look(now);
    this.#arrival = most(this.#arrival - cost * this.#interval, time * this.#rate);
  }

  left(now: bigint): bigint {
    return (this.#latest(this.#look(now)) - this.#arrival) / this.#interval;
  }

  reset(now: bigint): bigint {
    return ceiling(this.#arrival - this.#look(now) * this.#rate, this.#rate);
  }

  /** How far ahead of the time the arrival may be. */
  #latest(time: bigint): bigint {
    return time * this.#rate + this.#burst * this.#interval;
  }

  /** An arrival that is past is now. */
  #look(now: bigint): bigint {
    const time = standing(now, this.#last);
    if (time < this.#last) this.#arrival -= (this.#last - time) * this.#rate;
    this.#arrival = most(this.#arrival, time * this.#rate);
    this.#last = time;
    return time;
  }
}

class FixedWindow implements Count {
  #begins = 0n;
  #count = 0n;
  readonly #limit: bigint;
  readonly #window: bigint;

  constructor({ limit, window }: Rate) {
    this.#limit = BigInt(limit);
    this.#window = window;
  }

  wait(cost: bigint, now: bigint): bigint {
    this.#turn(now);
    return this.#count + cost <= this.#limit ? 0n : this.#begins + this.#window - now;
  }

  take(cost: bigint, now: bigint): void {
    this.#turn(now);
    this.#count = least(this.#count + cost, this.#limit);
  }

  giveBack(cost: bigint, now: bigint): void {
    this.#turn(now);
    this.#count = most(this.#count - cost, 0n);
  }

  left(now: bigint): bigint {
    this.#turn(now);
    return this.#limit - this.#count;
  }

  reset(now: bigint): bigint {
    return this.#begins + this.#window - this.#turn(now);
  }

  #turn(now: bigint): bigint {
    const time = standing(now, this.#begins);
    const begins = time - (time % this.#window);
    // A window that has not begun yet, by a clock that was set back, goes on as the one that is.
    if (begins > this.#begins) this.#count = 0n;
    this.#begins = begins;
    return time;
  }
}

class SlidingWindow implements Count {
  #begins = 0n;
  #count = 0n;
  #before = 0n;
  readonly #limit: bigint;
  readonly #window: bigint;

  constructor({ limit, window }: Rate) {
    this.#limit = BigInt(limit);
    this.#window = window;
  }

  wait(cost: bigint, now: bigint): bigint {
    const time = this.#turn(now);
    // A clock that stepped back lets more of the window before count than there is room for; nothing fits in there all the same.
    if (cost === 0n || cost <= this.#room(time)) return 0n;
    const elapsed = time - this.#begins;
    const here = this.#passedUntil(this.#before, this.#count + cost);
    if (here !== undefined) return time - now + here - elapsed;
    const next = this.#passedUntil(this.#count, cost) ?? this.#window;
    return time - now + this.#window - elapsed + next;
  }

  take(cost: bigint, now: bigint): void {
    this.#turn(now);
    this.#count = least(this.#count + cost, this.#limit);
  }

  giveBack(cost: bigint, now: bigint): void {
    this.#turn(now);
    this.#count = most(this.#count - cost, 0n);
  }

  left(now: bigint): bigint {
    return most(this.#room(this.#turn(now)), 0n);
  }

  reset(now: bigint): bigint {
    const time = this.#turn(now);
    return this.#begins + this.#window - time;
  }

  #room(time: bigint): bigint {
    const counts = ceiling(this.#before * (this.#begins + this.#window - time), this.#window);
    return this.#limit - this.#count - counts;
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

  constructor({ limit }: Rate) {
    this.#limit = BigInt(limit);
  }

  wait(cost: bigint): bigint {
    return this.#count + cost <= this.#limit ? 0n : LATER;
  }

  take(cost: bigint): void {
    this.#count = least(this.#count + cost, this.#limit);
  }

  giveBack(cost: bigint): void {
    this.#count = most(this.#count - cost, 0n);
  }

  left(): bigint {
    return this.#limit - this.#count;
  }

  reset(): undefined {
    return undefined;
  }
}

function ceiling(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
