// UTF-8 as the WHATWG Encoding Standard decodes it: what is no UTF-8 becomes U+FFFD, one for each maximal part of a
// sequence. asc's own decoder accepts overlong forms, which are how a `/` hides from a filter.

const REPLACEMENT: u32 = 0xfffd;

let code: u32 = 0;

/** A text of its own from UTF-8 bytes. Allocates. */
export function decodeUtf8(pointer: usize, size: u32): string {
  // A byte never becomes more than one UTF-16 unit, and four bytes become two.
  const room = changetype<usize>(new ArrayBuffer(size << 1));
  const end = pointer + size;
  let at = pointer;
  let units: usize = room;
  while (at < end) {
    at = next(at, end);
    if (code < 0x10000) {
      store<u16>(units, code);
      units += 2;
    } else {
      store<u16>(units, 0xd7c0 + (code >>> 10));
      store<u16>(units, 0xdc00 | (code & 0x3ff), 2);
      units += 4;
    }
  }
  return String.UTF16.decodeUnsafe(room, units - room);
}

/** Whether the bytes are UTF-8 without a flaw. */
export function isUtf8(pointer: usize, size: u32): bool {
  const end = pointer + size;
  let at = pointer;
  while (at < end) {
    const start = at;
    at = next(at, end);
    if (
      code == REPLACEMENT &&
      !(at - start == 3 && load<u16>(start) == 0xbfef && load<u8>(start, 2) == 0xbd)
    ) {
      return false;
    }
  }
  return true;
}

/** Reads one code point into `code`, or U+FFFD, and says where the next one starts. */
function next(start: usize, end: usize): usize {
  let at = start + 1;
  const first = <u32>load<u8>(start);
  if (first < 0x80) {
    code = first;
    return at;
  }
  code = REPLACEMENT;
  let low: u32 = 0x80;
  let high: u32 = 0xbf;
  let more: u32;
  let point: u32;
  if (first - 0xc2 < 0x1e) {
    more = 1;
    point = first & 0x1f;
  } else if (first - 0xe0 < 0x10) {
    more = 2;
    point = first & 0x0f;
    if (first == 0xe0) low = 0xa0;
    else if (first == 0xed) high = 0x9f;
  } else if (first - 0xf0 < 5) {
    more = 3;
    point = first & 0x07;
    if (first == 0xf0) low = 0x90;
    else if (first == 0xf4) high = 0x8f;
  } else {
    return at;
  }
  while (more > 0) {
    if (at == end) return at;
    const byte = <u32>load<u8>(at);
    if (byte < low || byte > high) return at;
    low = 0x80;
    high = 0xbf;
    point = (point << 6) | (byte & 0x3f);
    at++;
    more--;
  }
  code = point;
  return at;
}
