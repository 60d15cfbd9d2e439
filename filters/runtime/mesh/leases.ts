// What this VM has been granted: tokens that requests take without asking anybody, each lease for one key and one window.
//
// The table is set-associative, as that of ../token-bucket is: where a set is full the entry gives way that is missed
// least, which is one of a past window; one that is over its limit goes last, since it would be asked for again at once.
import { largestLease, rateCount, rateRequests, rateWindow, shortestWindow, windowEnd } from "./limit";

const WAYS: u32 = 8;
const ENTRY_BYTES: u32 = 64;

// Of a limit's description
const LEASES: usize = 4;
const MASK: usize = 8;

// An entry. Times are in nanoseconds.
const KEY: usize = 0;
/** The number of the shortest window that the tokens are for. */
const WINDOW: usize = 8;
const TOKENS: usize = 16;
/** How many are asked for next. */
const LEASE: usize = 20;
/** The call that was made for it last; `calls.ts` knows whether it is still under way. */
const CALL: usize = 24;
/** How many tokens there were after the last grant. */
const GRANTED: usize = 28;
/** When the service last said something of this key. */
const ANSWERED: usize = 32;
const REFUSED_UNTIL: usize = 40;
/** What was left of each rate, when it said so. */
const REMAINING: usize = 48;

/** A lease lasts for between a 64th and a 16th of the window, if it can. */
const SHORTEST_LEASE: u64 = 64;
const LONGEST_LEASE: u64 = 16;
/** Of what remains, a lease takes at most this part: near the limit it is shared out in small pieces. */
const SHARES: u32 = 8;

/** More than any number of tokens. */
const REFUSED_WORTH: u64 = 1099511627776;

/** Room for `sets` (a power of two) times eight keys. False: no memory. */
export function reserveLeases(limit: usize, sets: u32): bool {
  if (load<usize>(limit, LEASES) != 0) return true; // another plugin of this VM has done it
  const bytes = <u64>sets * WAYS * ENTRY_BYTES;
  const before = memory.grow(<i32>((bytes + 0xffff) >>> 16));
  if (before < 0) return false;
  store<usize>(limit, (<usize>before) << 16, LEASES);
  store<u32>(limit, sets - 1, MASK);
  return true;
}

/** The entry of a key, as it is in the window of `time`; where there was none, one without tokens. */
export function findLease(limit: usize, key: u64, time: u64): usize {
  let entry = knownLease(limit, key);
  if (entry == 0) {
    entry = victim(limit, key, time);
    memory.fill(entry, 0, ENTRY_BYTES);
    store<u64>(entry, key, KEY);
    store<u64>(entry, u64.MAX_VALUE, WINDOW);
  }
  turn(limit, entry, time);
  return entry;
}

/** The entry of a key, as it is in the window of `time`; 0 where it has given way to others. */
export function findKnownLease(limit: usize, key: u64, time: u64): usize {
  const entry = knownLease(limit, key);
  if (entry != 0) turn(limit, entry, time);
  return entry;
}

function knownLease(limit: usize, key: u64): usize {
  const set = setOf(limit, key);
  for (let i: u32 = 0; i < WAYS; i++) {
    const entry = set + <usize>(i * ENTRY_BYTES);
    if (load<u64>(entry, KEY) == key) return entry;
  }
  return 0;
}

function setOf(limit: usize, key: u64): usize {
  const set = (<u32>(key >>> 32)) & load<u32>(limit, MASK);
  return load<usize>(limit, LEASES) + <usize>set * (WAYS * ENTRY_BYTES);
}

function victim(limit: usize, key: u64, time: u64): usize {
  const set = setOf(limit, key);
  const window = time / shortestWindow(limit);
  let found = set;
  let least = u64.MAX_VALUE;
  for (let i: u32 = 0; i < WAYS; i++) {
    const entry = set + <usize>(i * ENTRY_BYTES);
    let worth: u64 = 0;
    if (load<u64>(entry, KEY) != 0) {
      worth = isRefused(entry, time) ? REFUSED_WORTH : 1;
      if (load<u64>(entry, WINDOW) == window) worth += 1 + <u64>load<u32>(entry, TOKENS);
    }
    if (worth < least) {
      least = worth;
      found = entry;
    }
  }
  return found;
}

/** A lease ends with its window. A clock that steps back ends it, too. */
function turn(limit: usize, entry: usize, time: u64): void {
  const window = time / shortestWindow(limit);
  if (load<u64>(entry, WINDOW) == window) return;
  store<u64>(entry, window, WINDOW);
  store<u32>(entry, 0, TOKENS);
  store<u32>(entry, 0, GRANTED);
  for (let i: u32 = 0; i < rateCount(limit); i++) store<u32>(remaining(entry, i), rateRequests(limit, i));
}

function remaining(entry: usize, rate: u32): usize {
  return entry + REMAINING + <usize>(rate << 2);
}

/** The number of the shortest window that an entry's tokens are for. */
export function windowOf(entry: usize): u64 {
  return load<u64>(entry, WINDOW);
}

/** Whether the service refused the key, and its window has not ended since. */
export function isRefused(entry: usize, time: u64): bool {
  return time < load<u64>(entry, REFUSED_UNTIL) && time >= load<u64>(entry, ANSWERED);
}

