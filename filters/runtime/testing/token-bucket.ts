// AssemblyScript, for token-bucket.test.ts.
import { findBucket, reserveBuckets, take, waitTime } from "../token-bucket";
export { findBucket, reserveBuckets, waitTime } from "../token-bucket";
export { scratch } from "./scratch";

const TABLE: usize = memory.data(8, 4);

/** The eight bytes that name a table. */
export function table(): usize {
  return TABLE;
}

/** What an emitted filter does for one limit: 0 where the request passes, else how long to wait. */
export function request(key: u64, now: u64, capacity: u64, cost: u64, rate: u64, fillTime: u64): u64 {
  const entry = findBucket(TABLE, key, now, rate, fillTime);
  const wait = waitTime(entry, key, now, capacity, cost, rate, fillTime);
  if (wait == 0) take(entry, key, now, cost, rate, fillTime);
  return wait;
}

export function reserve(sets: u32): bool {
  return reserveBuckets(TABLE, sets);
}
