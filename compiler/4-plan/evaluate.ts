// Taking a planned decision about a request in plain arithmetic: what the filter does, without a filter. It is how the plan is
// tested by itself, and how questions about policies are answered.
import { holds, valuesOf, type Request } from "../ir/interpret.ts";
import { parseAddress } from "../net/block.ts";
import { classByDfa } from "./classes/dfa.ts";
import { findInterval } from "./classes/intervals.ts";
import { walkTrie } from "./classes/trie.ts";
import type { Column, ColumnLiteral } from "./columns.ts";
import type { Clause } from "./decision.ts";
import type { PlannedDecision } from "./plan.ts";
import { isTruth } from "./subject.ts";

/** The classes of a column's values; none: no value that satisfies a test. */
export function classesOf({ subject, scan }: Column, request: Request): readonly number[] {
  if (isTruth(subject)) return holds(subject.condition, request) ? [1] : [];
  if (scan.by === "truth") throw new Error("an attribute is no truth value");
  const values = valuesOf(subject, request);
  if (scan.by === "intervals") {
    const address = parseAddress(values[0] ?? "");
    const { none, v4, v6 } = scan.intervals;
    const value = address ? findInterval(address.family === 4 ? v4 : v6, address.network) : none;
    return value === 0 ? [] : [value];
  }
  const classes = values.map((value) =>
    scan.by === "trie" ? walkTrie(scan.trie, value, scan.backwards) : classByDfa(scan.dfa, value),
  );
  return [...new Set(classes)].filter((value) => value !== 0);
}

/** The outcome by the diagram; undefined where it has to search, or an attribute has values of several classes. */
export function followDiagram(
  { decision, diagram }: PlannedDecision,
  columns: readonly Column[],
  request: Request,
): number | undefined {
  let node = diagram;
  while (node.kind === "branch") {
    const column = columns[node.column];
    const [value = 0, second] = column ? classesOf(column, request) : [];
    if (second !== undefined) return undefined;
    node = node.children.find(([of]) => of === value)?.[1] ?? node.otherwise;
  }
  if (node.kind === "leaf") return node.outcome;
  if (node.kind === "search") return undefined;
  const clauses = node.clauses.map((number) => decision.clauses[number]);
  return clauses.find((clause) => clause && clauseHolds(clause, columns, request))?.outcome ?? 0;
}

/** The outcome by the search over the clauses. */
export function searchClauses(
  { decision, search }: PlannedDecision,
  columns: readonly Column[],
  request: Request,
): number {
  const found = search.pivots.flatMap(({ column, clauses }) => {
    const asked = columns[column];
    const tests = asked ? testsOf(asked, request) : new Set<number>();
    return [...clauses].flatMap(([test, numbers]) => (tests.has(test) ? numbers : []));
  });
  const numbers = [...new Set([...search.always, ...found])].sort((a, b) => a - b);
  const clauses = numbers.map((number) => decision.clauses[number]);
  return clauses.find((clause) => clause && clauseHolds(clause, columns, request))?.outcome ?? 0;
}

function clauseHolds({ literals }: Clause, columns: readonly Column[], request: Request): boolean {
  return literals.every((literal) => literalHolds(literal, columns, request));
}

function literalHolds(
  { column, tests, negated }: ColumnLiteral,
  columns: readonly Column[],
  request: Request,
): boolean {
  const asked = columns[column];
  const satisfied = asked ? testsOf(asked, request) : new Set<number>();
  return tests.some((test) => satisfied.has(test)) !== negated;
}

/** The tests that some value of a column satisfies. */
function testsOf(column: Column, request: Request): ReadonlySet<number> {
  return new Set(classesOf(column, request).flatMap((value) => column.classes[value]?.tests ?? []));
}
