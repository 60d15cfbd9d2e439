// The classes of what policies look at, each found out once a request and only where a decision gets that far. A class is a
// number: values that no pattern tells apart have the same. Class 0 is no value, or one that no pattern matches.
import { firstValue, nextValue, valuePointer, valueSize } from "./request";
import { runDfa } from "./dfa";
import { walkBackwards, walkTrie, walkTrieIgnoringCase } from "./trie";

/** The class of an attribute whose values are of different classes: see `severalClasses`. */
export const SEVERAL: u32 = 0xfffffffe;
const UNKNOWN: u32 = 0xffffffff;

// For each column: its class or UNKNOWN or SEVERAL, and then where its classes stand: offset in `room` << 16 | number.
let table: usize = 0;
let room: usize = 0;
let used: u32 = 0;
// The set in the making.
let start: u32 = 0;

/**
 * Starts a request: nothing is known. `columns` is room for `count` columns of 8 bytes, `classes` room for the classes of
 * repeated values, as many words as values times columns of one attribute.
 */
export function forgetColumns(columns: usize, count: u32, classes: usize): void {
  table = columns;
  room = classes;
  used = 0;
  for (const end = columns + ((<usize>count) << 3); columns < end; columns += 8) store<u64>(columns, -1);
}

/** The class of a column; `classify` finds it out where it is not known yet. */
export function classOf(column: u32, classify: (column: u32) => u32): u32 {
  const known = load<u32>(table + ((<usize>column) << 3));
  return known != UNKNOWN ? known : classify(column);
}

/** How many different classes a column has whose class is SEVERAL. */
export function severalClasses(column: u32): u32 {
  return load<u32>(table + ((<usize>column) << 3), 4) & 0xffff;
}

/** One of them. */
export function severalClass(column: u32, index: u32): u32 {
  const from = load<u32>(table + ((<usize>column) << 3), 4) >>> 16;
  return load<u32>(room + ((<usize>(from + index)) << 2));
}

/** Notes a column's class. */
export function setClass(column: u32, value: u32): u32 {
  store<u32>(table + ((<usize>column) << 3), value);
  return value;
}

/** Finds the class of a slot's values by the texts and prefixes in a trie. */
export function classByTrie(column: u32, slot: u32, nodes: usize, bytes: usize, labels: usize): u32 {
  let v = firstValue(slot);
  if (v == 0) return setClass(column, 0);
  const first = walkTrie(nodes, bytes, labels, valuePointer(v), valueSize(v));
  v = nextValue(v);
  if (v == 0) return setClass(column, first);
  beginSet(first);
  for (; v != 0; v = nextValue(v)) {
    addToSet(walkTrie(nodes, bytes, labels, valuePointer(v), valueSize(v)));
  }
  return endSet(column);
}

/** As `classByTrie`, ASCII case aside; the trie is lower-case. */
export function classByTrieIgnoringCase(
  column: u32,
  slot: u32,
  nodes: usize,
  bytes: usize,
  labels: usize,
): u32 {
  let v = firstValue(slot);
  if (v == 0) return setClass(column, 0);
  beginSet(walkTrieIgnoringCase(nodes, bytes, labels, valuePointer(v), valueSize(v)));
  for (v = nextValue(v); v != 0; v = nextValue(v)) {
    addToSet(walkTrieIgnoringCase(nodes, bytes, labels, valuePointer(v), valueSize(v)));
  }
  return endSet(column);
}

/** As `classByTrie`, by suffixes. `ignoringCase`: as `classByTrieIgnoringCase`. */
export function classBySuffix(
  column: u32,
  slot: u32,
  nodes: usize,
  bytes: usize,
  labels: usize,
  ignoringCase: bool,
): u32 {
  let v = firstValue(slot);
  if (v == 0) return setClass(column, 0);
  beginSet(walkBackwards(nodes, bytes, labels, valuePointer(v), valueSize(v), ignoringCase));
  for (v = nextValue(v); v != 0; v = nextValue(v)) {
    addToSet(walkBackwards(nodes, bytes, labels, valuePointer(v), valueSize(v), ignoringCase));
  }
  return endSet(column);
}

/** Finds the class of a slot's values by an automaton. */
export function classByDfa(
  column: u32,
  slot: u32,
  byteClasses: usize,
  width: u32,
  next: usize,
  accepts: usize,
  start: u32,
): u32 {
  let v = firstValue(slot);
  if (v == 0) return setClass(column, 0);
  beginSet(runDfa(byteClasses, width, next, accepts, start, valuePointer(v), valueSize(v)));
  for (v = nextValue(v); v != 0; v = nextValue(v)) {
    addToSet(runDfa(byteClasses, width, next, accepts, start, valuePointer(v), valueSize(v)));
  }
  return endSet(column);
}

function beginSet(value: u32): void {
  start = used;
  addToSet(value);
}

/** Class 0 adds nothing: its values satisfy no test. */
function addToSet(value: u32): void {
  if (value == 0) return;
  for (let i = start; i < used; i++) {
    if (load<u32>(room + ((<usize>i) << 2)) == value) return;
  }
  store<u32>(room + ((<usize>used) << 2), value);
  used++;
}

function endSet(column: u32): u32 {
  const count = used - start;
  if (count < 2) {
    used = start;
    return setClass(column, count == 0 ? 0 : load<u32>(room + ((<usize>start) << 2)));
  }
  store<u32>(table + ((<usize>column) << 3), (start << 16) | count, 4);
  return setClass(column, SEVERAL);
}
