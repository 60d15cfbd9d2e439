// Limits that all worker threads count together (`scope: proxy`), exactly: the cells of a key stand in the proxy's shared
// data, and each request writes them by compare and swap. From limits of a stated size on workers lease tokens, and most
// requests spend those with no host call: see lease-book.ts for what holds then.
//
// A limit's state: {u64 identity, u32 its leases' table or 0, u32 the lease of the key that was asked last or 0, the cell of
// that key as it stood then}.
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import {
  addCell,
  cellGiveBack,
  cellTake,
  cellUndo,
  cellWait,
  findCell,
  isSetBack,
  newCell,
  turnCell,
} from "./cell";
import {
  findLease,
  lastSeen,
  leaseSize,
  noteLook,
  ownLease,
  putBack,
  refusedFor,
  reserveLeases,
  returnLease,
  spend,
  unspent,
} from "./lease";
import { BOOK_BYTES, floorCell, leasable, lend, reviewBook, turnBook } from "./lease-book";
import { dropEntry, entryVersion } from "./shared-entry";
import { bookOf, readSet, writeSet } from "./shared-set";
import { algorithmOf, cellBytes, UNDER_WAY, waysOf } from "./shape";

/** The largest cell: that of eight rates. */
const CELL_BYTES: u32 = 136;

const LEASES: usize = 8;
const LEASE: usize = 12;
const CELL: usize = 16;
/** Bytes of a limit's state, zeros before it is reserved. */
export const SHARED_BYTES: u32 = <u32>CELL + CELL_BYTES;

/** The proxy refused, or other workers were faster so many times. */
export const FAILED: u64 = u64.MAX_VALUE;
/**
 * How often a worker tries to write a set before it gives up. Each failure is the success of another worker; sixty-four of
 * them that do nothing else fail so often once in ten million times.
 */
const ATTEMPTS: u32 = 1000;

/** Another worker was faster. */
const AGAIN: u64 = u64.MAX_VALUE - 1;

/** Room for the cell of a new key. */
const FRESH: usize = memory.data(136, 8);

const TAKE: u32 = 0;
const LOOK: u32 = 1;
const CHARGE: u32 = 2;

let forgot: bool = false;

/**
 * Names the cells of a limit; call it when a plugin is configured. `identity` tells limits apart, and is the same as long as
 * their counters mean the same: filters that are loaded anew go on with them. False: no memory, or more than eight rates.
 */
export function sharedReserve(limit: usize, state: usize, identity: u64): bool {
  if (cellBytes(limit) > CELL_BYTES) return false;
  store<u64>(state, identity);
  if (!leasable(limit) || load<usize>(state, LEASES) != 0) return true;
  const leases = reserveLeases(limit);
  store<usize>(state, leases, LEASES);
  return leases != 0;
}

/** Takes a cost. 0: it is taken; else nanoseconds until it fits, and nothing is taken; `FAILED`: nobody knows. */
export function sharedTake(limit: usize, state: usize, key: u64, cost: u64, now: u64): u64 {
  const lease = leaseOf(limit, state, key);
  if (lease != 0) {
    if (spend(lease, cost, now)) return 0;
    const wait = refusedFor(lease, cost, now);
    if (wait != 0) return wait;
  }
  return ask(limit, state, key, cost, now, TAKE);
}

/** As `sharedTake`, but takes nothing where the cost fits. */
export function sharedLook(limit: usize, state: usize, key: u64, cost: u64, now: u64): u64 {
  const lease = leaseOf(limit, state, key);
  if (lease != 0) {
    if (cost <= unspent(lease, now)) return 0;
    const wait = refusedFor(lease, cost, now);
    if (wait != 0) return wait;
  }
  return ask(limit, state, key, cost, now, LOOK);
}

/** Takes a cost, as much of it as there is and no other worker has on lease. False: nobody knows. */
export function sharedCharge(limit: usize, state: usize, key: u64, cost: u64, now: u64): bool {
  const lease = leaseOf(limit, state, key);
  if (lease != 0 && spend(lease, cost, now)) return true;
  return ask(limit, state, key, cost, now, CHARGE) != FAILED;
}

/**
 * Undoes a take, as if it had never been. Of requests under way any; of other limits the last of this limit, within the
 * same callback. False: the proxy refused, and the tokens are lost.
 */
export function sharedGiveBack(limit: usize, state: usize, key: u64, cost: u64, now: u64): bool {
  if (cost == 0) return true;
  const lease = leaseOf(limit, state, key);
  if (lease != 0 && putBack(lease, cost, now)) return true;
  const after = lease == 0 ? state + CELL : lastSeen(lease);
  if (algorithmOf(limit) != UNDER_WAY && load<u64>(after) != key) return true;
  for (let i: u32 = 0; i < ATTEMPTS; i++) {
    const set = readSet(limit, load<u64>(state), key);
    if (set == 0) return false;
    // As it was left: nothing is decided, and `now` may be before other workers' last look.
    const cell = findCell(limit, set, key);
    if (cell == 0) {
      dropEntry();
      return true;
    }
    if (algorithmOf(limit) == UNDER_WAY) cellGiveBack(limit, cell, cost);
    else cellUndo(limit, cell, after, cost);
    if (leasable(limit)) floorCell(limit, cell, bookOf(limit, set, cell));
    const status = writeSet(limit);
    dropEntry();
    if (status == Status.Ok) return true;
    if (status != Status.CasMismatch) return false;
  }
  return false;
}

