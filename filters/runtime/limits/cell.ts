// What one key has used of a limit, by all of its rates: see shape.ts. Cells stand side by side in sets, wherever the set
// lies: in the worker's own table, or in a copy of what all workers share.
import {
  bucketGiveBack,
  bucketLeft,
  bucketReset,
  bucketTake,
  bucketUndo,
  bucketUsage,
  bucketWait,
  turnBucket,
} from "./bucket";
import { STANDS } from "./clock";
import {
  algorithmOf,
  BUCKET,
  cellBytes,
  FIXED,
  rateOf,
  ratesOf,
  SLIDING,
  stateOf,
  UNDER_WAY,
  waysOf,
} from "./shape";
import {
  fixedLeft,
  fixedWait,
  slidingLeft,
  slidingWait,
  timeOf,
  turnWindow,
  windowGiveBack,
  windowReset,
  windowTake,
  windowUndo,
  windowUsage,
} from "./window";

/** Room for a cell of eight rates. */
const COPY: usize = memory.data(136, 8);

/** Nobody knows when a request under way ends; a second is as good as any time. */
const LATER: u64 = 1000000000;

/** The cell of a key in a set, up to now; 0 where it has none. */
export function ownCell(limit: usize, set: usize, key: u64, now: u64): usize {
  const cell = findCell(limit, set, key);
  if (cell != 0) turnCell(limit, cell, now);
  return cell;
}

/** The cell of a key in a set as it was left; 0 where it has none. */
export function findCell(limit: usize, set: usize, key: u64): usize {
  const bytes = <usize>cellBytes(limit);
  const end = set + <usize>waysOf(limit) * bytes;
  for (let cell = set; cell < end; cell += bytes) {
    if (load<u64>(cell) == key) return cell;
  }
  return 0;
}

/** Whether the clock was set back since the cell was last up to date, so that bringing it up to now changes when that was. */
export function isSetBack(limit: usize, cell: usize, now: u64): bool {
  const algorithm = algorithmOf(limit);
  if (algorithm == UNDER_WAY) return false;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    const state = stateOf(cell, i);
    const last = algorithm == BUCKET ? load<u64>(state, 8) : load<u64>(state);
    if (last > now + STANDS) return true;
  }
  return false;
}

/** Writes the cell of a key that has used nothing. */
export function newCell(limit: usize, cell: usize, key: u64, now: u64): void {
  memory.fill(cell, 0, cellBytes(limit));
  store<u64>(cell, key);
  turnCell(limit, cell, now);
}

/**
 * Copies a new key's cell into a set. The one that has used least gives way: a full one loses nothing, and one at its limit
 * goes only where all of its set are. True where something was forgotten.
 */
export function addCell(limit: usize, set: usize, cell: usize, now: u64): bool {
  const bytes = <usize>cellBytes(limit);
  const end = set + <usize>waysOf(limit) * bytes;
  let victim = set;
  let least = Infinity;
  for (let other = set; other < end; other += bytes) {
    const used = load<u64>(other) == 0 ? 0 : usage(limit, other, now);
    if (used >= least) continue;
    least = used;
    victim = other;
    if (used == 0) break;
  }
  memory.copy(victim, cell, bytes);
  return least != 0;
}

/** Nanoseconds until a request of this cost fits all rates; 0 where it fits now, as no cost always does. The cell is up to now. */
export function cellWait(limit: usize, cell: usize, cost: u64, now: u64): u64 {
  // Not even where a clock that stepped back in a sliding window lets more of the one before count than there is room for.
  if (cost == 0) return 0;
  const algorithm = algorithmOf(limit);
  let longest: u64 = 0;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    const wait = waitOf(algorithm, rateOf(limit, i), stateOf(cell, i), cost, now);
    if (wait > longest) longest = wait;
  }
  return longest;
}

/** The rate that a cost waits for longest. */
export function waitingRate(limit: usize, cell: usize, cost: u64, now: u64): u32 {
  const algorithm = algorithmOf(limit);
  let which: u32 = 0;
  let longest: u64 = 0;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    const wait = waitOf(algorithm, rateOf(limit, i), stateOf(cell, i), cost, now);
    if (wait <= longest) continue;
    longest = wait;
    which = i;
  }
  return which;
}

