// JSON texts read piece by piece, without a tree: strict RFC 8259 over valid UTF-8, no byte order mark, at most 64 deep.
// Escapes are decoded where they stand, which they always have room for; so a text can be read once only. A lone
// surrogate is no character and makes the text a fault.

/** No JSON. Once met, every further answer is the same. */
export const JSON_FAULT: u32 = 0;
/** The text was one value, and ends here. */
export const JSON_END: u32 = 1;
export const JSON_OBJECT: u32 = 2;
export const JSON_OBJECT_END: u32 = 3;
export const JSON_ARRAY: u32 = 4;
export const JSON_ARRAY_END: u32 = 5;
/** A member's name; its value comes next. */
export const JSON_NAME: u32 = 6;
export const JSON_STRING: u32 = 7;
export const JSON_NUMBER: u32 = 8;
export const JSON_TRUE: u32 = 9;
export const JSON_FALSE: u32 = 10;
export const JSON_NULL: u32 = 11;

const DEPTH_MAX: u32 = 64;

// What may come next.
const BROKEN: u32 = 0;
const START: u32 = 1;
/** The first entry of an object or array, or its end. */
const FIRST: u32 = 2;
/** A member's value. */
const MEMBER: u32 = 3;
/** A comma or an end. */
const AFTER: u32 = 4;

const NOTHING: u32 = 0x100;
const QUOTE: u32 = 0x22;
const COMMA: u32 = 0x2c;
const COLON: u32 = 0x3a;
const BACKSLASH: u32 = 0x5c;

let at: usize = 0;
let end: usize = 0;
let state: u32 = BROKEN;
let depth: u32 = 0;
/** What the open levels are, the innermost in the lowest bit: 1 an object, 0 an array. */
let levels: u64 = 0;
let text: usize = 0;
let textBytes: u32 = 0;

/** Starts on a text, which reading changes. */
export function beginJson(start: usize, size: u32): void {
  at = start;
  end = start + size;
  state = START;
  depth = 0;
}

/** The next piece. */
export function nextJson(): u32 {
  let byte = peek();
  if (state == AFTER) {
    if (depth == 0) return byte == NOTHING ? JSON_END : fault();
    if (byte != COMMA) return close(byte);
    at++;
    byte = peek();
  } else if (state == FIRST) {
    if (byte == 0x7d || byte == 0x5d) return close(byte);
  } else {
    if (state == BROKEN) return JSON_FAULT;
    return value(byte);
  }
  return (levels & 1) != 0 ? name(byte) : value(byte);
}

/** Reads on to the end of what `kind`, the last piece, has begun; at once where it is no object or array. */
export function skipJson(kind: u32): bool {
  if (kind != JSON_OBJECT && kind != JSON_ARRAY) return kind != JSON_FAULT;
  const outside = depth - 1;
  while (depth != outside) {
    if (nextJson() == JSON_FAULT) return false;
  }
  return true;
}

/** The last name or string, decoded, or the last number as it is written. */
export function jsonText(): usize {
  return text;
}

export function jsonTextSize(): u32 {
  return textBytes;
}

function fault(): u32 {
  state = BROKEN;
  return JSON_FAULT;
}

/** The next byte that is no white space, or `NOTHING`. */
function peek(): u32 {
  // Here and in what follows a local variable walks: a global is written to memory with each step.
  let p = at;
  const stop = end;
  while (p < stop) {
    const byte = <u32>load<u8>(p);
    if (byte > 0x20 || (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09)) {
      at = p;
      return byte;
    }
    p++;
  }
  at = p;
  return NOTHING;
}

function open(object: u64): void {
  levels = (levels << 1) | object;
  depth++;
  state = FIRST;
  at++;
}

