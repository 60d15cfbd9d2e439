// Calls that are under way. Each belongs to one key and has room for the requests that wait for it.
import { serviceOf, shortestWindow } from "./limit";
import { writeMeshKey } from "./key";
import { askService, surelyEnded } from "./service";

/** Further requests that would have to wait for a call of their own cannot. */
const CALLS_MAX: u32 = 1024;
const CALL_BYTES: u32 = 80;
const CALLS: usize = memory.data(81920, 8);

const LIMIT: usize = 0; // 0: no call is here
const TOKEN: usize = 4;
const KEY: usize = 8;
const ASKED: usize = 16;
/** Tokens that were asked for, and how many of them are for requests that wait. */
const HITS: usize = 24;
const RESERVED: usize = 28;
/** The first request that waits for it, and how many do: `waiting.ts` has them. */
const FIRST: usize = 32;
const WAITERS: usize = 36;
const DIGEST: usize = 40;
/** Whether it asks again, for less. */
const REPEATED: usize = 72;

/** Calls with higher numbers are not used. */
let used: u32 = 0;

/** Makes a call for the current key; its number, 0 where none can be made. `stream`: see `askService`. */
export function startCall(limit: usize, key: u64, hits: u32, stream: u32, time: u64): u32 {
  const number = freeCall();
  if (number == 0) return 0;
  const call = callAt(number);
  memory.fill(call, 0, CALL_BYTES);
  writeMeshKey(call + DIGEST);
  if (!askService(limit, call + DIGEST, hits, stream, time, call + TOKEN)) return 0;
  store<usize>(call, limit, LIMIT);
  store<u64>(call, key, KEY);
  store<u64>(call, time, ASKED);
  store<u32>(call, hits, HITS);
  return number;
}

/** Asks again for nothing but what those need who wait; false where that cannot be. */
export function repeatCall(number: u32, time: u64): bool {
  const call = callAt(number);
  const hits = load<u32>(call, RESERVED);
  if (!askService(load<usize>(call), call + DIGEST, hits, 0, time, call + TOKEN)) return false;
  store<u64>(call, time, ASKED);
  store<u32>(call, hits, HITS);
  store<u32>(call, 1, REPEATED);
  return true;
}

export function endCall(number: u32): void {
  store<usize>(callAt(number), 0);
  while (used != 0 && load<usize>(callAt(used)) == 0) used--;
}

/** The call with a token of the host's; 0 where there is none. */
export function callWithToken(token: u32): u32 {
  for (let number: u32 = 1; number <= used; number++) {
    const call = callAt(number);
    if (load<usize>(call) != 0 && load<u32>(call, TOKEN) == token) return number;
  }
  return 0;
}

/** Whether a call is for a key, and its end is to come. */
export function isUnderWay(number: u32, limit: usize, key: u64, time: u64): bool {
  if (number == 0) return false;
  const call = callAt(number);
  return load<usize>(call) == limit && load<u64>(call, KEY) == key && !isLost(call, time);
}

/** A call whose end has not been told although its time is over: its root context has gone, and the end with it. */
function isLost(call: usize, time: u64): bool {
  return time > surelyEnded(serviceOf(load<usize>(call)), load<u64>(call, ASKED));
}

/** A call that is lost, to be ended; 0 where there is none. */
export function lostCall(time: u64): u32 {
  for (let number: u32 = 1; number <= used; number++) {
    if (load<usize>(callAt(number)) != 0 && isLost(callAt(number), time)) return number;
  }
  return 0;
}

/** Keeps tokens of a call for a request that waits; false where not as many are left, or they are for another window. */
export function reserve(number: u32, cost: u32, time: u64): bool {
  const call = callAt(number);
  const reserved = load<u32>(call, RESERVED);
  if (
    load<u32>(call, HITS) - reserved < cost ||
    askedWindow(number) != time / shortestWindow(load<usize>(call))
  )
    return false;
  store<u32>(call, reserved + cost, RESERVED);
  return true;
}

/** The request does not wait after all. */
export function release(number: u32, cost: u32): void {
  const call = callAt(number);
  store<u32>(call, load<u32>(call, RESERVED) - cost, RESERVED);
}

export function limitOf(number: u32): usize {
  return load<usize>(callAt(number), LIMIT);
}

export function keyOf(number: u32): u64 {
  return load<u64>(callAt(number), KEY);
}

export function askedAt(number: u32): u64 {
  return load<u64>(callAt(number), ASKED);
}

/** The number of the shortest window in which it was made. */
export function askedWindow(number: u32): u64 {
  const call = callAt(number);
  return load<u64>(call, ASKED) / shortestWindow(load<usize>(call));
}

/** Tokens that nobody waits for. */
export function spareTokens(number: u32): u32 {
  const call = callAt(number);
  return load<u32>(call, HITS) - load<u32>(call, RESERVED);
}

export function waitersOf(number: u32): u32 {
  return load<u32>(callAt(number), WAITERS);
}

export function isRepeated(number: u32): bool {
  return load<u32>(callAt(number), REPEATED) != 0;
}

/** The first request that waits for it. */
export function firstWaiter(number: u32): u32 {
  return load<u32>(callAt(number), FIRST);
}

/** Puts a request in front of the others that wait, and says which stood there. */
export function addWaiter(number: u32, waiter: u32): u32 {
  const call = callAt(number);
  const next = load<u32>(call, FIRST);
  store<u32>(call, waiter, FIRST);
  store<u32>(call, load<u32>(call, WAITERS) + 1, WAITERS);
  return next;
}

function freeCall(): u32 {
  for (let number: u32 = 1; number <= used; number++) {
    if (load<usize>(callAt(number)) == 0) return number;
  }
  return used == CALLS_MAX ? 0 : ++used;
}

function callAt(number: u32): usize {
  return CALLS + <usize>((number - 1) * CALL_BYTES);
}
