// How a limit stands in memory: what the policy says of it, as a table of constants that compiler/5-emit/limits.ts lays out.
//
//   u32 algorithm, u32 number of rates, u32 cells of a set, u32 sets - 1
//   then for each rate four u64, by algorithm:
//     bucket          rate, capacity, token, fill time
//     fixed, sliding  window (nanoseconds), limit, 0, 0
//     under way       0, limit, 0, 0
//
// A cell holds what one key has used: {u64 key, then for each rate two u64}. Zeros are a cell that nobody has.

/** Deficits that refill evenly: `tokenBucket` and `gcra`, which decide alike. */
export const BUCKET: u32 = 0;
export const FIXED: u32 = 1;
export const SLIDING: u32 = 2;
/** Requests under way: `concurrency`. */
export const UNDER_WAY: u32 = 3;

const RATES: usize = 16;
const RATE_BYTES: usize = 32;
const KEY_BYTES: usize = 8;
const STATE_BYTES: usize = 16;

export function algorithmOf(limit: usize): u32 {
  return load<u32>(limit);
}

export function ratesOf(limit: usize): u32 {
  return load<u32>(limit, 4);
}

export function waysOf(limit: usize): u32 {
  return load<u32>(limit, 8);
}

/** The number of a key's set. */
export function setOf(limit: usize, key: u64): u32 {
  return (<u32>(key >>> 32)) & load<u32>(limit, 12);
}

/** How many sets there are. */
export function setsOf(limit: usize): u32 {
  return load<u32>(limit, 12) + 1;
}

/** What the policy says of a rate. */
export function rateOf(limit: usize, rate: u32): usize {
  return limit + RATES + <usize>rate * RATE_BYTES;
}

export function cellBytes(limit: usize): u32 {
  return <u32>KEY_BYTES + ratesOf(limit) * <u32>STATE_BYTES;
}

export function setBytes(limit: usize): u32 {
  return waysOf(limit) * cellBytes(limit);
}

/** What a cell has used of a rate. */
export function stateOf(cell: usize, rate: u32): usize {
  return cell + KEY_BYTES + <usize>rate * STATE_BYTES;
}
