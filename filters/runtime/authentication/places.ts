// Where tokens stand in a request: behind a header's prefix, in the query, in cookies. Whatever stands in such a place is
// taken for a token, so that what is no good is refused here and not left for an upstream to misread.
import { allocate } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { same, sameIgnoringCase } from "../bytes";
import { firstValue, nextValue, valuePointer, valueSize } from "../request";

const SPACE: u32 = 0x20;
const TAB: u32 = 0x09;
const QUOTE: u32 = 0x22;
const HASH: u32 = 0x23;
const PERCENT: u32 = 0x25;
const AMPERSAND: u32 = 0x26;
const SEMICOLON: u32 = 0x3b;
const EQUALS: u32 = 0x3d;
const QUESTION: u32 = 0x3f;

let found: usize = 0;
let foundBytes: u32 = 0;

/** Where the token stands that was found last. */
export function tokenPointer(): usize {
  return found;
}

export function tokenSize(): u32 {
  return foundBytes;
}

/**
 * Whether a header's value (an entry of a slot) begins with a prefix; the token is the rest, without the white space around it.
 *
 * @param caseless the prefix is lower-case, and the value's case does not matter
 * @param spaced white space, or the end, must follow the prefix
 */
export function tokenBehind(value: usize, prefix: usize, size: u32, caseless: bool, spaced: bool): bool {
  let at = valuePointer(value);
  let end = at + valueSize(value);
  while (at < end && isBlank(at)) at++;
  if (end - at < <usize>size) return false;
  if (caseless ? !sameIgnoringCase(at, prefix, size) : !same(at, prefix, size)) return false;
  at += size;
  if (spaced && at < end && !isBlank(at)) return false;
  while (at < end && isBlank(at)) at++;
  while (at < end && isBlank(end - 1)) end--;
  found = at;
  foundBytes = <u32>(end - at);
  return true;
}

// The query's parameter that comes next, and its end.
let parameter: usize = 0;
let queryEnd: usize = 0;

/** Starts on the query of the path in a slot. */
export function beginQuery(slot: u32): void {
  const path = firstValue(slot);
  parameter = path == 0 ? 0 : queryOf(valuePointer(path), valuePointer(path) + valueSize(path));
}

/** The next parameter of a name, percent-decoded both; false behind the last. */
export function nextParameter(name: usize, size: u32): bool {
  while (parameter != 0) {
    const start = parameter;
    const end = endOfPair(start, queryEnd, AMPERSAND);
    parameter = end < queryEnd ? end + 1 : 0;
    const equals = endOfPair(start, end, EQUALS);
    if (!isEscapedName(start, equals, name, size)) continue;
    const value = equals < end ? equals + 1 : end;
    decode(value, end);
    return true;
  }
  return false;
}

// The cookie that comes next, and the header value it stands in.
let cookies: usize = 0;
let pair: usize = 0;

/** Starts on the cookies in the slot of the `cookie` header. */
export function beginCookies(slot: u32): void {
  cookies = firstValue(slot);
  pair = cookies == 0 ? 0 : valuePointer(cookies);
}

/** The next cookie of a name, without the quotes around it; false behind the last. */
export function nextCookie(name: usize, size: u32): bool {
  while (cookies != 0) {
    const lineEnd = valuePointer(cookies) + valueSize(cookies);
    const start = pair;
    const end = endOfPair(start, lineEnd, SEMICOLON);
    if (end < lineEnd) {
      pair = end + 1;
    } else {
      cookies = nextValue(cookies);
      pair = cookies == 0 ? 0 : valuePointer(cookies);
    }
    if (isCookie(start, end, name, size)) return true;
  }
  return false;
}

// A request's pairs without those of a name are written here.
let out: usize = 0;
let outEnd: usize = 0;

/** The text that was written last. */
export function writtenPointer(): usize {
  return out;
}

export function writtenSize(): u32 {
  return <u32>(outEnd - out);
}

/** Writes the path in a slot without the parameters of a name; false where there is no memory. */
export function writePathWithout(slot: u32, name: usize, size: u32): bool {
  const path = firstValue(slot);
  if (path == 0) return false;
  const start = valuePointer(path);
  const end = start + valueSize(path);
  if (!room(valueSize(path))) return false;
  let at = queryOf(start, end);
  if (at == 0) {
    write(start, end);
    return true;
  }
  write(start, at - 1);
  let separator = QUESTION;
  while (true) {
    const next = endOfPair(at, queryEnd, AMPERSAND);
    if (!isEscapedName(at, endOfPair(at, next, EQUALS), name, size)) {
      writeByte(separator);
      write(at, next);
      separator = AMPERSAND;
    }
    if (next == queryEnd) break;
    at = next + 1;
  }
  write(queryEnd, end);
  return true;
}

