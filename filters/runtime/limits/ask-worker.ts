// Limits that each worker thread counts for itself: see ask.ts.
import {
  ask,
  askTime,
  costAsked,
  firstAsk,
  freshCell,
  hasRoom,
  holdTaken,
  isDeferred,
  itemsAsked,
  keyAsked,
  limitAsked,
  nextAsk,
  noteEviction,
  noteWait,
  placeAsked,
  refusingAsk,
  setPlace,
  stateAsked,
  WORKER,
} from "./ask";
import { addCell, cellTake, cellWait, newCell, ownCell, waitingRate } from "./cell";
import { setItems } from "./items";
import { workerSet } from "./worker";

/** Asks a limit: see `ask`. */
export function askWorker(
  limit: usize,
  state: usize,
  number: u32,
  key: u64,
  cost: u64,
  items: usize,
  hold: usize,
): void {
  const asked = ask(limit, state, number, WORKER, key, cost, items, hold);
  const now = askTime();
  let cell = ownCell(limit, workerSet(limit, state, key), key, now);
  if (cell == 0) {
    cell = freshCell(asked);
    newCell(limit, cell, key, now);
  }
  setPlace(asked, cell);
  noteWait(asked, cellWait(limit, cell, cost, now));
}

/** Takes from all that were asked and have room: no limit refuses. */
export function takeWorker(): void {
  for (let asked = firstAsk(WORKER); asked != 0; asked = nextAsk(asked, WORKER)) {
    if (hasRoom(asked)) take(asked);
  }
}

/** Which rate of the limit that refuses takes longest. */
export function refusingWorkerRate(): u32 {
  const asked = refusingAsk();
  return waitingRate(limitAsked(asked), placeAsked(asked), costAsked(asked), askTime());
}

function take(asked: usize): void {
  const limit = limitAsked(asked);
  const cell = placeAsked(asked);
  const now = askTime();
  if (!isDeferred(asked)) {
    const state = stateAsked(asked);
    cellTake(limit, cell, costAsked(asked));
    if (cell == freshCell(asked) && addCell(limit, workerSet(limit, state, keyAsked(asked)), cell, now)) {
      noteEviction(state);
    }
  }
  holdTaken(asked);
  setItems(itemsAsked(asked), limit, cell, now);
}
