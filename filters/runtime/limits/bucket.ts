// A bucket stores what is missing to full (its deficit) and when that was so: {u64 deficit, u64 updated}. The unit of a
// deficit is such that the bucket refills by `rate` units a nanosecond and one token is `token` units, both whole numbers,
// hence no rounding and no drift. A full bucket has deficit 0 and is the same as none.
import { standing } from "./clock";

function rateOfBucket(rate: usize): u64 {
  return load<u64>(rate);
}

function capacity(rate: usize): u64 {
  return load<u64>(rate, 8);
}

function token(rate: usize): u64 {
  return load<u64>(rate, 16);
}

/** What a cost takes; of one that no bucket holds a little more than fits, so that the product has room in 64 bits. */
function units(rate: usize, cost: u64): u64 {
  // Most requests cost 1, which every bucket holds: without a division, then.
  if (cost <= 1) return cost * token(rate);
  const most = capacity(rate) / token(rate);
  return min(cost, most + 1) * token(rate);
}

/** What is missing at a time that is not before `updated`, or long before. */
function deficit(rate: usize, state: usize, time: u64): u64 {
  const missing = load<u64>(state);
  const updated = load<u64>(state, 8);
  if (time <= updated) return missing;
  const elapsed = time - updated;
  if (elapsed >= load<u64>(rate, 24)) return 0;
  const refilled = elapsed * rateOfBucket(rate);
  return refilled >= missing ? 0 : missing - refilled;
}

/** Brings a bucket up to now, which is what later questions count from. */
export function turnBucket(rate: usize, state: usize, now: u64): void {
  const time = standing(now, load<u64>(state, 8));
  store<u64>(state, deficit(rate, state, time));
  store<u64>(state, time, 8);
}

/** Nanoseconds until a cost fits; 0 where it fits now. The bucket is up to `time`. */
export function bucketWait(rate: usize, state: usize, cost: u64): u64 {
  const needed = load<u64>(state) + units(rate, cost);
  if (needed <= capacity(rate)) return 0;
  const over = needed - capacity(rate);
  return (over - 1) / rateOfBucket(rate) + 1;
}

/** Takes a cost, as much of it as a bucket holds. */
export function bucketTake(rate: usize, state: usize, cost: u64): void {
  store<u64>(state, min(load<u64>(state) + units(rate, cost), capacity(rate)));
}

/** Puts back what was taken and not used. */
export function bucketGiveBack(rate: usize, state: usize, cost: u64): void {
  const given = units(rate, cost);
  const missing = load<u64>(state);
  store<u64>(state, missing > given ? missing - given : 0);
}

/**
 * Undoes a take after which the bucket stood as `after`. What has refilled since then might have found the bucket full without
 * the take, so of that nothing is put back.
 */
export function bucketUndo(rate: usize, state: usize, after: usize, cost: u64): void {
  const given = min(units(rate, cost), deficit(rate, after, load<u64>(state, 8)));
  const missing = load<u64>(state);
  store<u64>(state, missing > given ? missing - given : 0);
}

/** Leaves so many tokens missing at least. */
export function bucketFloor(rate: usize, state: usize, tokens: u64): void {
  store<u64>(state, max(load<u64>(state), min(units(rate, tokens), capacity(rate))));
}

/** Whole tokens that a full bucket holds. */
export function bucketSize(rate: usize): u64 {
  return capacity(rate) / token(rate);
}

/** Nanoseconds in which an empty bucket fills. */
export function bucketFill(rate: usize): u64 {
  return load<u64>(rate, 24);
}

/** Whole tokens that are left. */
export function bucketLeft(rate: usize, state: usize): u64 {
  const missing = load<u64>(state);
  const most = capacity(rate);
  return missing >= most ? 0 : (most - missing) / token(rate);
}

/** Nanoseconds until it is full. */
export function bucketReset(rate: usize, state: usize): u64 {
  const missing = load<u64>(state);
  return missing == 0 ? 0 : (missing - 1) / rateOfBucket(rate) + 1;
}

/** How much of it is missing, from 0 to 1. */
export function bucketUsage(rate: usize, state: usize): f64 {
  return <f64>load<u64>(state) / <f64>capacity(rate);
}
