// Numbers as JSON writes them, which the caller has checked: `-`, digits, `.` digits, `e` sign digits. asc's own
// conversion is wrong in the last place for one in seventy doubles.

// An exponent beyond this is as good as any: no text has as many digits.
const MOST_EXPONENT: i32 = 100000000;

let negative = false;
/** Where the digits end: the text's end or its `e`. */
let digitsEnd: usize = 0;
/** How many digits stand before the decimal point once the exponent has moved it; below 0: zeros to add behind it. */
let point: i32 = 0;
let integer: i64 = 0;

/** Finds sign, point and exponent; answers where the digits begin. */
function scan(start: usize, size: u32): usize {
  const end = start + size;
  let at = start;
  negative = load<u8>(at) == 0x2d;
  if (negative) at++;
  const first = at;
  let dot: usize = 0;
  while (at < end && (load<u8>(at) | 0x20) != 0x65) {
    if (load<u8>(at) == 0x2e) dot = at;
    at++;
  }
  digitsEnd = at;
  point = <i32>((dot == 0 ? at : dot) - first);
  if (at == end) return first;
  at++;
  const sign = load<u8>(at);
  if (sign == 0x2d || sign == 0x2b) at++;
  let exponent = 0;
  for (; at < end; at++) {
    if (exponent < MOST_EXPONENT) exponent = exponent * 10 + (<i32>load<u8>(at) - 0x30);
  }
  point += sign == 0x2d ? -exponent : exponent;
  return first;
}

/** Whether the number is whole and fits 64 bits with a sign; `parsedInteger` then has it. */
export function parseInteger(start: usize, size: u32): bool {
  let value: u64 = 0;
  let place = 0;
  for (let at = scan(start, size); at < digitsEnd; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    // The decimal point.
    if (digit > 9) continue;
    if (place++ < point) {
      if (value > 922337203685477580) return false;
      value = value * 10 + digit;
    } else if (digit != 0) {
      return false;
    }
  }
  for (; place < point && value != 0; place++) {
    if (value > 922337203685477580) return false;
    value *= 10;
  }
  // Two's complement has one more below zero than above.
  if (value > <u64>i64.MAX_VALUE + u64(negative)) return false;
  integer = negative ? -(<i64>value) : <i64>value;
  return true;
}

/** The number that `parseInteger` read last. */
export function parsedInteger(): i64 {
  return integer;
}

// Nine digits a word.
const BASE: u64 = 1000000000;
// Beyond so many digits only whether there are any can matter.
const MOST_DIGITS: i32 = 768;
// So many bits are a double's and one to round by.
const ENOUGH: u64 = 1 << 54;
const MANY: u64 = 1 << 35;
// 309 digits before the point, or 324 zeros behind it, and the digits themselves.
const MOST_LIMBS: u32 = 128;

/** The double nearest to the number; of two as near, the one whose last bit is 0. */
export function parseDouble(start: usize, size: u32): f64 {
  let at = scan(start, size);
  // Zeros in front say nothing.
  for (; at < digitsEnd; at++) {
    const byte = load<u8>(at);
    if (byte == 0x2e) continue;
    if (byte != 0x30) break;
    point--;
  }
  let result: f64 = 0;
  if (at != digitsEnd && point >= -330) result = point > 310 ? Infinity : magnitude(at);
  return negative ? -result : result;
}

/** The number whose digits begin at `first`, which is not 0. */
function magnitude(first: usize): f64 {
  let small: u64 = 0;
  let digits = 0;
  for (let at = first; at < digitsEnd; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) continue;
    if (++digits > 15) return exactly(first);
    small = small * 10 + digit;
  }
  // Both are doubles without rounding, so one operation rounds once.
  const shift = point - digits;
  if (shift < -22 || shift > 22) return exactly(first);
  let power: f64 = 1;
  for (let i = abs(shift); i > 0; i--) power *= 10;
  return shift < 0 ? <f64>small / power : <f64>small * power;
}

/**
 * Any number: its digits as one fixed-point number in base 10^9, multiplied or divided by powers of two until the whole
 * part has at least 54 bits and fits a word. Its first 53 bits are the result's, and the rest says how to round.
 */
function exactly(first: usize): f64 {
  const limbs = memory.data(MOST_LIMBS * 4, 8);
  memory.fill(limbs, 0, <usize>MOST_LIMBS * 4);
  const whole: i32 = point > 0 ? (point + 8) / 9 : 0;
  let place = whole * 9 - point;
  let rest = false;
  const lastPlace = place + MOST_DIGITS;
  for (let at = first; at < digitsEnd; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) continue;
    if (place >= lastPlace) {
      if (digit != 0) rest = true;
      continue;
    }
    const limb = limbs + ((<usize>(place / 9)) << 2);
    store<u32>(limb, load<u32>(limb) + digit * powerOfTen(8 - (place % 9)));
    place++;
  }
  const middle = limbs + ((<usize>whole) << 2);
  const end = limbs + ((<usize>((place + 8) / 9)) << 2);
  let exponent = 0;

  // Too large: what a division leaves over only matters as being there.
  let front = limbs;
  while (front < middle && load<u32>(front) == 0) front += 4;
  while (middle > front + 8) {
    const shift: u64 = middle > front + 16 ? 28 : 4;
    let carry: u64 = 0;
    for (let limb = front; limb < middle; limb += 4) {
      const value = carry * BASE + load<u32>(limb);
      store<u32>(limb, <u32>(value >>> shift));
      carry = value & ((1 << shift) - 1);
    }
    if (carry != 0) rest = true;
    exponent += <i32>shift;
    while (load<u32>(front) == 0) front += 4;
  }
  let bits: u64 = 0;
  for (let limb = front; limb < middle; limb += 4) bits = bits * BASE + load<u32>(limb);

  // Too small: what stands behind the point moves over it.
  while (bits < ENOUGH) {
    const shift: u64 = bits < MANY ? 28 : 4;
    let carry: u64 = 0;
    for (let limb = end; limb > middle;) {
      limb -= 4;
      const value = ((<u64>load<u32>(limb)) << shift) + carry;
      store<u32>(limb, <u32>(value % BASE));
      carry = value / BASE;
    }
    bits = (bits << shift) + carry;
    exponent -= <i32>shift;
  }
  for (let limb = middle; limb < end; limb += 4) {
    if (load<u32>(limb) != 0) rest = true;
  }
  return round(bits, exponent, rest);
}

/** The double nearest to `bits` times 2^`exponent`, and a little more where there is a `rest`. `bits` has 54 to 63. */
function round(bits: u64, exponent: i32, rest: bool): f64 {
  const width = 64 - <i32>clz(bits);
  const top = width - 1 + exponent;
  if (top > 1023) return Infinity;
  // Below 2^-1022 there are fewer bits than 53.
  const kept = top < -1022 ? 53 + top + 1022 : 53;
  if (kept < 0) return 0;
  const dropped = <u64>(width - kept);
  let mantissa = bits >>> dropped;
  const behind = bits & (((<u64>1) << dropped) - 1);
  const half = (<u64>1) << (dropped - 1);
  if (behind > half || (behind == half && (rest || (mantissa & 1) != 0))) mantissa++;
  // The mantissa's first bit counts as one in the exponent's field, and a carry out of it as one more.
  const field: u64 = top < -1022 ? 0 : <u64>(top + 1022);
  return reinterpret<f64>((field << 52) + mantissa);
}

function powerOfTen(exponent: i32): u32 {
  let power: u32 = 1;
  for (let i = exponent; i > 0; i--) power *= 10;
  return power;
}
