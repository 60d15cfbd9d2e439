// Cookies (RFC 6265): `name=value` pairs separated by semicolons, over all `cookie` headers in order. The first pair of a
// name counts; quotes are part of the value.
import { same } from "./bytes";
import { firstValue, nextValue, valuePointer, valueSize } from "./request";

let found: usize = 0;
let foundSize: u32 = 0;

/** Looks a cookie up in the slot of the `cookie` header; its value is then at `cookiePointer`, `cookieSize` bytes. */
export function findCookie(slot: u32, name: usize, size: u32): bool {
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    const end = valuePointer(v) + valueSize(v);
    let p = valuePointer(v);
    while (p < end) {
      let next = p;
      while (next < end && load<u8>(next) != 0x3b) next++;
      if (isPair(p, next, name, size)) return true;
      p = next + 1;
    }
  }
  return false;
}

export function cookiePointer(): usize {
  return found;
}

export function cookieSize(): u32 {
  return foundSize;
}

function isPair(p: usize, end: usize, name: usize, size: u32): bool {
  while (p < end && isBlank(p)) p++;
  while (end > p && isBlank(end - 1)) end--;
  if (<usize>(end - p) <= <usize>size || load<u8>(p + size) != 0x3d || !same(p, name, size)) return false;
  found = p + size + 1;
  foundSize = <u32>(end - found);
  return true;
}

function isBlank(p: usize): bool {
  const byte = load<u8>(p);
  return byte == 0x20 || byte == 0x09;
}
