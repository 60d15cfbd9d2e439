// What a request takes until its stream ends, or its response has come: {u64 key, u64 cost} in the stream's record; key 0: nothing.
import { cellGiveBack, cellTake, addCell, newCell, ownCell } from "./cell";
import { workerSet } from "./worker";

const COST: usize = 8;
/** Room for the cell of a new key. */
const FRESH: usize = memory.data(136, 8);

/** Notes what was taken. */
export function setHold(hold: usize, key: u64, cost: u64): void {
  store<u64>(hold, key);
  store<u64>(hold, cost, COST);
}

/** The request is no longer under way: what it took is there again. */
export function releaseWorker(limit: usize, state: usize, hold: usize): void {
  const key = load<u64>(hold);
  if (key == 0) return;
  store<u64>(hold, 0);
  const cell = ownCell(limit, workerSet(limit, state, key), key, 0);
  if (cell != 0) cellGiveBack(limit, cell, load<u64>(hold, COST));
}

/** The response has told what the request costs. */
export function chargeWorker(limit: usize, state: usize, hold: usize, cost: u64, now: u64): void {
  const key = load<u64>(hold);
  if (key == 0) return;
  store<u64>(hold, 0);
  const set = workerSet(limit, state, key);
  const own = ownCell(limit, set, key, now);
  if (own != 0) return cellTake(limit, own, cost);
  newCell(limit, FRESH, key, now);
  cellTake(limit, FRESH, cost);
  addCell(limit, set, FRESH, now);
}
