// JSON values in the text they came in: a value is the piece of text that it is, found by walking over what stands before
// it. Claims are small, and few of them are looked at. The text has been checked to be JSON; nothing here reads beyond it
// even if it were not.
import { parseDouble } from "proxy-wasm-assemblyscript-sdk/json/decimal";
import { same } from "./bytes";
import { fail } from "./cel-failure";
import { isDouble } from "./cel-numbers";
import { allocateScratch, releaseScratch, scratchMark } from "./cel-scratch";
import { codePoints, pointerOf, sizeOf, text, textEquals, Text } from "./cel-text";

const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
const OPEN_LIST: u32 = 0x5b;
const CLOSE_LIST: u32 = 0x5d;
const OPEN_OBJECT: u32 = 0x7b;
const CLOSE_OBJECT: u32 = 0x7d;
const COMMA: u32 = 0x2c;
const COLON: u32 = 0x3a;

/** `{}` */
const EMPTY: usize = memory.data<u8>([0x7b, 0x7d]);

/** The claims as an object; without a token it is empty. */
export function claimsOf(payload: Text): Text {
  return payload == 0 ? text(EMPTY, 2) : trim(payload);
}

function kindOf(json: Text): u32 {
  return sizeOf(json) == 0 ? 0 : <u32>load<u8>(pointerOf(json));
}

function endOf(json: Text): usize {
  return pointerOf(json) + sizeOf(json);
}

function trim(json: Text): Text {
  const start = skipSpace(pointerOf(json), endOf(json));
  return text(start, <u32>(valueEnd(start, endOf(json)) - start));
}

function skipSpace(at: usize, end: usize): usize {
  while (at < end) {
    const byte = <u32>load<u8>(at);
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) break;
    at++;
  }
  return at;
}

/** Where the string ends that begins here, behind its quote. */
function stringEnd(at: usize, end: usize): usize {
  at++;
  while (at < end) {
    const byte = <u32>load<u8>(at);
    if (byte == QUOTE) return at + 1;
    at += byte == BACKSLASH && at + 1 < end ? 2 : 1;
  }
  return end;
}