/** When it may be asked again; in the past where it may. */
export function refusedUntil(entry: usize): u64 {
  return load<u64>(entry, REFUSED_UNTIL);
}

export function noteRefusal(entry: usize, until: u64, time: u64): void {
  store<u64>(entry, until, REFUSED_UNTIL);
  store<u64>(entry, time, ANSWERED);
}

/** There is not as much left as was asked for ahead: what is needed is asked for from now on. */
export function noMoreAhead(entry: usize): void {
  store<u32>(entry, 0, GRANTED);
  store<u32>(entry, 1, LEASE);
}

/** Takes tokens; false where there are not as many. */
export function takeTokens(entry: usize, cost: u32): bool {
  const tokens = load<u32>(entry, TOKENS);
  if (tokens < cost) return false;
  store<u32>(entry, tokens - cost, TOKENS);
  return true;
}

/** Adds tokens, up to two of the largest leases: no VM holds more, whatever happens. */
export function addTokens(limit: usize, entry: usize, tokens: u32): void {
  const most = largestLease(limit) << 1;
  const held = load<u32>(entry, TOKENS);
  store<u32>(entry, held >= most ? held : held + min(tokens, most - held), TOKENS);
}

/** Notes a grant of `spare` tokens beyond those that somebody waited for. */
export function noteGrant(limit: usize, entry: usize, spare: u32, time: u64): void {
  addTokens(limit, entry, spare);
  store<u32>(entry, load<u32>(entry, TOKENS), GRANTED);
  store<u64>(entry, time, ANSWERED);
}

/** What the service says is left of a rate. */
export function noteRemaining(entry: usize, rate: u32, tokens: u32): void {
  store<u32>(remaining(entry, rate), tokens);
}

/** What was left of a rate with the service, when it last said so. */
export function serviceLeft(entry: usize, rate: u32): u32 {
  return load<u32>(remaining(entry, rate));
}

/** As `serviceLeft`, and what is left here. */
export function tokensLeft(entry: usize, rate: u32): u32 {
  const left = serviceLeft(entry, rate);
  return left + min(load<u32>(entry, TOKENS), u32.MAX_VALUE - left);
}

/** Whether half of the lease is used, so that the next one is due. */
export function isHalfUsed(entry: usize): bool {
  const granted = load<u32>(entry, GRANTED);
  return granted > 1 && load<u32>(entry, TOKENS) <= granted >>> 1;
}

/**
 * How many tokens to ask for, `cost` at least. `used` says which part of the last lease is used (1: all, 2: half): one that
 * lasted shortly makes the next one larger, one that lasted long makes it smaller.
 */
export function nextLease(limit: usize, entry: usize, cost: u32, used: u64, time: u64): u32 {
  const answered = load<u64>(entry, ANSWERED);
  const window = shortestWindow(limit);
  const lasted = time >= answered ? time - answered : window;
  let lease = max<u32>(load<u32>(entry, LEASE), 1);
  if (answered != 0) {
    if (lasted < window / SHORTEST_LEASE / used) lease <<= 1;
    else if (lasted > window / LONGEST_LEASE / used) lease >>>= 1;
  }
  return noteLease(limit, entry, lease, cost);
}

/** As `nextLease`, while a call for the same key is under way, and all that it asks for is spoken for. */
export function largerLease(limit: usize, entry: usize, cost: u32): u32 {
  return noteLease(limit, entry, load<u32>(entry, LEASE) << 1, cost);
}

function noteLease(limit: usize, entry: usize, lease: u32, cost: u32): u32 {
  lease = max<u32>(min(lease, largestLease(limit)), 1);
  store<u32>(entry, lease, LEASE);
  return max(min(lease, fewestLeft(limit, entry) / SHARES), cost);
}

/** What was left with the service of the rate that has least. */
export function fewestLeft(limit: usize, entry: usize): u32 {
  let fewest: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; i < rateCount(limit); i++) fewest = min(fewest, serviceLeft(entry, i));
  return fewest;
}

/** The call that was made for a key last, by its number. */
export function lastCall(entry: usize): u32 {
  return load<u32>(entry, CALL);
}

export function noteCall(entry: usize, call: u32): void {
  store<u32>(entry, call, CALL);
}

/**
 * Until when a refusal holds that came at `time` for what was asked in the same window: the end of the rate's window. The
 * service tells that by its own clock, in whole seconds; where that fits the end by this clock, the latter is more precise.
 */
export function refusalEnd(limit: usize, rate: u32, seconds: u32, asked: u64, time: u64): u64 {
  const window = rateWindow(limit, rate);
  const here = windowEnd(time, window);
  if (seconds != 0 && window > SECOND) {
    const there = time + min(<u64>seconds * SECOND, window);
    return here <= there && here + SECOND > there ? here : there;
  }
  // A clock that is ahead of the service's begins its window with what is left of the service's last one, and would
  // take that for the whole: what is refused so early is soon asked for again.
  const begun = here - window;
  return asked - begun < window / 4 ? min(here, time + window / 16) : here;
}

const SECOND: u64 = 1000000000;
