// Looking for a shortest request for which a formula holds and none of some others does. The cheapest model of what is left is
// tried; whatever of the others it runs into is then asked not to hold. So of ten thousand others only those are looked at
// that are in the way, and when nothing is left there is no such request.
import type { Request } from "../ir/interpret.ts";
import type { Budget } from "./budget.ts";
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

/** `proof`: requests are of no interest, and where one is likely to be met none is made. */
export type Purpose = "witness" | "proof";

/** @param below of the others, those before this number */
export function search(
  space: Space,
  formula: Formula,
  others: { readonly formulas: readonly Formula[]; readonly match: FirstMatch; readonly below: number },
  budget: Budget,
  purpose: Purpose,
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
      budget.spend(next.length);
      for (const one of next) frontier.push(one.cost, one);
    };
    const model = regions.model(region);
    if (!isTrue(formula, model)) {
      go(regions.ways(region, formula));
      continue;
    }
    const first = others.match.find(model, budget, others.below);
    const other = first < others.below ? others.formulas[first] : undefined;
    if (other) {
      inTheWay.add(first);
      go(regions.ways(region, space.formulas.not(other)));
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
