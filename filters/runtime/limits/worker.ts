// Limits that each worker thread counts for itself: all cells in linear memory, set by set.
import { setBytes, setOf, setsOf } from "./shape";

/** Room for all sets of a limit, at the end of memory; where it is stands in the limit's state. False: no memory. */
export function reserveCells(limit: usize, state: usize): bool {
  if (load<usize>(state) != 0) return true; // another plugin of this VM has done it
  const bytes = <u64>setsOf(limit) * <u64>setBytes(limit);
  const before = memory.grow(<i32>((bytes + 0xffff) >>> 16));
  if (before < 0) return false;
  store<usize>(state, (<usize>before) << 16);
  return true;
}

/** The set that a key's cell stands in. */
export function workerSet(limit: usize, state: usize, key: u64): usize {
  return load<usize>(state) + <usize>setOf(limit, key) * <usize>setBytes(limit);
}
