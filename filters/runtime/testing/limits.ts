// AssemblyScript, for the tests of limits/.
import { addCell, cellTake, cellWait, newCell, ownCell } from "../limits/cell";
import { workerSet } from "../limits/worker";
export { addCell, cellGiveBack, cellTake, cellWait, leftOf, newCell, ownCell, resetOf } from "../limits/cell";
export { reserveCells, workerSet } from "../limits/worker";
export { productFits, quotient, shareUp } from "../limits/wide";

const LIMIT: usize = memory.data(16 + 32 * 8, 8);
const SET: usize = memory.data(4096, 8);
const CELL: usize = memory.data(136, 8);
const STATE: usize = memory.data(16, 8);

/** Room for a limit's description: 16 bytes and eight rates. */
export function limit(): usize {
  return LIMIT;
}

/** Room for a set of cells, zeros. */
export function set(): usize {
  return SET;
}

/** Room for one cell. */
export function cell(): usize {
  return CELL;
}

/** What says where the worker's cells are. */
export function state(): usize {
  return STATE;
}

let evictions: u32 = 0;

/** How often a key was forgotten. */
export function evicted(): u32 {
  return evictions;
}

/** Asks the worker's table: 0 where the cost fitted and was taken, else how long to wait. */
export function ask(limit: usize, key: u64, cost: u64, now: u64): u64 {
  const set = workerSet(limit, STATE, key);
  const own = ownCell(limit, set, key, now);
  if (own == 0) newCell(limit, CELL, key, now);
  const cell = own == 0 ? CELL : own;
  const wait = cellWait(limit, cell, cost, now);
  if (wait != 0) return wait;
  cellTake(limit, cell, cost);
  if (own == 0 && addCell(limit, set, cell, now)) evictions++;
  return 0;
}

let passes: u32 = 0;

/** How many requests of a flood passed. */
export function passed(): u32 {
  return passes;
}

/**
 * Asks for so many keys that differ, each once, `step` nanoseconds apart, and after each `every` of them for the heavy one: how
 * often that one passed. `crowd`: all of them are of the heavy key's set.
 */
export function flood(
  limit: usize,
  keys: u32,
  every: u32,
  heavy: u64,
  crowd: bool,
  start: u64,
  step: u64,
): u32 {
  passes = 0;
  let heavyPassed: u32 = 0;
  let now = start;
  for (let i: u64 = 1; i <= keys; i++) {
    now += step;
    const key = crowd ? (heavy & 0xffffffff00000000) | i : i * 0x9e3779b97f4a7c15;
    if (ask(limit, key, 1, now) == 0) passes++;
    if (i % every == 0 && ask(limit, heavy, 1, now) == 0) heavyPassed++;
  }
  return heavyPassed;
}
