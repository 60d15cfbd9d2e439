// Taking a decision: along the diagram, asking for a column's class at each node; where a column has several classes, or the
// diagram ends before the answer, by a search over the clauses. compiler/4-plan/tables.ts says how the table is laid out.
import { classOf, SEVERAL, severalClass, severalClasses } from "./columns";

const NEGATED: u32 = 0x80000000;
const SPARSE: u32 = 0x80000000;
const VALUE: u32 = 0x3fffffff;
const CANDIDATES: u32 = 1;
const LEAF: u32 = 2;
const SEARCH: u32 = 3;
const NONE: u32 = 0xffffffff;

/** The outcome of the decision that stands at word `decision` of the table; 0 where no clause holds. */
export function decide(table: usize, decision: u32, classify: (column: u32) => u32): u32 {
  let reference = word(table, decision);
  while (true) {
    const kind = reference >>> 30;
    reference &= VALUE;
    if (kind == LEAF) return reference;
    if (kind == CANDIDATES) return tryAll(table, decision, reference, classify);
    if (kind == SEARCH) return search(table, decision, classify);
    const head = word(table, reference);
    const value = classOf(head & ~SPARSE, classify);
    if (value == SEVERAL) return search(table, decision, classify);
    reference =
      (head & SPARSE) != 0 ? sparseChild(table, reference, value) : denseChild(table, reference, value);
  }
}

function word(table: usize, at: u32): u32 {
  return load<u32>(table + ((<usize>at) << 2));
}

function denseChild(table: usize, branch: u32, value: u32): u32 {
  return word(table, value < word(table, branch + 2) ? branch + 3 + value : branch + 1);
}

function sparseChild(table: usize, branch: u32, value: u32): u32 {
  const count = word(table, branch + 2);
  const at = find(table, branch + 3, count, value);
  return word(table, at == NONE ? branch + 1 : branch + 3 + count + at);
}

/** Where among `count` ascending words from `from` a value stands, or NONE. */
function find(table: usize, from: u32, count: u32, value: u32): u32 {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = word(table, from + middle);
    if (there == value) return middle;
    if (there < value) low = middle + 1;
    else high = middle;
  }
  return NONE;
}

/** The outcome of the first clause of a list that holds. */
function tryAll(table: usize, decision: u32, list: u32, classify: (column: u32) => u32): u32 {
  const clauses = word(table, decision + 1);
  const count = word(table, list);
  for (let i: u32 = 1; i <= count; i++) {
    const clause = word(table, clauses + word(table, list + i));
    if (holds(table, decision, clause, classify)) return word(table, clause);
  }
  return 0;
}

/** The outcome of the earliest clause that holds, of all the decision's. */
function search(table: usize, decision: u32, classify: (column: u32) => u32): u32 {
  let best = tryList(table, decision, word(table, decision + 3), NONE, classify);
  const pivots = word(table, decision + 2);
  const signatures = word(table, decision + 4);
  const end = pivots + 1 + (word(table, pivots) << 2);
  for (let pivot = pivots + 1; pivot < end; pivot += 4) {
    if (best != NONE && word(table, pivot + 1) >= level(table, decision, best)) continue;
    const column = word(table, pivot);
    const value = classOf(column, classify);
    const count = value == SEVERAL ? severalClasses(column) : 1;
    for (let i: u32 = 0; i < count; i++) {
      const one = value == SEVERAL ? severalClass(column, i) : value;
      const tests = word(table, word(table, signatures + column) + one);
      const last = tests + word(table, tests);
      for (let at = tests + 1; at <= last; at++) {
        const list = word(table, word(table, pivot + 3) + word(table, at) - word(table, pivot + 2));
        if (list != 0) best = tryList(table, decision, list, best, classify);
      }
    }
  }
  return best == NONE ? 0 : word(table, word(table, word(table, decision + 1) + best));
}

/** The first clause of a list that holds, if it stands before `best`; else `best`. */
function tryList(table: usize, decision: u32, list: u32, best: u32, classify: (column: u32) => u32): u32 {
  const clauses = word(table, decision + 1);
  const count = word(table, list);
  for (let i: u32 = 1; i <= count; i++) {
    const number = word(table, list + i);
    const clause = word(table, clauses + number);
    if (best != NONE && word(table, clause + 1) >= level(table, decision, best)) return best;
    if (holds(table, decision, clause, classify)) return number;
  }
  return best;
}

function level(table: usize, decision: u32, number: u32): u32 {
  return word(table, word(table, word(table, decision + 1) + number) + 1);
}

/** Whether all literals of a clause hold; those that cost most come last. */
function holds(table: usize, decision: u32, clause: u32, classify: (column: u32) => u32): bool {
  const end = clause + 3 + (word(table, clause + 2) << 1);
  for (let literal = clause + 3; literal < end; literal += 2) {
    const head = word(table, literal);
    const some = satisfies(table, decision, head & ~NEGATED, word(table, literal + 1), classify);
    if (some == ((head & NEGATED) != 0)) return false;
  }
  return true;
}

/** Whether a value of the column satisfies one of a list's tests. */
function satisfies(
  table: usize,
  decision: u32,
  column: u32,
  tests: u32,
  classify: (column: u32) => u32,
): bool {
  const signatures = word(table, word(table, decision + 4) + column);
  const value = classOf(column, classify);
  if (value != SEVERAL) return meet(table, word(table, signatures + value), tests);
  const count = severalClasses(column);
  for (let i: u32 = 0; i < count; i++) {
    if (meet(table, word(table, signatures + severalClass(column, i)), tests)) return true;
  }
  return false;
}

/** Whether two lists have a number in common; the first is short. */
function meet(table: usize, few: u32, many: u32): bool {
  const last = few + word(table, few);
  const count = word(table, many);
  for (let at = few + 1; at <= last; at++) {
    if (find(table, many + 1, count, word(table, at)) != NONE) return true;
  }
  return false;
}
