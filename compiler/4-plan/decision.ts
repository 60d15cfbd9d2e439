// A decision: clauses in order, the first that holds decides. What the stages ask of a request is a list of these, over
// columns that they share.
import type { Column, ColumnLiteral, Columns } from "./columns.ts";
import type { Literal } from "./clauses.ts";

/** The first rule that matches names the outcome; where none does, it is outcome 0. */
export interface Decision {
  readonly name: string;
  readonly clauses: readonly Clause[];
  /** Columns in the order in which the diagram asks: cheap ones first, then those that tell most clauses apart. */
  readonly order: readonly number[];
}

export interface Clause {
  /** In the decision's order of columns. */
  readonly literals: readonly ColumnLiteral[];
  readonly outcome: number;
  /**
   * How early it stands. Neighbours of one outcome stand level, since it does not matter which of them holds.
   */
  readonly level: number;
}

/** A rule on its way into a decision. */
export interface RuleClauses {
  readonly clauses: readonly (readonly Literal[])[];
  readonly outcome: number;
}

export function decisionOf(name: string, rules: readonly RuleClauses[], columns: Columns): Decision {
  const found = rules.flatMap(({ clauses, outcome }) =>
    clauses.flatMap((clause) => columns.translate(clause).map((literals) => ({ literals, outcome }))),
  );
  // What only confirms that nothing matches need not be asked.
  while (found.at(-1)?.outcome === 0) found.pop();
  // Nothing comes behind what always holds.
  const last = found.findIndex(({ literals }) => literals.length === 0);
  if (last >= 0) found.splice(last + 1);
  const order = orderOf(found, columns.columns);
  const position = new Map(order.map((column, at) => [column, at]));
  let level = -1;
  let outcome = -1;
  const clauses = found.map((clause): Clause => {
    if (clause.outcome !== outcome) level++;
    outcome = clause.outcome;
    const literals = [...clause.literals].sort(
      (a, b) => (position.get(a.column) ?? 0) - (position.get(b.column) ?? 0),
    );
    return { literals, outcome, level };
  });
  return { name, clauses, order };
}

function orderOf(
  clauses: readonly { readonly literals: readonly ColumnLiteral[] }[],
  columns: readonly Column[],
): number[] {
  const uses = new Map<number, number>();
  for (const { literals } of clauses)
    for (const { column } of literals) uses.set(column, (uses.get(column) ?? 0) + 1);
  const cost = (column: number): number => columns[column]?.cost ?? 0;
  const classes = (column: number): number => columns[column]?.classes.length ?? 0;
  return [...uses.keys()].sort(
    (a, b) =>
      cost(a) - cost(b) || classes(b) - classes(a) || (uses.get(b) ?? 0) - (uses.get(a) ?? 0) || a - b,
  );
}
