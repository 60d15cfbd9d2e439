// What a worker has on lease of shared limits, and which keys it was refused: a table of fixed size for each limit, four ways
// to a set. It is spent from without any host call.
//
//   {u64 key, u64 asked, u64 ends, u64 fits, u64 refused, u32 unspent, u32 tokens, u32 size, u32 epoch, the cell}
//
// `asked` is when the shared cell was last looked at, and the cell how it stood then. `fits` is when a cost of `refused` will
// fit, where it did not. `tokens` were leased, of which `unspent` are left until `ends`; `size` is what it was to be.
import { leftOf } from "./cell";
import { STANDS } from "./clock";
import { bringBack, epochOf, leaseEnd, mostOutstanding, outstanding } from "./lease-book";
import { cellBytes, ratesOf, setsOf } from "./shape";

const ASKED: usize = 8;
const ENDS: usize = 16;
const FITS: usize = 24;
const REFUSED: usize = 32;
const UNSPENT: usize = 40;
const TOKENS: usize = 44;
const SIZE: usize = 48;
const EPOCH: usize = 52;
const CELL: usize = 56;

const WAYS: u32 = 4;
const SETS_MOST: u32 = 128;

/** A lease that was used up within this time is doubled; one that lasts longer saves nothing, and is halved as often as it did. */
const QUICK: u64 = 100000000;
/** For so long a worker goes by a refusal, since others may bring tokens back at any time. */
const REMEMBERED: u64 = 10000000;

/** Room for a limit's leases, at the end of memory; 0: there is none. */
export function reserveLeases(limit: usize): usize {
  const bytes = (leaseMask(limit) + 1) * leaseSetBytes(limit);
  const before = memory.grow(<i32>((bytes + 0xffff) >>> 16));
  return before < 0 ? 0 : (<usize>before) << 16;
}

/** A key's lease; 0 where the table has none. */
export function findLease(limit: usize, table: usize, key: u64): usize {
  const bytes = leaseBytes(limit);
  let lease = leaseSet(limit, table, key);
  for (let i: u32 = 0; i < WAYS; i++, lease += bytes) {
    if (load<u64>(lease) == key) return lease;
  }
  return 0;
}

/** A key's lease, empty where it is new: then the one with least left, of those the oldest, gives way. */
export function ownLease(limit: usize, table: usize, key: u64, now: u64): usize {
  const own = findLease(limit, table, key);
  if (own != 0) return own;
  const bytes = leaseBytes(limit);
  let lease = leaseSet(limit, table, key);
  let victim = lease;
  for (let i: u32 = 1; i < WAYS; i++) {
    lease += bytes;
    const left = unspent(lease, now);
    const least = unspent(victim, now);
    if (left > least || (left == least && load<u64>(lease, ASKED) >= load<u64>(victim, ASKED))) continue;
    victim = lease;
  }
  memory.fill(victim, 0, bytes);
  store<u64>(victim, key);
  return victim;
}

/** Spends a cost of what is left of a lease; false where it is not enough, and nothing was spent. */
export function spend(lease: usize, cost: u64, now: u64): bool {
  if (cost == 0) return true;
  const left = unspent(lease, now);
  if (cost > left) return false;
  store<u32>(lease, <u32>(left - cost), UNSPENT);
  return true;
}

/** Puts back what was spent of a lease; false where it was not spent of this one. */
export function putBack(lease: usize, cost: u64, now: u64): bool {
  const left = <u64>load<u32>(lease, UNSPENT) + cost;
  if (cost > <u64>load<u32>(lease, TOKENS) || left > <u64>load<u32>(lease, TOKENS)) return false;
  if (!runs(lease, now)) return false;
  store<u32>(lease, <u32>left, UNSPENT);
  return true;
}

/** Whether a lease can still be spent. A clock that was set back before it was taken ends it. */
function runs(lease: usize, now: u64): bool {
  return now < load<u64>(lease, ENDS) && load<u64>(lease, ASKED) <= now + STANDS;
}

/** What can be spent of a lease. */
export function unspent(lease: usize, now: u64): u64 {
  return runs(lease, now) ? load<u32>(lease, UNSPENT) : 0;
}

/** Nanoseconds until a cost fits that does not, as far as a short time ago was known; 0: that has to be asked. */
export function refusedFor(lease: usize, cost: u64, now: u64): u64 {
  const fits = load<u64>(lease, FITS);
  if (cost < load<u64>(lease, REFUSED) || now - load<u64>(lease, ASKED) >= REMEMBERED) return 0;
  return now < fits ? fits - now : 0;
}

/** How the cell stood when it was last looked at, leases taken. */
export function lastSeen(lease: usize): usize {
  return lease + CELL;
}

/** Brings what is left of a lease back into the shared cell, up to now. True where that changed it. */
export function returnLease(limit: usize, lease: usize, cell: usize, book: usize): bool {
  const tokens = load<u32>(lease, TOKENS);
  const epoch = load<u32>(lease, EPOCH);
  return bringBack(limit, cell, book, epoch, lease + CELL, tokens, load<u32>(lease, UNSPENT));
}

/**
 * How many tokens to lease beside a cost that fits: twice as many as last time where those went quickly, at most half of what
 * may still be out on lease, and of what would be left. None where they would not pay for another such request.
 */
export function leaseSize(limit: usize, lease: usize, cell: usize, book: usize, cost: u64, now: u64): u32 {
  const most = mostOutstanding(limit);
  const out = outstanding(book);
  if (out >= most) return 0;
  let size = min<u64>(nextSize(limit, lease, cost, now), <u64>((most - out) >>> 1));
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    const left = leftOf(limit, cell, i, now);
    size = min(size, left > cost ? (left - cost) >>> 1 : 0);
  }
  return size < cost ? 0 : <u32>size;
}

/** Notes that the shared cell was looked at, and of it `tokens` leased. `wait`: until `cost` fits, 0 where it did. */
export function noteLook(
  limit: usize,
  lease: usize,
  cell: usize,
  book: usize,
  tokens: u32,
  cost: u64,
  wait: u64,
  now: u64,
): void {
  store<u32>(lease, <u32>nextSize(limit, lease, cost, now), SIZE);
  store<u64>(lease, now, ASKED);
  store<u64>(lease, wait == 0 ? 0 : now + wait, FITS);
  store<u64>(lease, cost, REFUSED);
  store<u32>(lease, tokens, UNSPENT);
  store<u32>(lease, tokens, TOKENS);
  store<u32>(lease, epochOf(book), EPOCH);
  store<u64>(lease, leaseEnd(limit, cell, book), ENDS);
  memory.copy(lease + CELL, cell, cellBytes(limit));
}

/** What a lease is to be: nothing where the key was not seen lately. */
function nextSize(limit: usize, lease: usize, cost: u64, now: u64): u64 {
  const size = <u64>load<u32>(lease, SIZE);
  const asked = load<u64>(lease, ASKED);
  if (asked == 0) return 0;
  const lasted = (now - asked) / QUICK;
  if (lasted != 0) return size >>> min<u64>(lasted, 63);
  return min(max(size, cost) << 1, <u64>mostOutstanding(limit));
}

function leaseSet(limit: usize, table: usize, key: u64): usize {
  return table + <usize>(((<u32>key) & leaseMask(limit)) * leaseSetBytes(limit));
}

function leaseMask(limit: usize): u32 {
  return min(setsOf(limit), SETS_MOST) - 1;
}

function leaseSetBytes(limit: usize): u32 {
  return WAYS * <u32>leaseBytes(limit);
}

function leaseBytes(limit: usize): usize {
  return CELL + <usize>cellBytes(limit);
}