/**
 * The cell of the key that was asked last, up to now and as far as this worker knows: for what is left of its rates, and when
 * they are full again. It stays until the limit is asked again.
 */
export function sharedCell(limit: usize, state: usize, now: u64): usize {
  const lease = load<usize>(state, LEASE);
  const cell = state + CELL;
  if (lease == 0) return cell;
  memory.copy(cell, lastSeen(lease), cellBytes(limit));
  turnCell(limit, cell, now);
  cellGiveBack(limit, cell, unspent(lease, now));
  return cell;
}

/** Whether the last `sharedTake` or `sharedCharge` of any limit made the proxy forget another key that was not full. */
export function sharedForgot(): bool {
  return forgot;
}

/** The key's lease, which answers are about from here on. */
function leaseOf(limit: usize, state: usize, key: u64): usize {
  forgot = false;
  const leases = load<usize>(state, LEASES);
  if (leases == 0) return 0;
  const lease = findLease(limit, leases, key);
  store<usize>(state, lease, LEASE);
  return lease;
}

/** A key's cell in a copy of its set, up to now and not below its floor; 0 where it has none. */
function openCell(limit: usize, set: usize, key: u64, now: u64): usize {
  const cell = findCell(limit, set, key);
  if (cell == 0) return 0;
  turnShared(limit, set, cell, now);
  return cell;
}

function turnShared(limit: usize, set: usize, cell: usize, now: u64): void {
  if (!leasable(limit)) return turnCell(limit, cell, now);
  const book = bookOf(limit, set, cell);
  reviewBook(limit, cell, book, now);
  turnCell(limit, cell, now);
  floorCell(limit, cell, book);
}

function ask(limit: usize, state: usize, key: u64, cost: u64, now: u64, how: u32): u64 {
  for (let i: u32 = 0; i < ATTEMPTS; i++) {
    const set = readSet(limit, load<u64>(state), key);
    if (set == 0) return FAILED;
    const wait = askSet(limit, state, set, key, cost, now, how);
    dropEntry();
    if (wait != AGAIN) return wait;
  }
  return FAILED;
}

/** What `ask` answers, or `AGAIN`, of a copy of the key's set. */
function askSet(limit: usize, state: usize, set: usize, key: u64, cost: u64, now: u64, how: u32): u64 {
  const known = findCell(limit, set, key);
  const setBack = known != 0 && isSetBack(limit, known, now);
  let cell = openCell(limit, set, key, now);
  const forgets = cell == 0 && insertCell(limit, set, key, now);
  if (cell == 0) cell = findCell(limit, set, key);
  const leases = load<usize>(state, LEASES);
  const lease: usize = leases == 0 ? 0 : findLease(limit, leases, key);
  const book: usize = leases == 0 ? 0 : bookOf(limit, set, cell);
  let changed = (lease != 0 && returnLease(limit, lease, cell, book)) || setBack;
  if (leases != 0) turnBook(limit, book, now);

  const wait = cellWait(limit, cell, cost, now);
  let tokens: u32 = 0;
  if (cost != 0 && (how == CHARGE || (how == TAKE && wait == 0))) {
    if (lease != 0 && wait == 0) tokens = leaseSize(limit, lease, cell, book, cost, now);
    cellTake(limit, cell, cost + tokens);
    if (tokens != 0) lend(limit, cell, book, tokens, entryVersion(), now);
    changed = true;
  }
  if (changed) {
    const status = writeSet(limit);
    if (status != Status.Ok) return status == Status.CasMismatch ? AGAIN : FAILED;
    forgot = forgets;
  }

  if (leases == 0) {
    memory.copy(state + CELL, cell, cellBytes(limit));
  } else {
    const own = ownLease(limit, leases, key, now);
    noteLook(limit, own, cell, book, tokens, cost, wait, now);
    store<usize>(state, own, LEASE);
  }
  return how == CHARGE ? 0 : wait;
}

/** Adds the cell of a new key to a copy of a set. True where another one's use is forgotten. */
function insertCell(limit: usize, set: usize, key: u64, now: u64): bool {
  const bytes = <usize>cellBytes(limit);
  const end = set + <usize>waysOf(limit) * bytes;
  for (let cell = set; cell < end; cell += bytes) {
    if (load<u64>(cell) != 0) turnShared(limit, set, cell, now);
  }
  newCell(limit, FRESH, key, now);
  const forgets = addCell(limit, set, FRESH, now);
  if (leasable(limit)) memory.fill(bookOf(limit, set, findCell(limit, set, key)), 0, BOOK_BYTES);
  return forgets;
}
