// Asking the limits of one request: each is looked at, and only where all of them have room does the request go on. How a
// limit is asked and taken from depends on who counts: ask-worker.ts, ask-shared.ts, ask-mesh.ts.
import { count } from "../counters";
import { setHold } from "./hold";

/** Bytes of room for each limit that is asked. */
export const ASKED_BYTES: u32 = 192;

// What is known of a limit that is asked, and at the end room for the cell of a new key.
const LIMIT: usize = 0;
const STATE: usize = 4;
const NUMBER: usize = 8;
const BY: usize = 12;
const KEY: usize = 16;
const COST: usize = 24;
const WAIT: usize = 32;
/** The first of its items in the stream's record, or 0: see items.ts. */
const ITEMS: usize = 40;
/** Where the stream's end or response finds what was taken, or 0: see hold.ts. */
const HOLD: usize = 44;
/** Whoever counts keeps here where. */
const PLACE: usize = 48;
const FRESH: usize = 56;

// In a limit's number.
const SHADOW: u32 = 0x80000000;
const DEFERRED: u32 = 0x40000000;
const LENIENT: u32 = 0x20000000;
const NUMBER_BITS: u32 = 0x00ffffff;

/** In what `refusal` answers: nobody knows whether the limit has room, and that is reason enough. */
const UNKNOWN: u32 = 0x01000000;

/** Who counts. */
export const WORKER: u32 = 0;
export const SHARED: u32 = 1;
export const MESH: u32 = 2;

/** As a wait: nobody knows whether there is room. */
const FAILED: u64 = u64.MAX_VALUE;

// A limit's state: where its cells are, and its counters of 16 bytes each.
const COUNTERS: usize = 16;
const ALLOWED: usize = 0;
const LIMITED: usize = 16;
const SHADOWED: usize = 32;
const ERRORS: usize = 48;
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

/** When the stage began. */
export function askTime(): u64 {
  return time;
}

/**
 * Notes a limit that is asked. `number`: what `refusal` answers where it refuses, above 0, and flags. `items` and `hold`:
 * where what is left, and what was taken, goes in the stream's record; 0 for nowhere.
 */
export function ask(
  limit: usize,
  state: usize,
  number: u32,
  by: u32,
  key: u64,
  cost: u64,
  items: usize,
  hold: usize,
): usize {
  const asked = end;
  end += ASKED_BYTES;
  store<usize>(asked, limit, LIMIT);
  store<usize>(asked, state, STATE);
  store<u32>(asked, number, NUMBER);
  store<u32>(asked, by, BY);
  store<u64>(asked, key, KEY);
  store<u64>(asked, cost, COST);
  store<u64>(asked, 0, WAIT);
  store<usize>(asked, items, ITEMS);
  store<usize>(asked, hold, HOLD);
  return asked;
}

/** Notes how long the request would have to wait for room; 0: there is room now. */
export function noteWait(asked: usize, wait: u64): void {
  store<u64>(asked, wait, WAIT);
  if (wait == 0 || isShadow(asked)) return;
  if (refusing == 0 || hasFailed(refusing) || isLonger(asked, refusing)) refusing = asked;
}

/** Of those that take equally long the first refuses. */
function isLonger(asked: usize, other: usize): bool {
  const wait = load<u64>(asked, WAIT);
  const longest = load<u64>(other, WAIT);
  return wait > longest || (wait == longest && load<u32>(asked, NUMBER) < load<u32>(other, NUMBER));
}

/** Notes that nobody knows whether there is room. */
export function noteFailure(asked: usize): void {
  store<u64>(asked, FAILED, WAIT);
  note(asked, ERRORS);
  if (refusing == 0 && !isShadow(asked) && (load<u32>(asked, NUMBER) & LENIENT) == 0) refusing = asked;
}

/** 0 where all limits have room; else the number of the one that takes longest, and whether that is unknown. Counts them. */
export function refusal(): u32 {
  if (refusing != 0) {
    for (let asked = first; asked < end; asked += ASKED_BYTES) {
      if (!hasRoom(asked) && !hasFailed(asked) && !isShadow(asked)) note(asked, LIMITED);
    }
    return (load<u32>(refusing, NUMBER) & NUMBER_BITS) | (hasFailed(refusing) ? UNKNOWN : 0);
  }
  for (let asked = first; asked < end; asked += ASKED_BYTES) {
    if (hasRoom(asked)) note(asked, ALLOWED);
    else if (!hasFailed(asked)) note(asked, SHADOWED);
  }
  return 0;
}

/** Whether some limit refuses, of those asked so far: then nothing need be taken from the others. */
export function isRefused(): bool {
  return refusing != 0 && !hasFailed(refusing);
}

/** The limit that refuses. */
export function refusingAsk(): usize {
  return refusing;
}

/** Nanoseconds until the limit that refuses has room. */
export function refusalWait(): u64 {
  return load<u64>(refusing, WAIT);
}

/** The first limit that was asked, the next one, 0 behind the last: of those that are counted by this one. */
export function firstAsk(by: u32): usize {
  return nextFrom(first, by);
}

export function nextAsk(asked: usize, by: u32): usize {
  return nextFrom(asked + ASKED_BYTES, by);
}

function nextFrom(asked: usize, by: u32): usize {
  for (; asked < end; asked += ASKED_BYTES) {
    if (load<u32>(asked, BY) == by) return asked;
  }
  return 0;
}

export function limitAsked(asked: usize): usize {
  return load<usize>(asked, LIMIT);
}

export function stateAsked(asked: usize): usize {
  return load<usize>(asked, STATE);
}

export function keyAsked(asked: usize): u64 {
  return load<u64>(asked, KEY);
}

export function costAsked(asked: usize): u64 {
  return load<u64>(asked, COST);
}

export function itemsAsked(asked: usize): usize {
  return load<usize>(asked, ITEMS);
}

export function placeAsked(asked: usize): usize {
  return load<usize>(asked, PLACE);
}

export function setPlace(asked: usize, place: usize): void {
  store<usize>(asked, place, PLACE);
}

/** Room for the cell of a new key. */
export function freshCell(asked: usize): usize {
  return asked + FRESH;
}

/** Whether there is room. */
export function hasRoom(asked: usize): bool {
  return load<u64>(asked, WAIT) == 0;
}

function hasFailed(asked: usize): bool {
  return load<u64>(asked, WAIT) == FAILED;
}

/** Whether it is only tried out. */
export function isShadow(asked: usize): bool {
  return (load<u32>(asked, NUMBER) & SHADOW) != 0;
}

/** Whether what the request costs its response tells. */
export function isDeferred(asked: usize): bool {
  return (load<u32>(asked, NUMBER) & DEFERRED) != 0;
}

/** Notes what was taken, for the stream's end or response. */
export function holdTaken(asked: usize): void {
  const hold = load<usize>(asked, HOLD);
  if (hold != 0) setHold(hold, load<u64>(asked, KEY), load<u64>(asked, COST));
}

/** Counts a key that was forgotten for this one. */
export function noteEviction(state: usize): void {
  count(state + COUNTERS + EVICTIONS);
}

function note(asked: usize, what: usize): void {
  count(load<usize>(asked, STATE) + COUNTERS + what);
}