function close(byte: u32): u32 {
  const object = (levels & 1) != 0;
  if (byte != (object ? 0x7d : 0x5d)) return fault();
  levels >>>= 1;
  depth--;
  state = AFTER;
  at++;
  return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

function name(byte: u32): u32 {
  if (byte != QUOTE || !string() || peek() != COLON) return fault();
  at++;
  state = MEMBER;
  return JSON_NAME;
}

function value(byte: u32): u32 {
  if (byte == QUOTE) {
    if (!string()) return fault();
    state = AFTER;
    return JSON_STRING;
  }
  if (byte == 0x7b || byte == 0x5b) {
    if (depth == DEPTH_MAX) return fault();
    const object = byte == 0x7b;
    open(u64(object));
    return object ? JSON_OBJECT : JSON_ARRAY;
  }
  state = AFTER;
  if (byte == 0x2d || byte - 0x30 < 10) return number() ? JSON_NUMBER : fault();
  // "true", "fals" and "null" as words.
  if (at + 4 <= end) {
    const word = load<u32>(at);
    at += 4;
    if (word == 0x65757274) return JSON_TRUE;
    if (word == 0x6c6c756e) return JSON_NULL;
    if (word == 0x736c6166 && at < end && load<u8>(at) == 0x65) {
      at++;
      return JSON_FALSE;
    }
  }
  return fault();
}

function number(): bool {
  text = at;
  if (load<u8>(at) == 0x2d) at++;
  if (at < end && load<u8>(at) == 0x30) at++;
  else if (!digits()) return false;
  if (at < end && load<u8>(at) == 0x2e) {
    at++;
    if (!digits()) return false;
  }
  if (at < end && (load<u8>(at) | 0x20) == 0x65) {
    at++;
    if (at < end && (load<u8>(at) == 0x2b || load<u8>(at) == 0x2d)) at++;
    if (!digits()) return false;
  }
  textBytes = <u32>(at - text);
  return true;
}

function digits(): bool {
  const start = at;
  let p = start;
  const stop = end;
  while (p < stop && <u32>load<u8>(p) - 0x30 < 10) p++;
  at = p;
  return p != start;
}

/** Reads a string from its opening quote on. */
function string(): bool {
  text = at + 1;
  let p = text;
  const stop = end;
  while (p < stop) {
    const byte = <u32>load<u8>(p);
    if (byte == QUOTE) {
      textBytes = <u32>(p - text);
      at = p + 1;
      return true;
    }
    if (byte == BACKSLASH) {
      at = p;
      return escapedString();
    }
    if (byte < 0x20) return false;
    if (byte < 0x80) {
      p++;
    } else {
      at = p;
      if (!character()) return false;
      p = at;
    }
  }
  return false;
}

/** Goes on with a string from its first escape on, moving what follows to where it belongs. */
function escapedString(): bool {
  let to = at;
  while (at < end) {
    const byte = <u32>load<u8>(at);
    if (byte == QUOTE) {
      textBytes = <u32>(to - text);
      at++;
      return true;
    }
    if (byte == BACKSLASH) {
      to = escape(to);
      if (to == 0) return false;
      continue;
    }
    if (byte < 0x20) return false;
    const from = at;
    if (byte < 0x80) at++;
    else if (!character()) return false;
    const size = at - from;
    memory.copy(to, from, size);
    to += size;
  }
  return false;
}

/** Writes what an escape stands for and answers where that ends; 0 for none. */
function escape(to: usize): usize {
  at++;
  if (at == end) return 0;
  const byte = <u32>load<u8>(at);
  at++;
  let decoded: u32;
  if (byte == QUOTE || byte == BACKSLASH || byte == 0x2f) decoded = byte;
  else if (byte == 0x62) decoded = 0x08;
  else if (byte == 0x66) decoded = 0x0c;
  else if (byte == 0x6e) decoded = 0x0a;
  else if (byte == 0x72) decoded = 0x0d;
  else if (byte == 0x74) decoded = 0x09;
  else return byte == 0x75 ? escapedCharacter(to) : 0;
  store<u8>(to, <u8>decoded);
  return to + 1;
}

/** `\u` and four digits, twice where the first four are the first half of a pair. */
function escapedCharacter(to: usize): usize {
  let code = hexDigits();
  if (code < 0 || (code & 0xfc00) == 0xdc00) return 0;
  if ((code & 0xfc00) == 0xd800) {
    if (end - at < 2 || load<u16>(at) != 0x755c) return 0;
    at += 2;
    const low = hexDigits();
    if ((low & ~0x3ff) != 0xdc00) return 0;
    code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
  }
  if (code < 0x80) {
    store<u8>(to, <u8>code);
    return to + 1;
  }
  if (code < 0x800) {
    store<u8>(to, <u8>(0xc0 | (code >>> 6)));
    store<u8>(to, <u8>(0x80 | (code & 0x3f)), 1);
    return to + 2;
  }
  if (code < 0x10000) {
    store<u8>(to, <u8>(0xe0 | (code >>> 12)));
    store<u8>(to, <u8>(0x80 | ((code >>> 6) & 0x3f)), 1);
    store<u8>(to, <u8>(0x80 | (code & 0x3f)), 2);
    return to + 3;
  }
  store<u8>(to, <u8>(0xf0 | (code >>> 18)));
  store<u8>(to, <u8>(0x80 | ((code >>> 12) & 0x3f)), 1);
  store<u8>(to, <u8>(0x80 | ((code >>> 6) & 0x3f)), 2);
  store<u8>(to, <u8>(0x80 | (code & 0x3f)), 3);
  return to + 4;
}

/** The number that four hexadecimal digits write, or -1. */
function hexDigits(): i32 {
  if (end - at < 4) return -1;
  let code = 0;
  for (let i: usize = 0; i < 4; i++) {
    const byte = <u32>load<u8>(at + i);
    const digit = byte - 0x30;
    const letter = (byte | 0x20) - 0x61;
    if (digit < 10) code = (code << 4) | digit;
    else if (letter < 6) code = (code << 4) | (letter + 10);
    else return -1;
  }
  at += 4;
  return code;
}

/** Steps over a character of two to four bytes (Unicode, table 3-7: well-formed UTF-8). */
function character(): bool {
  const lead = <u32>load<u8>(at);
  let more: usize = 1;
  let least: u32 = 0x80;
  let most: u32 = 0xbf;
  if (lead < 0xc2 || lead > 0xf4) return false;
  if (lead >= 0xf0) {
    more = 3;
    if (lead == 0xf0) least = 0x90;
    else if (lead == 0xf4) most = 0x8f;
  } else if (lead >= 0xe0) {
    more = 2;
    if (lead == 0xe0) least = 0xa0;
    else if (lead == 0xed) most = 0x9f;
  }
  if (end - at <= more) return false;
  const second = <u32>load<u8>(at, 1);
  if (second < least || second > most) return false;
  for (let i: usize = 2; i <= more; i++) {
    if ((load<u8>(at + i) & 0xc0) != 0x80) return false;
  }
  at += more + 1;
  return true;
}
