// Leases: a worker takes more tokens from a shared cell than a request needs, and spends the rest without asking again. What
// is out on lease stands in the set, beside the cell: {u64 ends, u32 outstanding, u32 epoch}. Tokens are leased within an
// epoch, of which `ends` is the end; `outstanding` are those of which no worker has yet said that they are spent, or brought
// them back. A lease knows its epoch, so nothing is brought back to one that is over.
//
// No more is ever allowed than without leases. A leased token counts as used from the moment it is leased.
//
// Windows: what counts in a window was taken in it. A lease ends with the first window of a rate that ends, so every token is
// spent in the window in which it was counted. It may be brought back as long as a window counts it. So of a window at most
// its limit is spent: by count - unspent, and count <= limit.
//
// Buckets: let S be the tokens that are missing in the shared bucket, U those out on lease and not spent, and D what would be
// missing had each token been taken when it was spent. D <= S - U holds, hence whatever is spent would have fitted:
//   lease L           S + L, U + L: S - U stays.
//   spend c           D + c, U - c: both sides rise by c.
//   bring back u      S - u, U - u: S - U stays.
//   refill by r       D falls to max(D - r, 0). S falls too, but never below `outstanding`, which is at least U: it falls to
//                     max(S - r, outstanding), so S - U falls to max(S - U - r, outstanding - U), and both are at least
//                     max(D - r, 0). Without that floor tokens on lease would be filled up while they are unspent.
//   an epoch's end    U = 0: the right side rises. Workers go by clocks that may step back by up to a second (clock.ts), so the
//                     floor stays for a second more.
//
// What idle workers hold is lost to others until the epoch ends. It is at most 1/256 of the limit (of the smallest size of
// a bucket, or limit of a window). An epoch of windows is as long as the longest is: so of every rate at most 1/256 is lost,
// and twice that where a window counts the one before. One of buckets is longer, since at its end there is a second without
// leases, and what is held back makes the bucket smaller, not its rate.
//
// Where this ends: a cell that gives way to others is forgotten with its leases. A clock that is set back by more than a second
// lets a lease that an idle worker still has be spent in the time that comes again. Workers whose readings of the clock are out
// of order differ over a bucket by what refills in between. A charge of more than there is does not take what others have on
// lease, which they may still spend.
import { bucketFill, bucketFloor, bucketSize } from "./bucket";
import { cellGiveBack, cellUndo } from "./cell";
import { STANDS } from "./clock";
import { algorithmOf, BUCKET, rateOf, ratesOf, stateOf, UNDER_WAY } from "./shape";
import { limitOf, windowEnd } from "./window";

export const BOOK_BYTES: usize = 16;
const OUTSTANDING: usize = 8;
const EPOCH: usize = 12;

/** Nanoseconds of a bucket's epoch at least: ten minutes. */
const BUCKET_EPOCH: u64 = 600000000000;

/** This part of a limit is out on lease at most. */
const PART: u64 = 256;
/** Where that is fewer tokens, leases are not worth their trouble: limits below 2,048. */
const LEAST: u32 = 8;
const MOST: u64 = 0x3fffffff;

/** How many tokens may be out on lease at once. */
export function mostOutstanding(limit: usize): u32 {
  const algorithm = algorithmOf(limit);
  if (algorithm == UNDER_WAY) return 0;
  let least: u64 = MOST;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    const rate = rateOf(limit, i);
    least = min(least, (algorithm == BUCKET ? bucketSize(rate) : limitOf(rate)) / PART);
  }
  return <u32>least;
}

/** Whether workers lease from a limit; from one of requests under way they do not, since what is taken comes back. */
export function leasable(limit: usize): bool {
  return mostOutstanding(limit) >= LEAST;
}

/** How many tokens are out on lease. */
export function outstanding(book: usize): u32 {
  return load<u32>(book, OUTSTANDING);
}

/** Ends the epoch where windows begin anew that were over: the clock was set back. The cell is as it was left. */
export function reviewBook(limit: usize, cell: usize, book: usize, now: u64): void {
  if (algorithmOf(limit) == BUCKET) return;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    if (load<u64>(stateOf(cell, i)) > now + STANDS) return endEpoch(book);
  }
}

/** Takes what refilled of tokens on lease out again. The cell is up to now. */
export function floorCell(limit: usize, cell: usize, book: usize): void {
  if (outstanding(book) == 0 || algorithmOf(limit) != BUCKET) return;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    bucketFloor(rateOf(limit, i), stateOf(cell, i), <u64>outstanding(book));
  }
}

/** Ends the epoch where it is over. The cell is up to now and not below its floor. */
export function turnBook(limit: usize, book: usize, now: u64): void {
  const ends = load<u64>(book);
  if (now >= (algorithmOf(limit) == BUCKET ? ends + STANDS : ends)) endEpoch(book);
}

/** Notes a lease that was taken; `version` tells epochs of a set apart. */
export function lend(limit: usize, cell: usize, book: usize, tokens: u32, version: u32, now: u64): void {
  if (load<u32>(book, EPOCH) == 0) {
    store<u64>(book, lastEnd(limit, cell, now));
    store<u32>(book, max<u32>(version, 1), EPOCH);
  }
  store<u32>(book, outstanding(book) + tokens, OUTSTANDING);
}

/** The epoch, which a lease that is taken now belongs to. */
export function epochOf(book: usize): u32 {
  return load<u32>(book, EPOCH);
}

/** When a lease ends that is taken now. */
export function leaseEnd(limit: usize, cell: usize, book: usize): u64 {
  if (algorithmOf(limit) == BUCKET) return load<u64>(book);
  let end = u64.MAX_VALUE;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    end = min(end, windowEnd(rateOf(limit, i), stateOf(cell, i)));
  }
  return end;
}

/**
 * Brings back what is left of a lease of `tokens`, which was taken when the cell stood as `image`. False where its epoch is
 * over, and nothing has changed.
 */
export function bringBack(
  limit: usize,
  cell: usize,
  book: usize,
  epoch: u32,
  image: usize,
  tokens: u32,
  unspent: u32,
): bool {
  if (tokens == 0 || epoch != load<u32>(book, EPOCH)) return false;
  const out = outstanding(book);
  store<u32>(book, out > tokens ? out - tokens : 0, OUTSTANDING);
  if (algorithmOf(limit) == BUCKET) cellGiveBack(limit, cell, unspent);
  else cellUndo(limit, cell, image, unspent);
  return true;
}

function endEpoch(book: usize): void {
  memory.fill(book, 0, BOOK_BYTES);
}

/** When the longest of the cell's windows ends, or long after the slowest of its buckets will have filled. */
function lastEnd(limit: usize, cell: usize, now: u64): u64 {
  const bucket = algorithmOf(limit) == BUCKET;
  let end: u64 = 0;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    const rate = rateOf(limit, i);
    end = max(end, bucket ? now + max(bucketFill(rate), BUCKET_EPOCH) : windowEnd(rate, stateOf(cell, i)));
  }
  return end;
}
