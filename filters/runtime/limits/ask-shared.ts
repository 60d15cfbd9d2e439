// Limits that all worker threads count together: see ask.ts.
import {
  ask,
  askTime,
  costAsked,
  firstAsk,
  hasRoom,
  holdTaken,
  isDeferred,
  isRefused,
  isShadow,
  itemsAsked,
  keyAsked,
  limitAsked,
  nextAsk,
  noteEviction,
  noteFailure,
  noteWait,
  placeAsked,
  refusingAsk,
  setPlace,
  SHARED,
  stateAsked,
} from "./ask";
import { waitingRate } from "./cell";
import { setItems } from "./items";
import { FAILED, sharedCell, sharedForgot, sharedGiveBack, sharedLook, sharedTake } from "./shared";

const TAKEN: usize = 1;

/**
 * Asks a limit: see `ask`. What is there to be taken is taken at once, so that no other worker takes it in between, unless
 * it is known already that the request is refused. `state` is followed by what the limit's shared part remembers.
 */
export function askShared(
  limit: usize,
  state: usize,
  number: u32,
  key: u64,
  cost: u64,
  items: usize,
  hold: usize,
): void {
  const asked = ask(limit, state, number, SHARED, key, cost, items, hold);
  const only = isRefused() || isShadow(asked) || isDeferred(asked);
  const shared = sharedOf(state);
  const wait = only
    ? sharedLook(limit, shared, key, cost, askTime())
    : sharedTake(limit, shared, key, cost, askTime());
  if (!only && sharedForgot()) noteEviction(state);
  setPlace(asked, !only && wait == 0 ? TAKEN : 0);
  if (wait == FAILED) noteFailure(asked);
  else noteWait(asked, wait);
}

/** Takes from what was only looked at: no limit refuses. */
export function takeShared(): void {
  for (let asked = firstAsk(SHARED); asked != 0; asked = nextAsk(asked, SHARED)) {
    if (!hasRoom(asked)) continue;
    const limit = limitAsked(asked);
    const state = stateAsked(asked);
    const shared = sharedOf(state);
    if (placeAsked(asked) != TAKEN && !isDeferred(asked)) {
      // Another worker may have been faster; then it is as if that had been before the question.
      if (sharedTake(limit, shared, keyAsked(asked), costAsked(asked), askTime()) != 0) continue;
    }
    holdTaken(asked);
    if (itemsAsked(asked) != 0) {
      setItems(itemsAsked(asked), limit, sharedCell(limit, shared, askTime()), askTime());
    }
  }
}

/** Gives back what was taken: some limit refuses, or the request is to come again. */
export function giveBackShared(): void {
  for (let asked = firstAsk(SHARED); asked != 0; asked = nextAsk(asked, SHARED)) {
    if (placeAsked(asked) != TAKEN) continue;
    setPlace(asked, 0);
    sharedGiveBack(
      limitAsked(asked),
      sharedOf(stateAsked(asked)),
      keyAsked(asked),
      costAsked(asked),
      askTime(),
    );
  }
}

/** Which rate of the limit that refuses takes longest. */
export function refusingSharedRate(): u32 {
  const asked = refusingAsk();
  const limit = limitAsked(asked);
  const cell = sharedCell(limit, sharedOf(stateAsked(asked)), askTime());
  return waitingRate(limit, cell, costAsked(asked), askTime());
}

/** Bytes of a limit's own state: see `ask`. */
const STATE_BYTES: usize = 96;

/** What the shared part of a limit remembers, behind its own state. */
export function sharedOf(state: usize): usize {
  return state + STATE_BYTES;
}
