// Texts and bytes of CEL expressions: where they lie and how long they are, in one word, so that they are passed around
// like numbers. Nothing is copied but where an expression puts texts together.
import { allocate, arenaGeneration } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { same } from "./bytes";
import { fail } from "./cel-failure";
import { allocateScratch, releaseScratch, scratchMark } from "./cel-scratch";
import { firstValue, nextValue, valuePointer, valueSize } from "./request";

/** Address in the lower half, size in the upper. */
export type Text = u64;

/** The most bytes that a text may have which an expression puts together. */
export const MAX_TEXT: u32 = 8192;

export function text(pointer: usize, size: u32): Text {
  return ((<u64>size) << 32) | (<u64>pointer);
}

export function pointerOf(value: Text): usize {
  return <usize>(<u32>value);
}

export function sizeOf(value: Text): u32 {
  return <u32>(value >>> 32);
}

/** A header's value; fails where there is none, and where it is repeated: which one the upstream takes nobody knows. */
export function headerText(slot: u32): Text {
  const value = firstValue(slot);
  if (value == 0 || nextValue(value) != 0) return fail();
  return text(valuePointer(value), valueSize(value));
}

/** Whether there is such a header, repeated or not. */
export function hasHeader(slot: u32): bool {
  return firstValue(slot) != 0;
}

/** Whether `headerText` would answer. */
export function isOneHeader(slot: u32): bool {
  const value = firstValue(slot);
  return value != 0 && nextValue(value) == 0;
}

/** A path without its query. */
export function urlPath(path: Text): Text {
  const start = pointerOf(path);
  const size = sizeOf(path);
  for (let i: u32 = 0; i < size; i++) {
    const byte = load<u8>(start + i);
    if (byte == 0x3f || byte == 0x23) return text(start, i);
  }
  return path;
}

/** The query in a path, without its `?`. */
export function query(path: Text): Text {
  let at = pointerOf(path);
  const end = at + sizeOf(path);
  while (at < end && load<u8>(at) != 0x3f) at++;
  if (at == end) return 0;
  const start = ++at;
  while (at < end && load<u8>(at) != 0x23) at++;
  return text(start, <u32>(at - start));
}

// The last text that had to be copied for it, and its copy: in one request it is always the host.
let mixed: Text = 0;
let lowered: Text = 0;
let loweredIn: u32 = 0;

/** The text with its ASCII letters in lower case; fails where memory has no room for it once more. */
export function lowerCase(value: Text): Text {
  const from = pointerOf(value);
  const size = sizeOf(value);
  let upper = false;
  for (let i: u32 = 0; i < size && !upper; i++) upper = <u32>load<u8>(from + i) - 0x41 < 26;
  if (!upper) return value;
  const now = arenaGeneration() + 1;
  if (loweredIn == now && mixed == value) return lowered;
  const to = allocate(size);
  if (to == 0) return fail();
  for (let i: u32 = 0; i < size; i++) {
    const byte = <u32>load<u8>(from + i);
    store<u8>(to + i, byte - 0x41 < 26 ? byte | 0x20 : byte);
  }
  mixed = value;
  lowered = text(to, size);
  loweredIn = now;
  return lowered;
}

export function textEquals(a: Text, b: Text): bool {
  return sizeOf(a) == sizeOf(b) && same(pointerOf(a), pointerOf(b), sizeOf(a));
}

/** Below 0, 0, or above: the order of bytes, which is that of code points. */
export function compareTexts(a: Text, b: Text): i32 {
  const sizeA = sizeOf(a);
  const sizeB = sizeOf(b);
  const order = memory.compare(pointerOf(a), pointerOf(b), sizeA < sizeB ? sizeA : sizeB);
  if (order != 0) return order;
  return i32(sizeA > sizeB) - i32(sizeA < sizeB);
}

export function textStartsWith(value: Text, prefix: Text): bool {
  const size = sizeOf(prefix);
  return sizeOf(value) >= size && same(pointerOf(value), pointerOf(prefix), size);
}

export function textEndsWith(value: Text, suffix: Text): bool {
  const length = sizeOf(value);
  const size = sizeOf(suffix);
  return length >= size && same(pointerOf(value) + (length - size), pointerOf(suffix), size);
}

