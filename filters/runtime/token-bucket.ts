// Token buckets in linear memory, exact to the nanosecond and bounded in number.
//
// A bucket stores what is missing to full (its deficit) and when that was so. The unit of a deficit is such that the
// bucket refills by `rate` units a nanosecond and one request costs `cost` units, both whole numbers, hence no rounding
// and no drift. A full bucket has deficit 0 and is the same as no bucket at all.
//
// The table is set-associative: a key's hash names a set of eight entries. When a new key finds all eight taken, the one
// that is closest to full gives way (a full one loses nothing), so a flood of new keys does not free a key that is at
// its limit while another in its set is not.

const WAYS: u32 = 8;
const ENTRY_BYTES: usize = 24; // key u64, deficit u64, updated u64 (nanoseconds)

/** Room for `sets` (a power of two) times eight buckets; `table` is 8 bytes that name them later. False: no memory. */
export function reserveBuckets(table: usize, sets: u32): bool {
  if (load<usize>(table) != 0) return true; // another plugin of this VM has done it
  const bytes = <u64>sets * <u64>WAYS * <u64>ENTRY_BYTES;
  const pages = <i32>((bytes + 0xffff) >>> 16);
  const before = memory.grow(pages);
  if (before < 0) return false;
  store<usize>(table, (<usize>before) << 16);
  store<u32>(table, sets - 1, 4);
  return true;
}

/** What is missing to full now. The clock may step backwards: that refills nothing. */
function deficit(entry: usize, now: u64, rate: u64, fillTime: u64): u64 {
  const missing = load<u64>(entry, 8);
  const updated = load<u64>(entry, 16);
  if (now <= updated) return missing;
  const elapsed = now - updated;
  if (elapsed >= fillTime) return 0;
  const refilled = elapsed * rate;
  return refilled >= missing ? 0 : missing - refilled;
}

/** The entry of a key: its own, or else the one it will take over when `take` is called. */
export function findBucket(table: usize, key: u64, now: u64, rate: u64, fillTime: u64): usize {
  const set = load<usize>(table) + <usize>((<u32>(key >>> 32)) & load<u32>(table, 4)) * (WAYS * ENTRY_BYTES);
  for (let i: u32 = 0; i < WAYS; i++) {
    const entry = set + <usize>i * ENTRY_BYTES;
    if (load<u64>(entry) == key) return entry;
  }
  let victim = set;
  let least = u64.MAX_VALUE;
  for (let i: u32 = 0; i < WAYS; i++) {
    const entry = set + <usize>i * ENTRY_BYTES;
    const missing = deficit(entry, now, rate, fillTime);
    if (missing < least) {
      least = missing;
      victim = entry;
    }
    if (missing == 0) break;
  }
  return victim;
}

/** Nanoseconds until a request fits; 0 where it fits now. Takes nothing. */
export function waitTime(
  entry: usize,
  key: u64,
  now: u64,
  capacity: u64,
  cost: u64,
  rate: u64,
  fillTime: u64,
): u64 {
  if (load<u64>(entry) != key) return 0;
  const needed = deficit(entry, now, rate, fillTime) + cost;
  // A clock that was set back starts anew from where it is; else nothing would refill until it has caught up.
  if (now < load<u64>(entry, 16)) store<u64>(entry, now, 16);
  return needed <= capacity ? 0 : (needed - capacity + rate - 1) / rate;
}

/** Takes a request's cost out of a bucket in which `waitTime` was 0. */
export function take(entry: usize, key: u64, now: u64, cost: u64, rate: u64, fillTime: u64): void {
  const missing = load<u64>(entry) == key ? deficit(entry, now, rate, fillTime) : 0;
  store<u64>(entry, key);
  store<u64>(entry, missing + cost, 8);
  store<u64>(entry, now, 16);
}
