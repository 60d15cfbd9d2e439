// Taking a decision: along the diagram, asking for a column's class at each node; where a column has several classes, or the
// diagram ends before the answer, by a search over the clauses. compiler/5-emit/tables.ts says how the table is laid out.
import { classOf, SEVERAL, severalClass, severalClasses } from "./columns";

// In references to lists and in literals.
const SINGLE: u32 = 0x80000000;
const NEGATED: u32 = 0x40000000;
const OFFSET: u32 = 0x3fffffff;
const NUMBER: u32 = 0x7fffffff;
// In branches and in references to nodes.
const SPARSE: u32 = 0x80000000;
const VALUE: u32 = 0x3fffffff;
const CANDIDATES: u32 = 1;
const LEAF: u32 = 2;
const SEARCH: u32 = 3;
const ONE: u32 = 0x20000000;
// In a literal of one test.
const TEST_BITS: u32 = 20;
const TEST: u32 = 0xfffff;
const COLUMN: u32 = 0x3ff;
// In a clause's second word.
const LEVEL: u32 = 0xffffff;
/** As the number of literals: the true one comes before them. */
const LONG: u32 = 0xff;

const NONE: u32 = 0xffffffff;

/** The outcome of the decision that stands at word `decision` of the table; 0 where no clause holds. */
export function decide(table: usize, decision: u32, classify: (column: u32) => u32): u32 {
  let reference = word(table, decision);
  while (true) {
    const kind = reference >>> 30;
    reference &= VALUE;
    if (kind == LEAF) return reference;
    if (kind == CANDIDATES) return tryCandidates(table, decision, reference, classify);
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

/** How many numbers a list has. */
function sizeOf(table: usize, list: u32): u32 {
  return (list & SINGLE) != 0 ? 1 : word(table, list);
}

/** One of them. */
function numberIn(table: usize, list: u32, index: u32): u32 {
  return (list & SINGLE) != 0 ? list & NUMBER : word(table, list + 1 + index);
}

function clauseAt(table: usize, decision: u32, number: u32): u32 {
  return word(table, word(table, decision + 1) + number);
}

function levelOf(table: usize, clause: u32): u32 {
  return word(table, clause + 1) & LEVEL;
}

/** The outcome of the first candidate that holds. */
function tryCandidates(table: usize, decision: u32, candidates: u32, classify: (column: u32) => u32): u32 {
  if ((candidates & ONE) != 0) {
    const clause = clauseAt(table, decision, candidates & ~ONE);
    return holds(table, decision, clause, classify) ? word(table, clause) : 0;
  }
  const count = word(table, candidates);
  for (let i: u32 = 1; i <= count; i++) {
    const clause = clauseAt(table, decision, word(table, candidates + i));
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
    if (best != NONE && word(table, pivot + 1) >= levelOf(table, best)) continue;
    const column = word(table, pivot);
    const value = classOf(column, classify);
    const count = value == SEVERAL ? severalClasses(column) : 1;
    for (let i: u32 = 0; i < count; i++) {
      const one = value == SEVERAL ? severalClass(column, i) : value;
      const tests = word(table, word(table, signatures + column) + one);
      const size = sizeOf(table, tests);
      for (let t: u32 = 0; t < size; t++) {
        const test = numberIn(table, tests, t) - word(table, pivot + 2);
        best = tryList(table, decision, word(table, word(table, pivot + 3) + test), best, classify);
      }
    }
  }
  return best == NONE ? 0 : word(table, best);
}

/** The first clause of a list that holds, if it stands before `best`; else `best`. */
function tryList(table: usize, decision: u32, list: u32, best: u32, classify: (column: u32) => u32): u32 {
  const count = sizeOf(table, list);
  for (let i: u32 = 0; i < count; i++) {
    const clause = clauseAt(table, decision, numberIn(table, list, i));
    if (best != NONE && levelOf(table, clause) >= levelOf(table, best)) return best;
    if (holds(table, decision, clause, classify)) return clause;
  }
  return best;
}

/** Whether all literals of a clause hold; those that cost most come last. */
function holds(table: usize, decision: u32, clause: u32, classify: (column: u32) => u32): bool {
  let at = clause + 2;
  let count = word(table, clause + 1) >>> 24;
  if (count == LONG) count = word(table, at++);
  for (const end = at + count; at < end; at++) {
    const literal = word(table, at);
    if (satisfies(table, decision, literal, classify) == ((literal & NEGATED) != 0)) return false;
  }
  return true;
}

/** Whether a value of the literal's column satisfies one of its tests. */
function satisfies(table: usize, decision: u32, literal: u32, classify: (column: u32) => u32): bool {
  const column = (literal & SINGLE) != 0 ? (literal >>> TEST_BITS) & COLUMN : word(table, literal & OFFSET);
  const signatures = word(table, word(table, decision + 4) + column);
  const value = classOf(column, classify);
  if (value != SEVERAL) return meets(table, word(table, signatures + value), literal);
  const count = severalClasses(column);
  for (let i: u32 = 0; i < count; i++) {
    if (meets(table, word(table, signatures + severalClass(column, i)), literal)) return true;
  }
  return false;
}

/** Whether a list of tests, which is short, has one that a literal names. */
function meets(table: usize, tests: u32, literal: u32): bool {
  const size = sizeOf(table, tests);
  for (let i: u32 = 0; i < size; i++) {
    const test = numberIn(table, tests, i);
    if ((literal & SINGLE) != 0) {
      if (test == (literal & TEST)) return true;
    } else {
      const list = (literal & OFFSET) + 1;
      if (find(table, list + 1, word(table, list), test) != NONE) return true;
    }
  }
  return false;
}