function valueEnd(at: usize, end: usize): usize {
  let depth: u32 = 0;
  while (at < end) {
    const byte = <u32>load<u8>(at);
    if (byte == QUOTE) {
      at = stringEnd(at, end);
      if (depth == 0) return at;
      continue;
    }
    if (byte == OPEN_LIST || byte == OPEN_OBJECT) {
      depth++;
    } else if (byte == CLOSE_LIST || byte == CLOSE_OBJECT) {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (depth == 0 && (byte == COMMA || byte <= 0x20)) {
      return at;
    }
    at++;
  }
  return end;
}

/** The first element of a list, the first name in an object, or 0; fails where it is neither. */
export function jsonFirst(json: Text): Text {
  const kind = kindOf(json);
  if (kind != OPEN_LIST && kind != OPEN_OBJECT) return fail();
  return entryAt(pointerOf(json) + 1, endOf(json));
}

/** The element or name behind another, or 0. */
export function jsonNext(json: Text, entry: Text): Text {
  const end = endOf(json);
  let at = endOf(entry);
  if (kindOf(json) == OPEN_OBJECT) at = endOf(valueOf(json, entry));
  at = skipSpace(at, end);
  if (at >= end || load<u8>(at) != COMMA) return 0;
  return entryAt(at + 1, end);
}

function entryAt(from: usize, end: usize): Text {
  const at = skipSpace(from, end);
  const next = valueEnd(at, end);
  return at == next ? 0 : text(at, <u32>(next - at));
}

/** The value behind a name in an object. */
function valueOf(json: Text, name: Text): Text {
  const end = endOf(json);
  let at = skipSpace(endOf(name), end);
  if (at < end && load<u8>(at) == COLON) at = skipSpace(at + 1, end);
  return text(at, <u32>(valueEnd(at, end) - at));
}

/** A member of an object, of those of one name the last, or 0; fails where it is no object. */
export function jsonFind(json: Text, name: Text): Text {
  if (kindOf(json) != OPEN_OBJECT) return fail();
  let found: Text = 0;
  for (let entry = jsonFirst(json); entry != 0; entry = jsonNext(json, entry)) {
    if (jsonIsText(entry, name)) found = valueOf(json, entry);
  }
  return found;
}

/** As `jsonFind`, but fails also where there is no such member. */
export function jsonMember(json: Text, name: Text): Text {
  const found = jsonFind(json, name);
  return found == 0 ? fail() : found;
}

/** An element of a list; fails where it is no list, or has no such element. */
export function jsonElement(json: Text, index: i64): Text {
  if (kindOf(json) != OPEN_LIST || index < 0) return fail();
  let entry = jsonFirst(json);
  for (; entry != 0 && index > 0; index--) entry = jsonNext(json, entry);
  return entry == 0 ? fail() : entry;
}

/** Code points of a string, elements of a list, members of an object. */
export function jsonSize(json: Text): i64 {
  if (kindOf(json) == QUOTE) {
    const mark = scratchMark();
    const size = codePoints(jsonText(json));
    releaseScratch(mark);
    return size;
  }
  let count: i64 = 0;
  for (let entry = jsonFirst(json); entry != 0; entry = jsonNext(json, entry)) count++;
  return count;
}

export function jsonIsNull(json: Text): bool {
  return kindOf(json) == 0x6e;
}

export function jsonIsText(json: Text, value: Text): bool {
  if (kindOf(json) != QUOTE) return false;
  const size = sizeOf(json);
  if (size >= 2 && size - 2 == sizeOf(value) && same(pointerOf(json) + 1, pointerOf(value), size - 2)) {
    return !hasEscapes(json);
  }
  if (!hasEscapes(json)) return false;
  const mark = scratchMark();
  const decoded = decode(json);
  const is = decoded != UNDECODED && textEquals(decoded, value);
  releaseScratch(mark);
  return is;
}

export function jsonIsNumber(json: Text, value: f64): bool {
  return isNumber(json) && numberOf(json) == value;
}

export function jsonIsBool(json: Text, value: bool): bool {
  return kindOf(json) == (value ? 0x74 : 0x66);
}

export function jsonText(json: Text): Text {
  if (kindOf(json) != QUOTE || sizeOf(json) < 2) return fail();
  if (!hasEscapes(json)) return text(pointerOf(json) + 1, sizeOf(json) - 2);
  const decoded = decode(json);
  return decoded == UNDECODED ? fail() : decoded;
}

export function jsonNumber(json: Text): f64 {
  return isNumber(json) ? numberOf(json) : <f64>fail();
}

export function jsonBool(json: Text): bool {
  const kind = kindOf(json);
  if (kind != 0x74 && kind != 0x66) fail();
  return kind == 0x74;
}

/** To the last byte: what is no number `parseDouble` may not see. */
function isNumber(json: Text): bool {
  const kind = kindOf(json);
  return (kind == 0x2d || kind - 0x30 < 10) && isDouble(pointerOf(json), endOf(json));
}

function numberOf(json: Text): f64 {
  return parseDouble(pointerOf(json), sizeOf(json));
}

/** Whether a list has the text as an element, or an object as a member's name; fails where it is neither. */
export function jsonHasText(json: Text, value: Text): bool {
  for (let entry = jsonFirst(json); entry != 0; entry = jsonNext(json, entry)) {
    if (jsonIsText(entry, value)) return true;
  }
  return false;
}

/** As `jsonHasText`; objects have no such names. */
export function jsonHasNumber(json: Text, value: f64): bool {
  for (let entry = jsonFirst(json); entry != 0; entry = jsonNext(json, entry)) {
    if (jsonIsNumber(entry, value)) return true;
  }
  return false;
}

export function jsonHasBool(json: Text, value: bool): bool {
  for (let entry = jsonFirst(json); entry != 0; entry = jsonNext(json, entry)) {
    if (jsonIsBool(entry, value)) return true;
  }
  return false;
}

export function jsonHasNull(json: Text): bool {
  for (let entry = jsonFirst(json); entry != 0; entry = jsonNext(json, entry)) {
    if (jsonIsNull(entry)) return true;
  }
  return false;
}

function hasEscapes(json: Text): bool {
  const end = endOf(json);
  for (let at = pointerOf(json); at < end; at++) {
    if (load<u8>(at) == BACKSLASH) return true;
  }
  return false;
}

/** No text: there was no room for it. */
const UNDECODED: Text = u64.MAX_VALUE;

/** The text of a string with escapes. Half a surrogate pair is U+FFFD. */
function decode(json: Text): Text {
  const start = allocateScratch(sizeOf(json));
  if (start == 0) return UNDECODED;
  let to = start;
  let at = pointerOf(json) + 1;
  const end = endOf(json) - 1;
  while (at < end) {
    const byte = <u32>load<u8>(at++);
    if (byte != BACKSLASH || at >= end) {
      store<u8>(to++, byte);
      continue;
    }
    const escape = <u32>load<u8>(at++);
    if (escape != 0x75) {
      store<u8>(to++, control(escape));
      continue;
    }
    let code = hex(at, end);
    at += 4;
    if ((code & 0xf800) == 0xd800) {
      const low = at + 6 <= end && load<u16>(at) == 0x755c ? hex(at + 2, end) : 0;
      if (code < 0xdc00 && (low & 0xfc00) == 0xdc00) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
        at += 6;
      } else {
        code = 0xfffd;
      }
    }
    to = encode(code, to);
  }
  return text(start, <u32>(to - start));
}

/** What a letter behind a backslash stands for. */
function control(letter: u32): u32 {
  switch (letter) {
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return letter;
  }
}

function hex(at: usize, end: usize): u32 {
  let code: u32 = 0;
  for (let i = 0; i < 4 && at < end; i++, at++) {
    const byte = <u32>load<u8>(at);
    code = (code << 4) | (byte < 0x3a ? byte - 0x30 : (byte | 0x20) - 0x57);
  }
  return code & 0xffff;
}

function encode(code: u32, to: usize): usize {
  if (code < 0x80) {
    store<u8>(to, code);
    return to + 1;
  }
  const extra: u32 = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const lead: u32 = extra == 1 ? 0xc0 : extra == 2 ? 0xe0 : 0xf0;
  store<u8>(to++, lead | (code >>> (extra * 6)));
  for (let shift = extra * 6; shift > 0;) {
    shift -= 6;
    store<u8>(to++, 0x80 | ((code >>> shift) & 0x3f));
  }
  return to;
}
