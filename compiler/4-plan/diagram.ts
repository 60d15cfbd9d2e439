// A decision as a diagram: each node asks for the class of one column, each leaf names the outcome. Nodes that decide alike
// are one. Where the diagram would grow past its budget, a node holds the clauses that are left, to be tried one by one, or
// leaves the rest to the search over all clauses.
import type { Column } from "./columns.ts";
import type { Decision } from "./decision.ts";

export type Node =
  | { readonly kind: "leaf"; readonly outcome: number }
  /** Clauses by their numbers in the decision; where none holds, outcome 0. */
  | { readonly kind: "candidates"; readonly clauses: readonly number[] }
  /** Too much is left: see search.ts. */
  | { readonly kind: "search" }
  | Branch;

export interface Branch {
  readonly kind: "branch";
  readonly column: number;
  /** Where a class leads, ascending, as far as it does not lead to `otherwise`. */
  readonly children: readonly (readonly [number, Node])[];
  readonly otherwise: Node;
}

/** What a diagram may cost. */
export interface DiagramBudget {
  /** Branches and lists of candidates. */
  readonly nodes: number;
  /** Children of all nodes together. */
  readonly children: number;
  /** Clauses looked at while building. */
  readonly work: number;
}

export const BUDGET: DiagramBudget = { nodes: 3_000, children: 60_000, work: 8_000_000 };

/** A node with so many clauses left becomes a list of candidates: the first number with which the diagram is in budget. */
const CANDIDATES = [0, 4, 16];

/** The most columns that are asked one after the other: as deep as that the diagram is built, and laid out, by recursion. */
const DEPTH = 400;

class OverBudget extends Error {}

/** The diagram of a decision, the whole of it where that is in budget. */
export function buildDiagram(
  decision: Decision,
  columns: readonly Column[],
  budget: DiagramBudget = BUDGET,
): Node {
  for (const candidates of CANDIDATES) {
    try {
      return new Builder(decision, columns, budget, candidates).build();
    } catch (error) {
      if (!(error instanceof OverBudget)) throw error;
    }
  }
  return { kind: "search" };
}

/** What a clause asks of one column, for an attribute with one value: its class is one of these, or none of these. */
interface Demand {
  readonly classes: ReadonlySet<number>;
  readonly negated: boolean;
}

class Builder {
  readonly #decision: Decision;
  readonly #budget: DiagramBudget;
  readonly #candidates: number;
  /** For each clause its demands, by position of the column in the order. */
  readonly #demands: readonly ReadonlyMap<number, Demand>[];
  /** For each clause the positions of the columns that it asks about, ascending. */
  readonly #positions: readonly (readonly number[])[];
  /** For each level the number of its first clause. */
  readonly #levels: number[] = [];
  readonly #known = new Map<string, Node>();
  readonly #interned = new Map<string, Node>();
  readonly #numbers = new Map<Node, number>();
  #depth = 0;
  #nodes = 0;
  #children = 0;
  #work = 0;

