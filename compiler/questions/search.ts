// Looking for a shortest request for which a formula holds and none of some others does. The cheapest model of what is left is
// tried; whatever of the others it runs into is then asked not to hold. So of ten thousand others only those are looked at
// that are in the way, and when nothing is left there is no such request.
import type { Request } from "../ir/interpret.ts";
import { Budget } from "./budget.ts";
import type { FirstMatch } from "./first-match.ts";
import { isTrue, type Formula } from "./formula.ts";
import { Frontier } from "./frontier.ts";
import { realise } from "./realise.ts";
import { Regions, whole, type Region } from "./region.ts";
import type { Space } from "./space.ts";

export type Found =
  | { readonly kind: "met"; readonly request: Request }
  /** `by`: the numbers of the others that were in the way. */
  | { readonly kind: "never"; readonly by: readonly number[] }
  | { readonly kind: "undecided"; readonly reason: string };

export const SPENT = "it would take too long to find out";

const NOT_MADE = "a request was not looked for";

/** After so many models of which no request could be made the search is given up. */
export const MOST_UNREAL = 40;

/** Of so many that are in the way the one is dealt with that leaves the fewest ways around it. */
const MOST_COMPARED = 8;

function fewestWays(
  numbers: Iterable<number>,
  waysAround: (number: number) => readonly Region[],
): { readonly number: number; readonly ways: readonly Region[] } | undefined {
  let best: { number: number; ways: readonly Region[] } | undefined;
  for (const number of numbers) {
    const ways = waysAround(number);
    if (!best || ways.length < best.ways.length) best = { number, ways };
    if (best.ways.length < 2) break;
  }
  return best;
}

/** `proof`: requests are of no interest, and where one is likely to be met none is made. */
export type Purpose = "witness" | "proof";

/** What none of is to hold: those before `below`. */
export interface Others {
  readonly formulas: readonly Formula[];
  readonly match: FirstMatch;
  readonly below: number;
}

/** With the first half of the steps a shortest request is looked for, with the other any. */
export function search(
  space: Space,
  formula: Formula,
  others: Others,
  budget: Budget,
  purpose: Purpose,
): Found {
  const half = new Budget(Math.floor(budget.left / 2));
  const found = searched(space, formula, others, half, purpose, (region) => region.cost);
  budget.spend(half.spent);
  return half.isSpent ? searched(space, formula, others, budget, purpose, () => 0) : found;
}

function searched(
  space: Space,
  formula: Formula,
  others: Others,
  budget: Budget,
  purpose: Purpose,
  costOf: (region: Region) => number,
): Found {
  const regions = new Regions(space);
  const frontier = new Frontier<Region>();
  frontier.push(0, whole);
  const inTheWay = new Set<number>();
  const unreal: string[] = [];
  for (let region = frontier.pop(); region; region = frontier.pop()) {
    budget.spend();
    if (budget.isSpent) return { kind: "undecided", reason: SPENT };
    const go = (next: readonly Region[]): void => {
      for (const one of next) frontier.push(costOf(one), one);
    };
    const model = regions.model(region);
    if (!isTrue(formula, model)) {
      const ways = regions.ways(region, formula);
      budget.spend(ways.length);
      go(ways);
      continue;
    }
    const inside = region;
    const around = fewestWays(others.match.some(model, budget, others.below, MOST_COMPARED), (number) => {
      const ways = regions.ways(inside, space.formulas.not(others.formulas[number] ?? formula));
      budget.spend(ways.length);
      return ways;
    });
    if (around) {
      inTheWay.add(around.number);
      go(around.ways);
      continue;
    }
    if (purpose === "proof") return { kind: "undecided", reason: NOT_MADE };
    const made = realise(space, model, (actual) =>
      isTrue(formula, actual) && others.match.find(actual, budget, others.below) === others.below
        ? true
        : undefined,
    );
    if (made.kind === "request") return { kind: "met", request: made.request };
    unreal.push(made.reason);
    if (unreal.length > MOST_UNREAL) break;
    for (const attribute of made.attributes) go(regions.without(region, attribute));
  }
  const [reason = space.gap] = unreal;
  if (reason !== undefined) return { kind: "undecided", reason };
  return { kind: "never", by: [...inTheWay].sort((a, b) => a - b) };
}
