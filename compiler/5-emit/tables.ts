// Decisions as one table of 32-bit words, laid out as filters/runtime/decide.ts reads it. Offsets count words.
import type { Column, ColumnLiteral, Test } from "../4-plan/columns.ts";
import type { Decision } from "../4-plan/decision.ts";
import type { Node } from "../4-plan/diagram.ts";
import type { PlannedDecision } from "../4-plan/plan.ts";
import type { Search } from "../4-plan/search.ts";

export interface DecisionTable {
  readonly words: readonly number[];
  /** Where each decision begins. */
  readonly offsets: readonly number[];
}

/** In a reference to a list: it has one number, which is the rest of the word. */
const SINGLE = 0x80000000;
/** In a literal: no value may satisfy it. */
const NEGATED = 0x40000000;
/** In a branch's first word, above the column: children are found by binary search among classes. */
const SPARSE = 0x80000000;
// A reference to a node: what it is in the two highest bits, then an outcome or an offset.
const BRANCH = 0;
const CANDIDATES = 1;
const LEAF = 2;
const SEARCH = 3;
/** In a reference to candidates: there is one, whose number is the rest. */
const ONE = 0x20000000;
/** Of a literal with one test in one word: the column stands above the test. */
const TEST_BITS = 20;
const COLUMN_BITS = 10;
/** As the number of a clause's literals: there are that many or more. */
const LONG = 0xff;

/**
 * Layout, each line a run of words:
 *
 *     decision    reference to the root, clauses, pivots, list of clauses to try always, signatures
 *     signatures  for each column an offset of: for each class a list of tests
 *     clauses     for each clause an offset of: outcome, level below the number of literals << 24, literals;
 *                 where the number is 255, the true one stands before the literals
 *     literal     one test: SINGLE, the column << 20, the test; else an offset of: column, number, tests
 *     pivots      number, then for each: column, level, its first test, offset of: for each test a list of clauses
 *     branch      column, reference otherwise, number, then references by class; sparse: classes, then references
 *     list        SINGLE and the number, or an offset of: how many, numbers ascending; 0 is the empty list
 */
export function layOut(
  decisions: readonly PlannedDecision[],
  columns: readonly Column[],
  tests: readonly Test[],
): DecisionTable {
  const table = new Table();
  const signatures = decisions.some(triesClauses) ? layOutSignatures(table, columns) : 0;
  const offsets = decisions.map((planned) => {
    const { decision, diagram, search } = planned;
    const at = table.reserve(5);
    if (triesClauses(planned)) {
      table.words[at + 1] = layOutClauses(table, decision);
      table.words[at + 2] = layOutPivots(table, search, tests);
      table.words[at + 3] = table.list(search.always);
      table.words[at + 4] = signatures;
    }
    table.words[at] = new Diagram(table).reference(diagram);
    return at;
  });
  if (table.words.length >= ONE) throw new Error("a table of decisions has 2^29 words at most");
  return { words: table.words, offsets };
}

/** Whether the diagram alone does not always know. */
function triesClauses({ diagram, repeats }: PlannedDecision): boolean {
  const seen = new Set<Node>();
  const tries = (node: Node): boolean => {
    if (seen.has(node)) return false;
    seen.add(node);
    if (node.kind !== "branch") return node.kind !== "leaf";
    return tries(node.otherwise) || node.children.some(([, child]) => tries(child));
  };
  return repeats || tries(diagram);
}

class Table {
  /** Word 0 is the empty list. */
  readonly words: number[] = [0];
  readonly #lists = new Map<string, number>();

  reserve(words: number): number {
    const at = this.words.length;
    for (let i = 0; i < words; i++) this.words.push(0);
    return at;
  }

  push(words: readonly number[]): number {
    const at = this.words.length;
    for (const word of words) this.words.push(word);
    return at;
  }

  /** Where these words stand; equal ones stand once. */
  shared(words: readonly number[]): number {
    const key = words.join();
    let at = this.#lists.get(key);
    if (at === undefined) this.#lists.set(key, (at = this.push(words)));
    return at;
  }

