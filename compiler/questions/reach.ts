// Which rules of a list ever get a turn, and which earlier ones stand before those that do not.
import type { Condition } from "../ir/program.ts";
import { Budget } from "./budget.ts";
import { FirstMatch } from "./first-match.ts";
import { search, SPENT, type Found } from "./search.ts";
import type { Space } from "./space.ts";
import { spaceOf } from "./space.ts";

/** Earlier rules that are tried one by one whether they alone take everything. */
const MOST_ALONE = 30;
/** Of so many earlier rules it is tried which ones can be left out. */
const MOST_TOGETHER = 12;

/** One rule may take this share of all steps. */
const SHARE = 20;

/** Throws TooLarge. */
export function reach(rules: readonly { readonly when: Condition }[], steps: number): readonly Found[] {
  const space = spaceOf(rules.map(({ when }) => when));
  const match = new FirstMatch(space.conditions, space);
  const all = new Budget(steps);
  return space.conditions.map((formula, below): Found => {
    if (all.isSpent) return { kind: "undecided", reason: SPENT };
    const own = new Budget(Math.ceil(steps / SHARE));
    const found = search(space, formula, { formulas: space.conditions, match, below }, own);
    const answer =
      found.kind === "never" ? { kind: found.kind, by: fewest(space, below, found.by, own) } : found;
    all.spend(own.spent);
    return answer;
  });
}

/** As few of the earlier rules that together take everything as can be found quickly. */
function fewest(space: Space, rule: number, by: readonly number[], budget: Budget): readonly number[] {
  const formula = space.conditions[rule] ?? space.formulas.constant(false);
  const take = (numbers: readonly number[]): boolean => {
    const formulas = numbers.map((number) => space.conditions[number] ?? space.formulas.constant(false));
    const others = { formulas, match: new FirstMatch(formulas, space), below: formulas.length };
    return search(space, formula, others, budget).kind === "never";
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
