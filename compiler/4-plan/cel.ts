// What CEL expressions need of the filter around them.
import { buildDfa, type Dfa } from "../automata/dfa.ts";
import type { Regex } from "../automata/regex.ts";
import { celAttributes } from "../cel/attributes.ts";
import type { CelExpression, CelNode, CelValueExpression, CheckedCel } from "../cel/expression.ts";
import { partsOf, readsToken } from "../cel/reads.ts";
import type { Slot } from "../ir/slots.ts";
import type { Column } from "./columns.ts";
import { PlanFault } from "./fault.ts";

export interface PlannedCel {
  /** Automata of the patterns that expressions match texts with; their one pattern has the number 0. */
  readonly automata: ReadonlyMap<Regex, Dfa>;
  /** Whether an expression looks at the verified token itself. */
  readonly readsToken: boolean;
}

/** States of one pattern's automaton. */
const MAX_STATES = 3_000;

/** The expressions among columns. */
export function celExpressions(columns: readonly Column[]): CelExpression[] {
  return columns.flatMap(({ subject }) => (subject.kind === "cel" ? [subject.condition.expression] : []));
}

/** Plans the conditions among columns, and the expressions for values of all limits. */
export function planCel(columns: readonly Column[], values: readonly CelValueExpression[] = []): PlannedCel {
  const expressions = [...celExpressions(columns), ...values];
  const automata = new Map<Regex, Dfa>();
  for (const { root } of expressions) for (const node of nodesOf(root)) addAutomaton(node, automata);
  return { automata, readsToken: expressions.some(readsToken) };
}

/** The slots that the same expressions look at: headers with all their values, the path with its query. */
export function celSlots(columns: readonly Column[], values: readonly CelValueExpression[] = []): Slot[] {
  const names = [...celExpressions(columns), ...values].flatMap(({ headers }) => headers);
  return names.map((name) => ({ from: "header", name: name === ":path" ? ":path?" : name }));
}

/** The properties that an expression may ask for, as text. */
export function celProperties({ attributes }: CheckedCel): string[] {
  return attributes.flatMap((name) => {
    const { from } = celAttributes[name];
    return from.kind === "property" ? [from.path.join(" ")] : [];
  });
}

function addAutomaton(node: CelNode, automata: Map<Regex, Dfa>): void {
  if (node.op !== "matches") return;
  const dfa = buildDfa([node.regex], { maxStates: MAX_STATES });
  if (!dfa) {
    throw new PlanFault(
      `the pattern \`${node.pattern}\` of an expression needs more than ${MAX_STATES} states`,
      "bound its repeats more closely, or split it into several patterns",
    );
  }
  automata.set(node.regex, dfa);
}

function* nodesOf(node: CelNode): Iterable<CelNode> {
  yield node;
  for (const part of partsOf(node)) yield* nodesOf(part);
}
