// IP addresses in their text form (RFC 4291, RFC 5952; IPv4 dotted decimal). A parsed address is a family and 128 bits;
// IPv4 stands in the low 32. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is the IPv4 address it carries.

export const FAMILY_NONE: u32 = 0;
export const FAMILY_V4: u32 = 4;
export const FAMILY_V6: u32 = 6;

let high: u64 = 0;
let low: u64 = 0;

/** The upper 64 bits of the address parsed last. */
export function parsedHigh(): u64 {
  return high;
}

/** The lower 64 bits of the address parsed last. */
export function parsedLow(): u64 {
  return low;
}

/** Parses an address without a port; `FAMILY_NONE` for anything else. */
export function parseAddress(p: usize, size: u32): u32 {
  high = 0;
  low = 0;
  const end = p + size;
  for (let q = p; q < end; q++) {
    if (load<u8>(q) == 0x3a) return parseV6(p, end);
  }
  const v4 = parseV4(p, end);
  if (v4 < 0) return FAMILY_NONE;
  low = <u64>v4;
  return FAMILY_V4;
}

/** The 32 bits of a dotted decimal, or -1. */
function parseV4(p: usize, end: usize): i64 {
  let bits: u32 = 0;
  for (let part = 0; part < 4; part++) {
    if (part != 0) {
      if (p >= end || load<u8>(p) != 0x2e) return -1;
      p++;
    }
    const start = p;
    let number: u32 = 0;
    while (p < end && p < start + 3) {
      const digit = <u32>load<u8>(p) - 0x30;
      if (digit > 9) break;
      number = number * 10 + digit;
      p++;
    }
    if (p == start || number > 255 || (p > start + 1 && load<u8>(start) == 0x30)) return -1;
    bits = (bits << 8) | number;
  }
  return p == end ? <i64>bits : -1;
}

function parseV6(p: usize, end: usize): u32 {
  // A zone (`fe80::1%eth0`) names an interface, not an address.
  for (let q = p; q < end; q++) {
    if (load<u8>(q) == 0x25) {
      end = q;
      break;
    }
  }
  // Groups before `::` fill from the top, those behind it stand at the bottom.
  let headHigh: u64 = 0;
  let headLow: u64 = 0;
  let groups: u32 = 0;
  let gapAt: i32 = -1;
  if (p + 1 < end && load<u8>(p) == 0x3a) {
    if (load<u8>(p + 1) != 0x3a) return FAMILY_NONE;
    gapAt = 0;
    p += 2;
  }
  while (p < end) {
    if (groups == 8) return FAMILY_NONE;
    let number: u32 = 0;
    const start = p;
    while (p < end && p < start + 4) {
      const digit = hexDigit(load<u8>(p));
      if (digit > 15) break;
      number = (number << 4) | digit;
      p++;
    }
    if (p < end && load<u8>(p) == 0x2e) {
      // The last 32 bits may be written as dotted decimal.
      const v4 = parseV4(start, end);
      if (v4 < 0 || groups > 6) return FAMILY_NONE;
      headHigh = (headHigh << 32) | (headLow >>> 32);
      headLow = (headLow << 32) | (<u64>v4);
      groups += 2;
      break;
    }
    if (p == start) return FAMILY_NONE;
    headHigh = (headHigh << 16) | (headLow >>> 48);
    headLow = (headLow << 16) | number;
    groups++;
    if (p == end) break;
    if (load<u8>(p) != 0x3a) return FAMILY_NONE;
    p++;
    if (p == end) return FAMILY_NONE;
    if (load<u8>(p) == 0x3a) {
      if (gapAt >= 0) return FAMILY_NONE;
      gapAt = <i32>groups;
      p++;
    }
  }
  if (gapAt < 0) {
    if (groups != 8) return FAMILY_NONE;
    high = headHigh;
    low = headLow;
  } else {
    if (groups > 7) return FAMILY_NONE;
    spread(headHigh, headLow, groups, <u32>gapAt);
  }
  if (high == 0 && low >>> 32 == 0xffff) {
    low &= 0xffffffff;
    return FAMILY_V4;
  }
  return FAMILY_V6;
}

/** Puts `before` of the groups at the top and the others at the bottom. */
function spread(allHigh: u64, allLow: u64, groups: u32, before: u32): void {
  const behind = groups - before;
  // The groups behind the gap are the lowest bits of what was read.
  let tailHigh = allHigh;
  let tailLow = allLow;
  if (behind < 4) {
    tailHigh = 0;
    tailLow &= behind == 0 ? 0 : (<u64>-1) >>> (64 - (behind << 4));
  } else if (behind < 8) {
    tailHigh &= behind == 4 ? 0 : (<u64>-1) >>> (64 - ((behind - 4) << 4));
  }
  // What stands before it moves down by the tail, then up to the top.
  for (let i: u32 = 0; i < behind; i++) {
    allLow = (allLow >>> 16) | (allHigh << 48);
    allHigh >>>= 16;
  }
  for (let i: u32 = before; i < 8; i++) {
    allHigh = (allHigh << 16) | (allLow >>> 48);
    allLow <<= 16;
  }
  high = before == 0 ? tailHigh : allHigh | tailHigh;
  low = before == 0 ? tailLow : allLow | tailLow;
}

function hexDigit(byte: u32): u32 {
  if (byte - 0x30 < 10) return byte - 0x30;
  const letter = byte | 0x20;
  return letter - 0x61 < 6 ? letter - 0x61 + 10 : 16;
}
