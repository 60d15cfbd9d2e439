// Header changes beyond those that set a text of the policy. Every one answers false where the host refused it.
import { appendHeader, removeHeader, setHeader } from "../respond";
import { firstValue, nextValue, valuePointer, valueSize } from "../request";
import { madePointer, madeSize } from "./made";
import { readTape, tapePointer, writeTape } from "./tape";

/** Sets a header to the value that was made last; removes it where none could be: what a client sent must not pass for it. */
export function setMade(map: u32, name: usize, size: u32, made: bool): bool {
  return made ? setHeader(map, name, size, madePointer(), madeSize()) : removeHeader(map, name, size);
}

/** Adds the value that was made last, where one could be. */
export function appendMade(map: u32, name: usize, size: u32, made: bool): bool {
  return !made || appendHeader(map, name, size, madePointer(), madeSize());
}

const MADE: usize = memory.data<u8>([1]);

/** Keeps the value that was made last, or that none could be, for the response; false where there is no memory. */
export function keepMade(made: bool): bool {
  if (!made) return writeTape(0, 0);
  return writeTape(MADE, 1) && writeTape(madePointer(), madeSize());
}

/** As `setMade`, by what was kept for the response. */
export function setKept(map: u32, name: usize, size: u32): bool {
  if (readTape() == 0) return removeHeader(map, name, size);
  const kept = readTape();
  return setHeader(map, name, size, tapePointer(), kept);
}

/** As `appendMade`, by what was kept for the response. */
export function appendKept(map: u32, name: usize, size: u32): bool {
  if (readTape() == 0) return true;
  const kept = readTape();
  return appendHeader(map, name, size, tapePointer(), kept);
}

/** Has all values of a slot, in order, replace those of a header, which is removed where there are none. */
export function copyHeader(map: u32, slot: u32, to: usize, toSize: u32): bool {
  let v = firstValue(slot);
  if (v == 0) return removeHeader(map, to, toSize);
  if (!setHeader(map, to, toSize, valuePointer(v), valueSize(v))) return false;
  while ((v = nextValue(v)) != 0) {
    if (!appendHeader(map, to, toSize, valuePointer(v), valueSize(v))) return false;
  }
  return true;
}

/** As `copyHeader`, and removes the header that the slot is of, whoever put it there. */
export function renameHeader(map: u32, slot: u32, name: usize, nameSize: u32, to: usize, toSize: u32): bool {
  return copyHeader(map, slot, to, toSize) && removeHeader(map, name, nameSize);
}

/**
 * Sets a header to what a table has for the only value of a slot; removes it where it has nothing. The table: {how many, where
 * the text for all other values is, its size or -1 for none}, then {where, size} of a value and of its text each, ascending by
 * the values' bytes; all in `texts`.
 */
export function mapHeader(map: u32, slot: u32, to: usize, toSize: u32, table: usize, texts: usize): bool {
  const v = firstValue(slot);
  const only = v != 0 && nextValue(v) == 0;
  const entry = only ? find(table, texts, valuePointer(v), valueSize(v)) : 0;
  const found = entry != 0 ? entry + 8 : table + 4;
  const size = load<u32>(found, 4);
  if (size == u32.MAX_VALUE) return removeHeader(map, to, toSize);
  return setHeader(map, to, toSize, texts + load<u32>(found), size);
}

function find(table: usize, texts: usize, text: usize, size: u32): usize {
  let low: u32 = 0;
  let high = load<u32>(table);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = table + 12 + ((<usize>middle) << 4);
    const known = load<u32>(entry, 4);
    let order = memory.compare(texts + load<u32>(entry), text, min(known, size));
    if (order == 0) order = i32(known > size) - i32(known < size);
    if (order == 0) return entry;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return 0;
}