  /** A reference to a list. */
  list(numbers: readonly number[]): number {
    if (numbers.length === 0) return 0;
    if (numbers.length === 1) return (SINGLE | (numbers[0] ?? 0)) >>> 0;
    return this.shared([numbers.length, ...numbers]);
  }
}

function layOutSignatures(table: Table, columns: readonly Column[]): number {
  const at = table.reserve(columns.length);
  columns.forEach(({ classes }, column) => {
    const base = table.reserve(classes.length);
    table.words[at + column] = base;
    classes.forEach(({ tests }, number) => (table.words[base + number] = table.list(tests)));
  });
  return at;
}

function layOutClauses(table: Table, { clauses }: Decision): number {
  const at = table.reserve(clauses.length);
  clauses.forEach(({ literals, outcome, level }, number) => {
    if (level > 0xffffff) throw new Error("a decision has 2^24 levels at most");
    const counted = Math.min(literals.length, LONG);
    table.words[at + number] = table.push([
      outcome,
      (level | (counted << 24)) >>> 0,
      ...(counted === LONG ? [literals.length] : []),
      ...literals.map((literal) => literalWord(table, literal)),
    ]);
  });
  return at;
}

function literalWord(table: Table, { column, tests, negated }: ColumnLiteral): number {
  const flag = negated ? NEGATED : 0;
  const [test, second] = tests;
  const small = column < 1 << COLUMN_BITS && test !== undefined && test < 1 << TEST_BITS;
  if (small && second === undefined) return (SINGLE | flag | (column << TEST_BITS) | test) >>> 0;
  return flag | table.shared([column, tests.length, ...tests]);
}

function layOutPivots(table: Table, { pivots }: Search, tests: readonly Test[]): number {
  // The tests of a column have numbers in a row.
  const firsts = new Map<number, number>();
  const counts = new Map<number, number>();
  tests.forEach(({ column }, test) => {
    if (!firsts.has(column)) firsts.set(column, test);
    counts.set(column, (counts.get(column) ?? 0) + 1);
  });
  const rows = pivots.flatMap(({ column, level, clauses }) => {
    const first = firsts.get(column) ?? 0;
    const base = table.reserve(counts.get(column) ?? 0);
    for (const [test, list] of clauses) table.words[base + test - first] = table.list(list);
    return [column, level, first, base];
  });
  return table.push([pivots.length, ...rows]);
}

class Diagram {
  readonly #table: Table;
  readonly #references = new Map<Node, number>();

  constructor(table: Table) {
    this.#table = table;
  }

  reference(node: Node): number {
    let reference = this.#references.get(node);
    if (reference === undefined) this.#references.set(node, (reference = this.#layOut(node)));
    return reference;
  }

  #layOut(node: Node): number {
    switch (node.kind) {
      case "leaf":
        return tagged(LEAF, node.outcome);
      case "candidates": {
        const [first, second] = node.clauses;
        if (first !== undefined && second === undefined) return tagged(CANDIDATES, ONE | first);
        return tagged(CANDIDATES, this.#table.shared([node.clauses.length, ...node.clauses]));
      }
      case "search":
        return tagged(SEARCH, 0);
      case "branch": {
        const otherwise = this.reference(node.otherwise);
        const children = node.children.map(([value, child]) => [value, this.reference(child)] as const);
        const dense = (children.at(-1)?.[0] ?? 0) + 1;
        if (dense <= children.length * 2 + 4) {
          const references: number[] = Array.from({ length: dense }, () => otherwise);
          for (const [value, reference] of children) references[value] = reference;
          return tagged(BRANCH, this.#table.push([node.column, otherwise, dense, ...references]));
        }
        const classes = children.map(([value]) => value);
        const references = children.map(([, reference]) => reference);
        const head = (node.column | SPARSE) >>> 0;
        return tagged(BRANCH, this.#table.push([head, otherwise, classes.length, ...classes, ...references]));
      }
    }
  }
}

function tagged(tag: number, value: number): number {
  return ((tag << 30) | value) >>> 0;
}
