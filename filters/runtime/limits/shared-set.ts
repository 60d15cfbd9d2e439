// A set of cells that all workers share: one entry of shared data. Its name is the limit's identity and the set's number, so
// there are as many entries as sets, whatever clients send. Its bytes are the cells, and behind them, of limits that are
// leased, 16 for each cell: see lease-book.ts.
import { BOOK_BYTES, leasable } from "./lease-book";
import { readEntry, writeEntry } from "./shared-entry";
import { cellBytes, setBytes, setOf, setsOf, waysOf } from "./shape";

/** {u64 "tollgate", u64 identity, u32 number of the set, u32 number of sets} */
const NAME: usize = memory.data(24, 8);
const NAME_BYTES: u32 = 24;
const PREFIX: u64 = 0x65746167_6c6c6f74; // "tollgate"

/** A copy of a key's set, until `dropEntry`; 0: the proxy refused, or there is no memory. */
export function readSet(limit: usize, identity: u64, key: u64): usize {
  store<u64>(NAME, PREFIX);
  store<u64>(NAME, identity, 8);
  store<u32>(NAME, setOf(limit, key), 16);
  store<u32>(NAME, setsOf(limit), 20);
  return readEntry(NAME, NAME_BYTES, entryBytes(limit));
}

/** Writes the set that was read last, unless somebody else has since: then `CasMismatch`. */
export function writeSet(limit: usize): u32 {
  return writeEntry(NAME, NAME_BYTES, entryBytes(limit));
}

/** Where a set notes what is leased of a cell of its. */
export function bookOf(limit: usize, set: usize, cell: usize): usize {
  const number = <u32>(cell - set) / cellBytes(limit);
  return set + <usize>setBytes(limit) + <usize>number * BOOK_BYTES;
}

function entryBytes(limit: usize): u32 {
  return setBytes(limit) + (leasable(limit) ? waysOf(limit) * <u32>BOOK_BYTES : 0);
}