/** Takes a cost from all rates: no more than there is. The cell is up to now. */
export function cellTake(limit: usize, cell: usize, cost: u64): void {
  const algorithm = algorithmOf(limit);
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    const rate = rateOf(limit, i);
    if (algorithm == BUCKET) bucketTake(rate, stateOf(cell, i), cost);
    else windowTake(rate, stateOf(cell, i), cost);
  }
}

/** Puts back what was taken and not used. The cell is up to now, and of windows what was taken in this one. */
export function cellGiveBack(limit: usize, cell: usize, cost: u64): void {
  const algorithm = algorithmOf(limit);
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    if (algorithm == BUCKET) bucketGiveBack(rateOf(limit, i), stateOf(cell, i), cost);
    else windowGiveBack(stateOf(cell, i), cost);
  }
}

/** Undoes a take after which the cell stood as `after`: as if it had never been. The cell is up to now. */
export function cellUndo(limit: usize, cell: usize, after: usize, cost: u64): void {
  const algorithm = algorithmOf(limit);
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    const rate = rateOf(limit, i);
    if (algorithm == BUCKET) bucketUndo(rate, stateOf(cell, i), stateOf(after, i), cost);
    else windowUndo(rate, stateOf(cell, i), stateOf(after, i), cost);
  }
}

/** What is left of a rate. The cell is up to now. */
export function leftOf(limit: usize, cell: usize, index: u32, now: u64): u64 {
  const rate = rateOf(limit, index);
  const state = stateOf(cell, index);
  switch (algorithmOf(limit)) {
    case BUCKET:
      return bucketLeft(rate, state);
    case SLIDING:
      return slidingLeft(rate, state, timeOf(state, now));
    default:
      return fixedLeft(rate, state);
  }
}

/** Nanoseconds until all of a rate is there again: the bucket full, the next window begun. */
export function resetOf(limit: usize, cell: usize, index: u32, now: u64): u64 {
  const rate = rateOf(limit, index);
  const state = stateOf(cell, index);
  switch (algorithmOf(limit)) {
    case BUCKET:
      return bucketReset(rate, state);
    case UNDER_WAY:
      return 0;
    default:
      return windowReset(rate, state, timeOf(state, now));
  }
}

/** Brings a cell up to now. */
export function turnCell(limit: usize, cell: usize, now: u64): void {
  const algorithm = algorithmOf(limit);
  if (algorithm == UNDER_WAY) return;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    if (algorithm == BUCKET) turnBucket(rateOf(limit, i), stateOf(cell, i), now);
    else turnWindow(rateOf(limit, i), stateOf(cell, i), now);
  }
}

function waitOf(algorithm: u32, rate: usize, state: usize, cost: u64, now: u64): u64 {
  switch (algorithm) {
    case BUCKET: {
      const wait = bucketWait(rate, state, cost);
      return wait == 0 ? 0 : wait + (load<u64>(state, 8) - now);
    }
    case FIXED:
      return fixedWait(rate, state, cost, now);
    case SLIDING: {
      const time = timeOf(state, now);
      const wait = slidingWait(rate, state, cost, time);
      return wait == 0 ? 0 : wait + (time - now);
    }
    default:
      return fixedLeft(rate, state) >= cost ? 0 : LATER;
  }
}

/** How much of its rates a cell has used: the largest part, from 0 to 1, and one more where a further request does not fit. */
function usage(limit: usize, other: usize, now: u64): f64 {
  let most: f64 = 0;
  // Another key's request is no reason to bring this one up to a clock that may have been set back.
  const cell = COPY;
  memory.copy(cell, other, cellBytes(limit));
  turnCell(limit, cell, now);
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    const rate = rateOf(limit, i);
    const state = stateOf(cell, i);
    const used =
      algorithmOf(limit) == BUCKET
        ? bucketUsage(rate, state)
        : windowUsage(rate, leftOf(limit, cell, i, now));
    if (used > most) most = used;
  }
  return cellWait(limit, cell, 1, now) == 0 ? most : most + 1;
}
