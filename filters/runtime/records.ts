// What a request leaves behind for its response and its end: a record of so many bytes for each open stream, zeros at first.
// Records that streams give back are used again, so there are never more than there were streams open at once.
import { forget, recall, remember } from "./streams";

const PAGE: usize = 65536;

/** The first record that is free; each holds the next one. */
let free: usize = 0;
/** Memory that was never a record: first what is there anyway, then whole pages. */
const FIRST_BYTES: usize = 8192;
const FIRST: usize = memory.data(8192, 8);
let fresh: usize = FIRST;
let freshEnd: usize = FIRST + FIRST_BYTES;

/** The record of a stream, a new one where it has none; 0 where there is no memory. `bytes`: of every record, a multiple of 8. */
export function openRecord(stream: u32, bytes: u32): usize {
  const open = recordOf(stream);
  if (open != 0) return open;
  const record = take(bytes);
  if (record == 0) return 0;
  memory.fill(record, 0, bytes);
  if (remember(stream, <u64>record)) return record;
  giveBack(record);
  return 0;
}

/** The record of a stream, 0 where it has none. */
export function recordOf(stream: u32): usize {
  return <usize>recall(stream);
}

/** Gives a stream's record back. */
export function closeRecord(stream: u32): void {
  const record = recordOf(stream);
  if (record == 0) return;
  forget(stream);
  giveBack(record);
}

/** Writes the first word of a record; false where there is none. */
export function setWord(record: usize, word: u64): bool {
  if (record == 0) return false;
  store<u64>(record, word);
  return true;
}

/** Writes 32 bits of a record; false where there is none. */
export function setHalf(record: usize, offset: usize, half: u32): bool {
  if (record == 0) return false;
  store<u32>(record + offset, half);
  return true;
}

/** The first word of a stream's record, 0 where it has none. */
export function wordOf(stream: u32): u64 {
  const record = recordOf(stream);
  return record == 0 ? 0 : load<u64>(record);
}

function take(bytes: u32): usize {
  if (free != 0) {
    const record = free;
    free = load<usize>(record);
    return record;
  }
  if (freshEnd - fresh < <usize>bytes) {
    const pages = (<usize>bytes + PAGE - 1) / PAGE;
    const before = memory.grow(<i32>pages);
    if (before < 0) return 0;
    fresh = (<usize>before) << 16;
    freshEnd = fresh + pages * PAGE;
  }
  const record = fresh;
  fresh += bytes;
  return record;
}

function giveBack(record: usize): void {
  store<usize>(record, free);
  free = record;
}
