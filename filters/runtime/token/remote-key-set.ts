// A key set that is fetched while the filter runs. Its successor is made beside it and takes its place only when it is
// whole, so that a broken answer changes nothing.
import { same } from "../bytes";
import { readKeySet } from "./jwks";

/** No JWK Set, no key of use in it, or too many: the last set stays. */
export const KEY_SET_REFUSED: u32 = 0;
/** There is a new set: forget the tokens that were verified by the old one. */
export const KEY_SET_CHANGED: u32 = 1;
/** The same keys as before. */
export const KEY_SET_SAME: u32 = 2;

// A state: {the set in use, or 0; room for the next; capacity; size of the set in use}.
const NEXT: usize = 4;
const CAPACITY: usize = 8;
const SIZE: usize = 12;

/** Room for two sets of `capacity` bytes, of which 1,284 are for the table; `state` is 16 bytes, zeros before. False: no memory. */
export function reserveKeySet(state: usize, capacity: u32): bool {
  if (load<u32>(state, CAPACITY) != 0) return true; // another plugin of this VM has done it
  const rounded = (capacity + 7) & ~7;
  const before = memory.grow(<i32>((2 * <u64>rounded + 0xffff) >>> 16));
  if (before < 0) return false;
  const start = (<usize>before) << 16;
  store<usize>(state, start, NEXT);
  store<u32>(state, rounded, CAPACITY);
  return true;
}

/** The set in use, for `verifyToken`; 0 before the first. */
export function keySetOf(state: usize): usize {
  return load<usize>(state);
}

/** Takes the text of a JWK Set, which is changed by it. Answers `KEY_SET_CHANGED`, `KEY_SET_SAME` or `KEY_SET_REFUSED`. */
export function replaceKeySet(state: usize, json: usize, size: u32): u32 {
  const capacity = load<u32>(state, CAPACITY);
  const next = load<usize>(state, NEXT);
  const current = load<usize>(state);
  if (next == 0) return KEY_SET_REFUSED;
  const used = readKeySet(json, size, next, capacity);
  if (used == 0) return KEY_SET_REFUSED;
  if (current != 0 && load<u32>(state, SIZE) == used && same(current, next, used)) return KEY_SET_SAME;
  // The two halves of what was reserved change places.
  store<usize>(state, current != 0 ? current : next + capacity, NEXT);
  store<usize>(state, next);
  store<u32>(state, used, SIZE);
  return KEY_SET_CHANGED;
}
