// Where a request carries its token, as Envoy's `jwt_authn` looks for it.
import { same } from "../bytes";

const QUESTION_MARK: u8 = 0x3f;
const HASH: u8 = 0x23;
const AMPERSAND: u8 = 0x26;
const EQUALS: u8 = 0x3d;
const PERCENT: u32 = 0x25;

let found: usize = 0;
let foundBytes: u32 = 0;

/** Where the last search that answered true has found the token. */
export function tokenPointer(): usize {
  return found;
}

export function tokenSize(): u32 {
  return foundBytes;
}

/**
 * Whether a header's value has the prefix, anywhere in it; the token is what follows, from the first character on that a token may
 * have. Without a prefix (size 0) the whole value is the token.
 */
export function tokenInHeader(value: usize, size: u32, prefix: usize, prefixSize: u32): bool {
  const end = value + size;
  for (let at = value; <usize>prefixSize <= end - at; at++) {
    if (!same(at, prefix, prefixSize)) continue;
    at += prefixSize;
    // Envoy takes the whole value where nothing follows: that is no token, so it is refused, too.
    found = value;
    if (prefixSize != 0) {
      while (at < end && !isTokenCharacter(load<u8>(at))) at++;
      if (at < end) found = at;
    }
    foundBytes = <u32>(end - found);
    return true;
  }
  return false;
}

/** Whether the query of a path has the parameter; the first one counts. A token needs no percent-encoding: one with it is none. */
export function tokenInQuery(path: usize, size: u32, name: usize, nameSize: u32): bool {
  let end = path + size;
  let at = path;
  while (at < end && load<u8>(at) != QUESTION_MARK && load<u8>(at) != HASH) at++;
  if (at == end || load<u8>(at) == HASH) return false;
  at++;
  for (let hash = at; hash < end; hash++) {
    if (load<u8>(hash) == HASH) end = hash;
  }
  while (at < end) {
    let next = at;
    while (next < end && load<u8>(next) != AMPERSAND) next++;
    const value = behindName(at, next, name, nameSize);
    if (value != 0) {
      found = value;
      foundBytes = <u32>(next - value);
      return true;
    }
    at = next + 1;
  }
  return false;
}

/** Where the value of a parameter begins, if its name, percent-encoded or not, is this one; else 0. */
function behindName(at: usize, end: usize, name: usize, size: u32): usize {
  for (let i: u32 = 0; i < size; i++) {
    if (at >= end) return 0;
    let byte = <u32>load<u8>(at);
    if (byte == PERCENT && end - at > 2) {
      byte = (hexDigit(load<u8>(at, 1)) << 4) | hexDigit(load<u8>(at, 2));
      at += 2;
    }
    if (byte != load<u8>(name + i)) return 0;
    at++;
  }
  return at < end && load<u8>(at) == EQUALS ? at + 1 : 0;
}

/** What a hexadecimal digit stands for; more than a byte holds for any other. */
function hexDigit(byte: u32): u32 {
  const letter = (byte | 0x20) - 0x61;
  if (letter < 6) return letter + 10;
  return byte - 0x30 < 10 ? byte - 0x30 : 0x1000;
}

/** Base64url, or a dot. */
function isTokenCharacter(byte: u8): bool {
  const letter: u8 = (byte | 0x20) - 0x61;
  const digit: u8 = byte - 0x30;
  return letter < 26 || digit < 10 || byte == 0x2d || byte == 0x2e || byte == 0x5f;
}
