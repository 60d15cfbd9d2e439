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

// A reference to a node: what it is in the two highest bits, then an outcome or an offset.
const BRANCH = 0;
const CANDIDATES = 1;
const LEAF = 2;
const SEARCH = 3;
/** In a literal's first word, above the column. */
const NEGATED = 0x80000000;
/** In a branch's first word, above the column: children are found by binary search among classes. */
const SPARSE = 0x80000000;

/**
 * Layout, each line a run of words:
 *
 *     signatures  for each column, for each class: offset of a list of tests
 *     decision    root reference, clauses, pivots, always, base of signatures by column
 *     clauses     for each clause an offset of: outcome, level, number of literals, then for each: column, offset of a list
 *     pivots      number, then for each: column, level, its first test, offset of: for each test of the column the offset
 *                 of a list of clauses, 0 for none
 *     branch      column, reference otherwise, number, then references by class; sparse: classes, then references
 *     list        number, then numbers ascending
 */
export function layOut(
  decisions: readonly PlannedDecision[],
  columns: readonly Column[],
  tests: readonly Test[],
): DecisionTable {
  const table = new Table();
  const signatures = table.reserve(columns.length);
  columns.forEach(({ classes }, column) => {
    const base = table.reserve(classes.length);
    table.words[signatures + column] = base;
    classes.forEach(({ tests: satisfied }, number) => (table.words[base + number] = table.list(satisfied)));
  });
  const offsets = decisions.map(({ decision, diagram, search }) => {
    const at = table.reserve(5);
    table.words[at + 1] = layOutClauses(table, decision);
    table.words[at + 2] = layOutPivots(table, search, tests);
    table.words[at + 3] = table.list(search.always);
    table.words[at + 4] = signatures;
    table.words[at] = new Diagram(table).reference(diagram);
    return at;
  });
  if (table.words.length > 0x3fffffff) throw new Error("a table of decisions has 2^30 words at most");
  return { words: table.words, offsets };
}

class Table {
  /** Word 0 is no list, so that 0 can mean none. */
  readonly words: number[] = [0];
  readonly #lists = new Map<string, number>();

  reserve(words: number): number {
    const at = this.words.length;
    for (let i = 0; i < words; i++) this.words.push(0);
    return at;
  }

  push(...words: readonly number[]): number {
    const at = this.words.length;
    for (const word of words) this.words.push(word);
    return at;
  }

  /** The offset of a list; equal ones are one. */
  list(numbers: readonly number[]): number {
    const key = numbers.join();
    let at = this.#lists.get(key);
    if (at === undefined) this.#lists.set(key, (at = this.push(numbers.length, ...numbers)));
    return at;
  }
}

function layOutClauses(table: Table, { clauses }: Decision): number {
  const at = table.reserve(clauses.length);
  clauses.forEach(({ literals, outcome, level }, number) => {
    const words = literals.flatMap((literal: ColumnLiteral) => [
      (literal.column | (literal.negated ? NEGATED : 0)) >>> 0,
      table.list(literal.tests),
    ]);
    table.words[at + number] = table.push(outcome, level, literals.length, ...words);
  });
  return at;
}

function layOutPivots(table: Table, { pivots }: Search, tests: readonly Test[]): number {
  const rows = pivots.flatMap(({ column, level, clauses }) => {
    const first = tests.findIndex((test) => test.column === column);
    const count = tests.filter((test) => test.column === column).length;
    const base = table.reserve(count);
    for (const [test, list] of clauses) table.words[base + test - first] = table.list(list);
    return [column, level, first, base];
  });
  return table.push(pivots.length, ...rows);
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
      case "candidates":
        return tagged(CANDIDATES, this.#table.list(node.clauses));
      case "search":
        return tagged(SEARCH, 0);
      case "branch": {
        const otherwise = this.reference(node.otherwise);
        const children = node.children.map(([value, child]) => [value, this.reference(child)] as const);
        const dense = (children.at(-1)?.[0] ?? 0) + 1;
        if (dense <= children.length * 2 + 4) {
          const references: number[] = Array.from({ length: dense }, () => otherwise);
          for (const [value, reference] of children) references[value] = reference;
          return tagged(BRANCH, this.#table.push(node.column, otherwise, dense, ...references));
        }
        const classes = children.map(([value]) => value);
        const references = children.map(([, reference]) => reference);
        return tagged(
          BRANCH,
          this.#table.push(
            (node.column | SPARSE) >>> 0,
            otherwise,
            children.length,
            ...classes,
            ...references,
          ),
        );
      }
    }
  }
}

function tagged(tag: number, value: number): number {
  return ((tag << 30) | value) >>> 0;
}