  constructor(decision: Decision, columns: readonly Column[], budget: DiagramBudget, candidates: number) {
    this.#decision = decision;
    this.#budget = budget;
    this.#candidates = candidates;
    const position = new Map(decision.order.map((column, at) => [column, at]));
    const sets = new SetCache(columns);
    this.#demands = decision.clauses.map((clause) => {
      const demands = new Map<number, Demand>();
      for (const literal of clause.literals) {
        const at = position.get(literal.column) ?? 0;
        demands.set(at, both(demands.get(at), { classes: sets.of(literal), negated: literal.negated }));
      }
      return demands;
    });
    decision.clauses.forEach(({ level }, number) => (this.#levels[level] ??= number));
    this.#positions = this.#demands.map((demands) => [...demands.keys()].sort((a, b) => a - b));
  }

  build(): Node {
    return this.#node(
      this.#decision.clauses.map((_, number) => number),
      0,
    );
  }

  /** `live`: the clauses that hold as far as the columns before `at` go. */
  #node(live: readonly number[], at: number): Node {
    const { clauses } = this.#decision;
    const left = this.#trimmed(live, at);
    const first = left[0];
    if (first === undefined) return this.#leaf(0);
    if (this.#holds(first, at)) return this.#leaf(clauses[first]?.outcome ?? 0);
    if (left.length <= this.#candidates) return this.#intern({ kind: "candidates", clauses: left });
    const next = left.reduce((least, clause) => Math.min(least, this.#nextDemand(clause, at)), Infinity);
    const key = `${next}:${left.join()}`;
    const known = this.#known.get(key);
    if (known) return known;
    if (++this.#depth > DEPTH) throw new OverBudget();
    const node = this.#branch(left, next);
    this.#depth--;
    this.#known.set(key, node);
    return node;
  }

  #branch(live: readonly number[], at: number): Node {
    const asking: { clause: number; demand: Demand }[] = [];
    const open: number[] = [];
    for (const clause of live) {
      const demand = this.#demands[clause]?.get(at);
      if (demand) asking.push({ clause, demand });
      if (!demand || demand.negated) open.push(clause);
    }
    // What classes that nobody names lead to, and what is otherwise with those that are named.
    const named = new Map<number, { with: number[]; without: Set<number> }>();
    const of = (value: number): { with: number[]; without: Set<number> } => {
      let entry = named.get(value);
      if (!entry) named.set(value, (entry = { with: [], without: new Set() }));
      return entry;
    };
    for (const { clause, demand } of asking) {
      for (const value of demand.classes) {
        if (demand.negated) of(value).without.add(clause);
        else of(value).with.push(clause);
      }
    }
    const otherwise = this.#node(open, at + 1);
    const children: (readonly [number, Node])[] = [];
    for (const [value, { with: more, without }] of [...named].sort(([a], [b]) => a - b)) {
      // Behind a clause that is sure to hold, and beside it where the outcome is the same, none matters.
      const sure = more.find((clause) => this.#holds(clause, at + 1));
      const before = sure === undefined ? open : open.slice(0, this.#firstFrom(open, this.#levelStart(sure)));
      this.#spend(before.length + more.length);
      const rest = without.size > 0 ? before.filter((clause) => !without.has(clause)) : before;
      const child = this.#node(mergeSorted(rest, more), at + 1);
      if (child !== otherwise) children.push([value, child]);
    }
    if (children.length === 0) return otherwise;
    return this.#intern({ kind: "branch", column: this.#decision.order[at] ?? 0, children, otherwise });
  }

  /** Without the clauses that cannot matter any more. */
  #trimmed(live: readonly number[], at: number): readonly number[] {
    const sure = live.find((clause) => this.#holds(clause, at));
    if (sure === undefined) return live;
    return [...live.slice(0, this.#firstFrom(live, this.#levelStart(sure))), sure];
  }

  /** The first clause that stands level with a clause. */
  #levelStart(clause: number): number {
    return this.#levels[this.#decision.clauses[clause]?.level ?? 0] ?? 0;
  }

  /** Where in an ascending list the first clause stands that is not before `from`. */
  #firstFrom(list: readonly number[], from: number): number {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((list[middle] ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #holds(clause: number, at: number): boolean {
    return (this.#positions[clause]?.at(-1) ?? -1) < at;
  }

  #nextDemand(clause: number, at: number): number {
    return this.#positions[clause]?.find((position) => position >= at) ?? Infinity;
  }

  #leaf(outcome: number): Node {
    return this.#intern({ kind: "leaf", outcome });
  }

  #intern(node: Node): Node {
    const key = this.#keyOf(node);
    const known = this.#interned.get(key);
    if (known) return known;
    if (node.kind === "branch" || (node.kind === "candidates" && node.clauses.length > 1)) this.#nodes++;
    if (node.kind === "branch") this.#children += node.children.length;
    if (this.#nodes > this.#budget.nodes || this.#children > this.#budget.children) throw new OverBudget();
    this.#numbers.set(node, this.#interned.size);
    this.#interned.set(key, node);
    return node;
  }

  #keyOf(node: Node): string {
    switch (node.kind) {
      case "leaf":
        return `leaf ${node.outcome}`;
      case "candidates":
        return `candidates ${node.clauses.join()}`;
      case "search":
        return "search";
      case "branch": {
        const number = (child: Node): number => this.#numbers.get(child) ?? -1;
        const children = node.children.map(([value, child]) => `${value}>${number(child)}`);
        return `${node.column} ${number(node.otherwise)} ${children.join()}`;
      }
    }
  }

  #spend(work: number): void {
    this.#work += work;
    if (this.#work > this.#budget.work) throw new OverBudget();
  }
}

/** For each set of tests the classes that satisfy one of them. */
class SetCache {
  readonly #sets = new Map<string, ReadonlySet<number>>();
  readonly #classesOf = new Map<number, number[]>();

  constructor(columns: readonly Column[]) {
    for (const { classes } of columns) {
      classes.forEach(({ tests }, number) => {
        for (const test of tests) {
          const list = this.#classesOf.get(test);
          if (list) list.push(number);
          else this.#classesOf.set(test, [number]);
        }
      });
    }
  }

  of({ tests }: { readonly tests: readonly number[] }): ReadonlySet<number> {
    const key = tests.join();
    let set = this.#sets.get(key);
    if (!set) this.#sets.set(key, (set = new Set(tests.flatMap((test) => this.#classesOf.get(test) ?? []))));
    return set;
  }
}

/** Both must hold, of the same one value. */
function both(one: Demand | undefined, other: Demand): Demand {
  if (!one) return other;
  if (one.negated && other.negated) {
    return { classes: new Set([...one.classes, ...other.classes]), negated: true };
  }
  const [positive, filter] = one.negated ? [other, one] : [one, other];
  const classes = [...positive.classes].filter((value) => filter.classes.has(value) !== filter.negated);
  return { classes: new Set(classes), negated: false };
}

function mergeSorted(a: readonly number[], b: readonly number[]): readonly number[] {
  if (b.length === 0) return a;
  const result: number[] = [];
  let i = 0;
  for (const value of b) {
    while (i < a.length && (a[i] ?? 0) < value) result.push(a[i++] ?? 0);
    result.push(value);
  }
  while (i < a.length) result.push(a[i++] ?? 0);
  return result;
}
