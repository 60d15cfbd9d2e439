// The class of an address: a binary search among the addresses at which intervals begin. compiler/4-plan/classes/intervals.ts
// makes them.
import { FAMILY_NONE, FAMILY_V4 } from "./address";
import { setClass } from "./columns";

/**
 * Finds the class of an address, given as `address.ts` parses it. `none`: the class where there is no address. `v4`: the first
 * addresses of IPv4 intervals (u32), ascending from 0; `v6` those of IPv6 (upper u64, lower u64). Classes are u32 in the
 * same order.
 */
export function classByAddress(
  column: u32,
  family: u32,
  high: u64,
  low: u64,
  none: u32,
  v4: usize,
  v4Classes: usize,
  v4Count: u32,
  v6: usize,
  v6Classes: usize,
  v6Count: u32,
): u32 {
  if (family == FAMILY_NONE) return setClass(column, none);
  const at = family == FAMILY_V4 ? findV4(v4, v4Count, <u32>low) : findV6(v6, v6Count, high, low);
  return setClass(column, load<u32>((family == FAMILY_V4 ? v4Classes : v6Classes) + ((<usize>at) << 2)));
}

/** The last interval that begins at or before the address; the first begins at 0. */
function findV4(starts: usize, count: u32, address: u32): u32 {
  let low: u32 = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (load<u32>(starts + ((<usize>middle) << 2)) <= address) low = middle;
    else high = middle;
  }
  return low;
}

function findV6(starts: usize, count: u32, addressHigh: u64, addressLow: u64): u32 {
  let low: u32 = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    const at = starts + ((<usize>middle) << 4);
    const there = load<u64>(at);
    if (there < addressHigh || (there == addressHigh && load<u64>(at, 8) <= addressLow)) low = middle;
    else high = middle;
  }
  return low;
}
