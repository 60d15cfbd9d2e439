// A decision as an index: each clause stands under one of its literals, and is tried only where a value satisfies that one.
// It decides what the diagram does not: attributes with several different values, and diagrams past their budget. Its cost
// grows with the clauses that share what they stand under, not with all of them.
import type { Column } from "./columns.ts";
import type { Decision } from "./decision.ts";

export interface Search {
  /** Cheap columns first. */
  readonly pivots: readonly Pivot[];
  /** Clauses without a positive literal: nothing tells when not to try them. */
  readonly always: readonly number[];
}

export interface Pivot {
  readonly column: number;
  /** The earliest level of all its clauses. */
  readonly level: number;
  /** Clauses, ascending, by the test that they stand under. */
  readonly clauses: ReadonlyMap<number, readonly number[]>;
}

export function buildSearch(decision: Decision, columns: readonly Column[]): Search {
  const byTest = new Map<number, number[]>();
  const columnOf = new Map<number, number>();
  const always: number[] = [];
  const load = (tests: readonly number[]): number =>
    tests.reduce((sum, test) => sum + 1 + (byTest.get(test)?.length ?? 0), 0);
  const price = (column: number): number => Math.max(0, (columns[column]?.cost ?? 0) - 2) * 1_000;
  decision.clauses.forEach(({ literals }, number) => {
    const positive = literals.filter(({ negated }) => !negated);
    const keyed = positive.map((literal) => ({ literal, cost: price(literal.column) + load(literal.tests) }));
    const best = keyed.reduce<(typeof keyed)[number] | undefined>(
      (least, next) => (least && least.cost <= next.cost ? least : next),
      undefined,
    );
    if (!best) {
      always.push(number);
      return;
    }
    for (const test of best.literal.tests) {
      columnOf.set(test, best.literal.column);
      const list = byTest.get(test);
      if (list) list.push(number);
      else byTest.set(test, [number]);
    }
  });
  const byColumn = new Map<number, Map<number, readonly number[]>>();
  for (const [test, list] of byTest) {
    const column = columnOf.get(test) ?? 0;
    byColumn.set(column, (byColumn.get(column) ?? new Map<number, readonly number[]>()).set(test, list));
  }
  const pivots = decision.order.flatMap((column): Pivot[] => {
    const clauses = byColumn.get(column);
    if (!clauses) return [];
    let level = Infinity;
    for (const [first = 0] of clauses.values()) level = Math.min(level, decision.clauses[first]?.level ?? 0);
    return [{ column, level, clauses }];
  });
  return { pivots, always };
}
