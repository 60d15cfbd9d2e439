// Which rules of a list ever get a turn, and which earlier ones stand before those that do not.
import { Budget } from "./budget.ts";
import { FirstMatch } from "./first-match.ts";
import type { Formula } from "./formula.ts";
import { search, SPENT, type Found, type Purpose } from "./search.ts";
import type { Space } from "./space.ts";

/** Earlier rules that are tried one by one whether they alone take everything. */
const MOST_ALONE = 30;
/** Of so many earlier rules it is tried which ones can be left out. */
const MOST_TOGETHER = 12;

/** One rule may take this share of all steps. */
const SHARE = 20;

/** For each rule of a list, which are numbers of the space's conditions in their order; `by` has such numbers as well. */
export function reach(
  space: Space,
  order: readonly number[],
  steps: number,
  purpose: Purpose,
): readonly Found[] {
  const formulas = order.map((number) => space.conditions[number] ?? space.formulas.constant(false));
  const match = new FirstMatch(formulas, space);
  const all = new Budget(steps);
  const look = (formula: Formula, below: number, most: number): Found => {
    if (all.isSpent) return spent;
    const own = new Budget(Math.ceil(most));
    const found = search(space, formula, { formulas, match, below }, own, purpose);
    const answer =
      found.kind === "never"
        ? { ...found, by: fewest(space, formula, formulas, found.by, own).map((at) => order[at] ?? at) }
        : found;
    all.spend(own.spent);
    return answer;
  };
  // What is hard to tell of one is not to cost the others their turn.
  const first = formulas.map((formula, below) => look(formula, below, steps / formulas.length / 2));
  return first.map((found, below) => {
    const formula = formulas[below];
    const open = found.kind === "undecided" && found.reason === SPENT;
    return open && formula ? look(formula, below, steps / SHARE) : found;
  });
}

const spent: Found = { kind: "undecided", reason: SPENT };

/** As few of the earlier rules that together take everything as can be found quickly. */
function fewest(
  space: Space,
  formula: Formula,
  all: readonly Formula[],
  by: readonly number[],
  budget: Budget,
): readonly number[] {
  const take = (numbers: readonly number[]): boolean => {
    const formulas = numbers.flatMap((number) => all[number] ?? []);
    const others = { formulas, match: new FirstMatch(formulas, space), below: formulas.length };
    return search(space, formula, others, budget, "proof").kind === "never";
  };
  if (by.length < 2) return by;
  const alone = by.length <= MOST_ALONE ? by.find((number) => take([number])) : undefined;
  if (alone !== undefined) return [alone];
  if (by.length > MOST_TOGETHER) return by;
  return by.reduce<readonly number[]>((left, number) => {
    const fewer = left.filter((other) => other !== number);
    return take(fewer) ? fewer : left;
  }, by);
}
