// CEL's arithmetic and conversions: what does not fit is an error, never wrapped around.
import { parseDouble } from "proxy-wasm-assemblyscript-sdk/json/decimal";
import { fail } from "./cel-failure";
import { allocateScratch } from "./cel-scratch";
import { pointerOf, sizeOf, text, Text } from "./cel-text";

export function addInt(a: i64, b: i64): i64 {
  const sum = a + b;
  return ((a ^ sum) & (b ^ sum)) < 0 ? fail() : sum;
}

export function subtractInt(a: i64, b: i64): i64 {
  const difference = a - b;
  return ((a ^ b) & (a ^ difference)) < 0 ? fail() : difference;
}

export function multiplyInt(a: i64, b: i64): i64 {
  if (a == 0 || b == 0) return 0;
  if ((a == -1 && b == i64.MIN_VALUE) || (b == -1 && a == i64.MIN_VALUE)) return fail();
  const product = a * b;
  return product / b != a ? fail() : product;
}

export function divideInt(a: i64, b: i64): i64 {
  return b == 0 || (b == -1 && a == i64.MIN_VALUE) ? fail() : a / b;
}

export function moduloInt(a: i64, b: i64): i64 {
  return b == 0 || (b == -1 && a == i64.MIN_VALUE) ? fail() : a % b;
}

export function negateInt(a: i64): i64 {
  return a == i64.MIN_VALUE ? fail() : -a;
}

export function addUint(a: u64, b: u64): u64 {
  const sum = a + b;
  return sum < a ? fail() : sum;
}

export function subtractUint(a: u64, b: u64): u64 {
  return a < b ? fail() : a - b;
}

export function multiplyUint(a: u64, b: u64): u64 {
  return b != 0 && a > u64.MAX_VALUE / b ? fail() : a * b;
}

export function divideUint(a: u64, b: u64): u64 {
  return b == 0 ? fail() : a / b;
}

export function moduloUint(a: u64, b: u64): u64 {
  return b == 0 ? fail() : a % b;
}

/** Below 0, 0, or above. */
export function compareIntUint(a: i64, b: u64): i32 {
  if (a < 0) return -1;
  return i32(<u64>a > b) - i32(<u64>a < b);
}

export function intOfUint(value: u64): i64 {
  return value > <u64>i64.MAX_VALUE ? fail() : value;
}

export function uintOfInt(value: i64): u64 {
  return value < 0 ? fail() : value;
}

// 2^63 and 2^64 as doubles. NaN is below neither.
export function intOfDouble(value: f64): i64 {
  return value > -9223372036854775808.0 && value < 9223372036854775808.0 ? <i64>value : fail();
}

export function uintOfDouble(value: f64): u64 {
  return value > -1.0 && value < 18446744073709551616.0 ? <u64>value : fail();
}

export function intOfText(value: Text): i64 {
  let at = pointerOf(value);
  const end = at + sizeOf(value);
  const sign = at < end ? load<u8>(at) : 0;
  const negative = sign == 0x2d;
  if (negative || sign == 0x2b) at++;
  if (!isDecimal(at, end)) return fail();
  const size = decimal(at, end);
  if (overflowed || size > <u64>i64.MAX_VALUE + u64(negative)) return fail();
  return negative ? -(<i64>size) : <i64>size;
}

export function uintOfText(value: Text): u64 {
  const at = pointerOf(value);
  const end = at + sizeOf(value);
  if (!isDecimal(at, end)) return fail();
  const size = decimal(at, end);
  return overflowed ? fail() : size;
}

let overflowed = false;

function isDecimal(at: usize, end: usize): bool {
  if (at == end) return false;
  for (; at < end; at++) {
    if (!isDigit(at)) return false;
  }
  return true;
}

function isDigit(at: usize): bool {
  return <u32>load<u8>(at) - 0x30 < 10;
}

/** The number that digits are; `overflowed` where it has more than 64 bits. */
function decimal(at: usize, end: usize): u64 {
  let value: u64 = 0;
  overflowed = false;
  for (; at < end; at++) {
    const digit = <u64>load<u8>(at) - 0x30;
    if (value > 1844674407370955161 || (value == 1844674407370955161 && digit > 5)) overflowed = true;
    value = value * 10 + digit;
  }
  return value;
}

export function doubleOfText(value: Text): f64 {
  const at = pointerOf(value);
  const end = at + sizeOf(value);
  if (!isDouble(at, end)) return <f64>fail();
  const start = load<u8>(at) == 0x2b ? at + 1 : at;
  return parseDouble(start, <u32>(end - start));
}

/** Whether it is digits, perhaps with a point and an exponent; a sign may stand before the digits and the exponent's. */
export function isDouble(at: usize, end: usize): bool {
  if (at < end && (load<u8>(at) == 0x2b || load<u8>(at) == 0x2d)) at++;
  const digits = digitsEnd(at, end);
  let point = digits;
  if (point < end && load<u8>(point) == 0x2e) point = digitsEnd(point + 1, end);
  // A digit before the point or behind it.
  if (digits == at && point <= digits + 1) return false;
  if (point == end) return true;
  if ((load<u8>(point) | 0x20) != 0x65) return false;
  let exponent = point + 1;
  if (exponent < end && (load<u8>(exponent) == 0x2b || load<u8>(exponent) == 0x2d)) exponent++;
  return isDecimal(exponent, end);
}

function digitsEnd(at: usize, end: usize): usize {
  while (at < end && isDigit(at)) at++;
  return at;
}

/** `1`, `t`, `T`, `true`, `TRUE`, `True`, and so for false. */
export function boolOfText(value: Text): bool {
  const at = pointerOf(value);
  const size = sizeOf(value);
  if (size == 1) {
    const byte = load<u8>(at);
    if (byte == 0x31 || byte == 0x74 || byte == 0x54) return true;
    if (byte == 0x30 || byte == 0x66 || byte == 0x46) return false;
  } else if (size == 4) {
    const word = load<u32>(at);
    // true, TRUE, True
    if (word == 0x65757274 || word == 0x45555254 || word == 0x65757254) return true;
  } else if (size == 5) {
    const word = load<u32>(at, 1);
    const first = load<u8>(at);
    // false and False, FALSE
    if (word == 0x65736c61 && (first == 0x66 || first == 0x46)) return false;
    if (word == 0x45534c41 && first == 0x46) return false;
  }
  return fail() != 0;
}

export function textOfInt(value: i64): Text {
  return digitsOf(value < 0 ? 0 - <u64>value : <u64>value, value < 0);
}

export function textOfUint(value: u64): Text {
  return digitsOf(value, false);
}

function digitsOf(value: u64, negative: bool): Text {
  const start = allocateScratch(20);
  if (start == 0) return fail();
  let at = start + 20;
  do {
    at--;
    store<u8>(at, 0x30 + (value % 10));
    value /= 10;
  } while (value != 0);
  if (negative) store<u8>(--at, 0x2d);
  return text(at, <u32>(start + 20 - at));
}

// "truefalse"
const WORDS: usize = memory.data<u8>([116, 114, 117, 101, 102, 97, 108, 115, 101]);

export function textOfBool(value: bool): Text {
  return value ? text(WORDS, 4) : text(WORDS + 4, 5);
}