/** Whether a text has a part in it, which must be short: the search takes as long as both, multiplied. */
export function textContains(value: Text, part: Text): bool {
  const size = sizeOf(part);
  if (size == 0) return true;
  if (sizeOf(value) < size) return false;
  const first = load<u8>(pointerOf(part));
  const last = pointerOf(value) + (sizeOf(value) - size);
  for (let at = pointerOf(value); at <= last; at++) {
    if (load<u8>(at) == first && same(at, pointerOf(part), size)) return true;
  }
  return false;
}

/**
 * As `textContains`, for a long part, or one that a client may have chosen: Knuth, Morris and Pratt's search, whose time does not grow
 * with the product of both. Fails where the part is longer than `MAX_TEXT`.
 */
export function textContainsAny(value: Text, part: Text): bool {
  const size = sizeOf(part);
  if (size == 0) return true;
  if (sizeOf(value) < size) return false;
  const mark = scratchMark();
  // For each place in the part: how much of its beginning ends there.
  const borders = size > MAX_TEXT ? 0 : allocateScratch(size << 1);
  if (borders == 0) return fail() != 0;
  const begin = pointerOf(part);
  store<u16>(borders, 0);
  let matched: u32 = 0;
  for (let i: u32 = 1; i < size; i++) {
    matched = extended(begin, borders, matched, load<u8>(begin + i));
    store<u16>(borders + (i << 1), matched);
  }
  const end = pointerOf(value) + sizeOf(value);
  matched = 0;
  for (let at = pointerOf(value); at < end && matched < size; at++) {
    matched = extended(begin, borders, matched, load<u8>(at));
  }
  releaseScratch(mark);
  return matched == size;
}

/** How much of the part's beginning ends in a byte behind `matched` of it. */
function extended(begin: usize, borders: usize, matched: u32, byte: u8): u32 {
  while (matched > 0 && load<u8>(begin + matched) != byte) {
    matched = load<u16>(borders + ((matched - 1) << 1));
  }
  return load<u8>(begin + matched) == byte ? matched + 1 : 0;
}

/** Both, one behind the other; fails beyond `MAX_TEXT`. */
export function concat(a: Text, b: Text): Text {
  const size = <u64>sizeOf(a) + sizeOf(b);
  if (size > MAX_TEXT) return fail();
  const to = allocateScratch(<u32>size);
  if (to == 0) return fail();
  memory.copy(to, pointerOf(a), sizeOf(a));
  memory.copy(to + sizeOf(a), pointerOf(b), sizeOf(b));
  return text(to, <u32>size);
}

/** How many code points. Every byte that is no part of a UTF-8 sequence counts as one. */
export function codePoints(value: Text): i64 {
  let at = pointerOf(value);
  const end = at + sizeOf(value);
  let count: i64 = 0;
  for (; at < end; count++) at += sequenceLength(at, end);
  return count;
}

/** The text that bytes are; fails where they are no UTF-8. */
export function textOfBytes(value: Text): Text {
  let at = pointerOf(value);
  const end = at + sizeOf(value);
  while (at < end) {
    const length = sequenceLength(at, end);
    if (length == 1 && load<u8>(at) > 0x7f) return fail();
    at += length;
  }
  return value;
}

/** The length of the UTF-8 sequence that begins here, 1 where none does: RFC 3629. */
function sequenceLength(at: usize, end: usize): u32 {
  const lead = <u32>load<u8>(at);
  if (lead < 0xc2 || lead > 0xf4) return 1;
  const length: u32 = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (end - at < length) return 1;
  const second = <u32>load<u8>(at, 1);
  if ((second & 0xc0) != 0x80) return 1;
  if (lead == 0xe0 && second < 0xa0) return 1;
  if (lead == 0xed && second > 0x9f) return 1;
  if (lead == 0xf0 && second < 0x90) return 1;
  if (lead == 0xf4 && second > 0x8f) return 1;
  if (length > 2 && ((<u32>load<u8>(at, 2)) & 0xc0) != 0x80) return 1;
  if (length > 3 && ((<u32>load<u8>(at, 3)) & 0xc0) != 0x80) return 1;
  return length;
}