/** Writes the cookies in a slot without those of a name, as one value; false where there is no memory. */
export function writeCookiesWithout(slot: u32, name: usize, size: u32): bool {
  let most: u32 = 0;
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) most += 2 * valueSize(v) + 2;
  if (!room(most)) return false;
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    const lineEnd = valuePointer(v) + valueSize(v);
    let at = valuePointer(v);
    while (true) {
      const next = endOfPair(at, lineEnd, SEMICOLON);
      let from = at;
      let to = next;
      while (from < to && isBlank(from)) from++;
      while (from < to && isBlank(to - 1)) to--;
      if (from < to && !isCookie(from, to, name, size)) {
        if (outEnd != out) {
          writeByte(SEMICOLON);
          writeByte(SPACE);
        }
        write(from, to);
      }
      if (next == lineEnd) break;
      at = next + 1;
    }
  }
  return true;
}

function room(size: u32): bool {
  out = allocate(<usize>size + 1);
  outEnd = out;
  return out != 0;
}

function write(from: usize, to: usize): void {
  memory.copy(outEnd, from, to - from);
  outEnd += to - from;
}

function writeByte(byte: u32): void {
  store<u8>(outEnd++, <u8>byte);
}

/** Where the query begins, 0 for none; its end is then `queryEnd`. */
function queryOf(path: usize, end: usize): usize {
  let at = path;
  while (at < end && load<u8>(at) != QUESTION && load<u8>(at) != HASH) at++;
  if (at == end || load<u8>(at) == HASH) return 0;
  queryEnd = endOfPair(at + 1, end, HASH);
  return at + 1;
}

function endOfPair(at: usize, end: usize, separator: u32): usize {
  while (at < end && load<u8>(at) != separator) at++;
  return at;
}

/** Whether the bytes, percent-decoded, are a name. */
function isEscapedName(at: usize, end: usize, name: usize, size: u32): bool {
  let left = size;
  while (at < end) {
    let byte = <i32>load<u8>(at);
    const escaped = byte == PERCENT ? escapedByte(at, end) : -1;
    if (escaped >= 0) {
      byte = escaped;
      at += 2;
    }
    at++;
    if (left == 0 || load<u8>(name) != byte) return false;
    left--;
    name++;
  }
  return left == 0;
}

/** Takes a value for the token, percent-decoded. */
function decode(at: usize, end: usize): void {
  found = at;
  foundBytes = <u32>(end - at);
  if (endOfPair(at, end, PERCENT) == end) return;
  const to = allocate(end - at);
  if (to == 0) {
    // No token is empty.
    foundBytes = 0;
    return;
  }
  found = to;
  let write = to;
  while (at < end) {
    const escaped = load<u8>(at) == PERCENT ? escapedByte(at, end) : -1;
    store<u8>(write++, escaped >= 0 ? <u8>escaped : load<u8>(at));
    at += escaped >= 0 ? 3 : 1;
  }
  foundBytes = <u32>(write - to);
}

/** The byte that `%xx` stands for, or -1. */
function escapedByte(at: usize, end: usize): i32 {
  if (end - at < 3) return -1;
  const high = hexDigit(load<u8>(at, 1));
  const low = hexDigit(load<u8>(at, 2));
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}

function hexDigit(byte: u32): i32 {
  const digit = byte - 0x30;
  if (digit < 10) return digit;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : -1;
}

/** Whether a pair is a cookie of this name, which is then found. */
function isCookie(at: usize, end: usize, name: usize, size: u32): bool {
  while (at < end && isBlank(at)) at++;
  while (at < end && isBlank(end - 1)) end--;
  if (end - at <= <usize>size || load<u8>(at + size) != EQUALS || !same(at, name, size)) return false;
  let value = at + size + 1;
  if (end - value >= 2 && load<u8>(value) == QUOTE && load<u8>(end - 1) == QUOTE) {
    value++;
    end--;
  }
  found = value;
  foundBytes = <u32>(end - value);
  return true;
}

function isBlank(at: usize): bool {
  const byte = load<u8>(at);
  return byte == SPACE || byte == TAB;
}
