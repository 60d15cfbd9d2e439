// A JWT's times (RFC 7519, NumericDate): seconds since 1970 as a JSON number, fractions and exponents included.

/** From here on an exponent is as good as any other: no number that fits a token has so many digits. */
const EXPONENT_MAX: i32 = 100000;

/**
 * The time in nanoseconds, cut towards 1970; what does not fit is the time closest to it. The text must be a number as JSON
 * writes them.
 */
export function nanosecondsOf(text: usize, size: u32): i64 {
  const end = text + size;
  const negative = load<u8>(text) == 0x2d;
  const first = negative ? text + 1 : text;
  let digitsEnd = first;
  let dot: usize = 0;
  while (digitsEnd < end && (load<u8>(digitsEnd) | 0x20) != 0x65) {
    if (load<u8>(digitsEnd) == 0x2e) dot = digitsEnd;
    digitsEnd++;
  }
  // How many digits stand before the point once nanoseconds and the exponent have moved it.
  let places = <i32>((dot == 0 ? digitsEnd : dot) - first) + 9 + exponent(digitsEnd, end);
  let value: u64 = 0;
  for (let at = first; places > 0; at++) {
    if (at == dot) continue;
    if (at >= digitsEnd && value == 0) break;
    if (value > 922337203685477579) {
      value = i64.MAX_VALUE;
      break;
    }
    value = value * 10 + (at < digitsEnd ? <u64>load<u8>(at) - 0x30 : 0);
    places--;
  }
  return negative ? -(<i64>value) : <i64>value;
}

function exponent(at: usize, end: usize): i32 {
  if (at == end) return 0;
  at++;
  const sign = load<u8>(at);
  if (sign == 0x2d || sign == 0x2b) at++;
  let value = 0;
  for (; at < end; at++) {
    if (value < EXPONENT_MAX) value = value * 10 + (<i32>load<u8>(at) - 0x30);
  }
  return sign == 0x2d ? -value : value;
}
