// Asking the limits of one request: each is looked at, and only where all of them have room does the request take from any.
import { count } from "../counters";
import { addCell, cellTake, cellWait, leftOf, newCell, ownCell, resetOf, waitingRate } from "./cell";
import { setHold } from "./hold";
import { setItem } from "./items";
import { ratesOf } from "./shape";
import { workerSet } from "./worker";

/** Bytes of room for each limit that is asked. */
export const ASKED_BYTES: u32 = 192;

// What is known of a limit that is asked, and at the end room for the cell of a new key.
const LIMIT: usize = 0;
const STATE: usize = 4;
const CELL: usize = 8;
const NUMBER: usize = 12;
const KEY: usize = 16;
const COST: usize = 24;
const WAIT: usize = 32;
/** The first of its items in the stream's record, or 0: see fields.ts. */
const ITEMS: usize = 40;
/** Where the stream's end or response finds what was taken, or 0. */
const HOLD: usize = 44;
const FRESH: usize = 48;

/** In a limit's number: it is only tried out. */
const SHADOW: u32 = 0x80000000;
/** In a limit's number: what a request costs its response tells. */
const DEFERRED: u32 = 0x40000000;
const NUMBER_BITS: u32 = 0x3fffffff;

// A limit's state: where its cells are, and its counters of 16 bytes each.
const COUNTERS: usize = 16;
const ALLOWED: usize = 0;
const LIMITED: usize = 16;
const SHADOWED: usize = 32;
const EVICTIONS: usize = 64;

let first: usize = 0;
let end: usize = 0;
let time: u64 = 0;
let refusing: usize = 0;

/** Starts a request's stage of limits at a time; `room` has `ASKED_BYTES` for each of them. */
export function beginAsking(room: usize, now: u64): void {
  first = room;
  end = room;
  time = now;
  refusing = 0;
}

/**
 * Asks a limit that this worker counts for itself. `number`: what `settle` answers where it refuses, above 0, and flags.
 * `items` and `hold`: where what is left, and what was taken, goes in the stream's record; 0 for nowhere.
 */
export function askWorker(
  limit: usize,
  state: usize,
  number: u32,
  key: u64,
  cost: u64,
  items: usize,
  hold: usize,
): void {
  const asked = end;
  end += ASKED_BYTES;
  let cell = ownCell(limit, workerSet(limit, state, key), key, time);
  if (cell == 0) {
    cell = asked + FRESH;
    newCell(limit, cell, key, time);
  }
  store<usize>(asked, limit, LIMIT);
  store<usize>(asked, state, STATE);
  store<usize>(asked, cell, CELL);
  store<u32>(asked, number, NUMBER);
  store<u64>(asked, key, KEY);
  store<u64>(asked, cost, COST);
  store<usize>(asked, items, ITEMS);
  store<usize>(asked, hold, HOLD);
  const wait = cellWait(limit, cell, cost, time);
  store<u64>(asked, wait, WAIT);
  if (wait == 0 || (number & SHADOW) != 0) return;
  if (refusing == 0 || wait > load<u64>(refusing, WAIT)) refusing = asked;
}

/** 0 where all limits that were asked have room, and the request has now taken from them; else the number of the one that takes longest. */
export function settle(): u32 {
  if (refusing != 0) {
    for (let asked = first; asked < end; asked += ASKED_BYTES) {
      if (load<u64>(asked, WAIT) != 0 && !isShadow(asked)) note(asked, LIMITED);
    }
    return load<u32>(refusing, NUMBER) & NUMBER_BITS;
  }
  for (let asked = first; asked < end; asked += ASKED_BYTES) {
    if (load<u64>(asked, WAIT) != 0) note(asked, SHADOWED);
    else take(asked);
  }
  return 0;
}

/** Nanoseconds until the limit that refuses has room. */
export function refusalWait(): u64 {
  return load<u64>(refusing, WAIT);
}

/** Which of its rates takes longest. */
export function refusingRate(): u32 {
  const limit = load<usize>(refusing, LIMIT);
  return waitingRate(limit, load<usize>(refusing, CELL), load<u64>(refusing, COST), time);
}

function take(asked: usize): void {
  const limit = load<usize>(asked, LIMIT);
  const state = load<usize>(asked, STATE);
  const cell = load<usize>(asked, CELL);
  const key = load<u64>(asked, KEY);
  const cost = load<u64>(asked, COST);
  if ((load<u32>(asked, NUMBER) & DEFERRED) == 0) {
    cellTake(limit, cell, cost);
    if (cell == asked + FRESH && addCell(limit, workerSet(limit, state, key), cell, time)) {
      note(asked, EVICTIONS);
    }
  }
  note(asked, ALLOWED);
  const hold = load<usize>(asked, HOLD);
  if (hold != 0) setHold(hold, key, cost);
  const items = load<usize>(asked, ITEMS);
  if (items == 0) return;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    setItem(items + <usize>i * 16, leftOf(limit, cell, i, time), resetOf(limit, cell, i, time));
  }
}

function isShadow(asked: usize): bool {
  return (load<u32>(asked, NUMBER) & SHADOW) != 0;
}

function note(asked: usize, what: usize): void {
  count(load<usize>(asked, STATE) + COUNTERS + what);
}
