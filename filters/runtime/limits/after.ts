// What becomes of a limit when the stream ends, and when its response has come: see hold.ts.
import { now as time } from "../limit-key";
import { noteEviction } from "./ask";
import { sharedOf } from "./ask-shared";
import { addCell, cellGiveBack, cellTake, newCell, ownCell } from "./cell";
import { dropHold, heldCost, holds } from "./hold";
import { UNTOLD } from "./response-cost";
import { sharedCharge, sharedForgot, sharedGiveBack } from "./shared";
import { workerSet } from "./worker";

/** Room for the cell of a new key. */
const FRESH: usize = memory.data(136, 8);

/** The request is no longer under way: what it took is there again. */
export function releaseWorker(limit: usize, state: usize, hold: usize): void {
  const key = dropHold(hold);
  if (key == 0) return;
  const cell = ownCell(limit, workerSet(limit, state, key), key, 0);
  if (cell != 0) cellGiveBack(limit, cell, heldCost(hold));
}

/** As `releaseWorker`, of a limit that all workers count together. */
export function releaseShared(limit: usize, state: usize, hold: usize): void {
  const key = dropHold(hold);
  if (key != 0) sharedGiveBack(limit, sharedOf(state), key, heldCost(hold), 0);
}

/** The response has told what the request costs. */
export function chargeWorker(limit: usize, state: usize, hold: usize, cost: u64, now: u64): void {
  const key = dropHold(hold);
  if (key == 0) return;
  const set = workerSet(limit, state, key);
  const own = ownCell(limit, set, key, now);
  if (own != 0) return cellTake(limit, own, cost);
  newCell(limit, FRESH, key, now);
  cellTake(limit, FRESH, cost);
  if (addCell(limit, set, FRESH, now)) noteEviction(state);
}

/** As `chargeWorker`, of a limit that all workers count together. */
export function chargeShared(limit: usize, state: usize, hold: usize, cost: u64, now: u64): void {
  const key = dropHold(hold);
  if (key == 0) return;
  sharedCharge(limit, sharedOf(state), key, cost, now);
  if (sharedForgot()) noteEviction(state);
}

/** The stream has ended without a response: who does not wait for it does not get by for nothing. */
export function unansweredWorker(limit: usize, state: usize, hold: usize): void {
  if (holds(hold)) chargeWorker(limit, state, hold, UNTOLD, time());
}

/** As `unansweredWorker`, of a limit that all workers count together. */
export function unansweredShared(limit: usize, state: usize, hold: usize): void {
  if (holds(hold)) chargeShared(limit, state, hold, UNTOLD, time());
}
