// Two lists side by side: for each pair of outcomes that some request meets, a shortest such request.
//
// A request that the lists decide differently is first matched by a rule of the old list and one of the new. Rules that both
// have in the same order cannot both be these: were they two, the earlier one would have matched in both lists. So at
// least one of them stands in one list alone, and only pairs with such a one are looked into: few, where little was changed.
import type { Condition } from "../ir/program.ts";
import type { Request } from "../ir/interpret.ts";
import type { Budget } from "./budget.ts";
import { FirstMatch } from "./first-match.ts";
import { isTrue, type Formula, type Model } from "./formula.ts";
import { Frontier } from "./frontier.ts";
import { realise } from "./realise.ts";
import { Regions, whole, type Region } from "./region.ts";
import { MOST_UNREAL, SPENT } from "./search.ts";
import { spaceOf, type Space } from "./space.ts";

interface Rule {
  readonly when: Condition;
  readonly outcome: string;
}

export interface Compared {
  readonly found: readonly { readonly from: string; readonly to: string; readonly request: Request }[];
  readonly undecided: readonly { readonly from?: string; readonly to?: string; readonly reason: string }[];
  readonly space: Space;
}

/** One of the lists; behind its rules stands what holds always and leads to nothing. */
interface Side {
  readonly formulas: readonly Formula[];
  readonly outcomes: readonly string[];
  readonly match: FirstMatch;
  /** Whether the other list has the rule as well, in the same order. */
  readonly shared: readonly boolean[];
}

/** Requests that a rule of one list, or one of each, is to match first. */
interface Pending {
  readonly region: Region;
  /** Undefined: any. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Throws TooLarge. */
export function compare(before: readonly Rule[], after: readonly Rule[], budget: Budget): Compared {
  const space = spaceOf([...before, ...after].map(({ when }) => when));
  const search = new Comparison(space, before, after, budget);
  return { ...search.run(), space };
}

class Comparison {
  readonly #space: Space;
  readonly #regions: Regions;
  readonly #budget: Budget;
  readonly #before: Side;
  readonly #after: Side;
  readonly #frontier = new Frontier<Pending>();
  #inDepth = false;
  readonly #found = new Map<string, Compared["found"][number]>();
  readonly #unreal = new Map<string, { from: string; to: string; reason: string; times: number }>();

  constructor(space: Space, before: readonly Rule[], after: readonly Rule[], budget: Budget) {
    this.#space = space;
    this.#regions = new Regions(space);
    this.#budget = budget;
    const always = space.formulas.constant(true);
    const old = [...space.conditions.slice(0, before.length), always];
    const young = [...space.conditions.slice(before.length), always];
    const oldOutcomes = [...before.map(({ outcome }) => outcome), ""];
    const newOutcomes = [...after.map(({ outcome }) => outcome), ""];
    const numbers = new Map<Formula, number>();
    const shared = inBoth(keysOf(old, oldOutcomes, numbers), keysOf(young, newOutcomes, numbers));
    const side = (formulas: Formula[], outcomes: string[], kept: ReadonlySet<number>): Side => ({
      formulas,
      outcomes,
      match: new FirstMatch(formulas, space),
      shared: formulas.map((_, number) => kept.has(number)),
    });
    this.#before = side(old, oldOutcomes, new Set(shared.keys()));
    this.#after = side(young, newOutcomes, new Set(shared.values()));
  }

  run(): Omit<Compared, "space"> {
    this.#before.shared.forEach((shared, before) => {
      if (!shared) this.#push({ region: whole, before, after: undefined });
    });
    this.#after.shared.forEach((shared, after) => {
      if (!shared) this.#push({ region: whole, before: undefined, after });
    });
    const half = this.#budget.left / 2;
    for (let pending = this.#frontier.pop(); pending; pending = this.#frontier.pop()) {
      this.#budget.spend();
      if (this.#budget.isSpent) break;
      if (!this.#inDepth && this.#budget.left < half) this.#goInDepth();
      this.#look(pending);
    }
    const undecided: Compared["undecided"][number][] = [...this.#unreal.values()]
      .filter(({ from, to }) => !this.#found.has(pairKey(from, to)))
      .map(({ from, to, reason }) => ({ from, to, reason }));
    if (this.#budget.isSpent) undecided.push({ reason: SPENT });
    if (this.#space.gap !== undefined) undecided.push({ reason: this.#space.gap });
    return { found: [...this.#found.values()], undecided };
  }

  #push(pending: Pending): void {
    this.#frontier.push(this.#inDepth ? 0 : pending.region.cost, pending);
  }

  /** From here on any request will do: of what is left the cheapest comes first, and then what comes of it. */
  #goInDepth(): void {
    this.#inDepth = true;
    const left: Pending[] = [];
    for (let pending = this.#frontier.pop(); pending; pending = this.#frontier.pop()) left.push(pending);
    for (const pending of left.reverse()) this.#push(pending);
  }

  #look(pending: Pending): void {
    const { region, before, after } = pending;
    if (before !== undefined && after !== undefined && this.#isDone(before, after)) return;
    const model = this.#regions.model(region);
    for (const [side, number] of [
      [this.#before, before],
      [this.#after, after],
    ] as const) {
      const formula = number === undefined ? undefined : side.formulas[number];
      if (formula && !isTrue(formula, model)) {
        this.#tighten(pending, formula);
        return;
      }
    }
    if (before === undefined || after === undefined) {
      this.#pairUp(pending);
      return;
    }
    const wrong =
      this.#leadingElsewhere(this.#before, before, model) ??
      this.#leadingElsewhere(this.#after, after, model);
    if (wrong) this.#tighten(pending, this.#space.formulas.not(wrong));
    else this.#witness(pending, model, before, after);
  }

  /** The rule that decides in place of this one, unless it leads to the same: then it will do as well. */
  #leadingElsewhere({ match, outcomes, formulas }: Side, rule: number, model: Model): Formula | undefined {
    const first = match.find(model, this.#budget, rule);
    return outcomes[first] === outcomes[rule] ? undefined : formulas[first];
  }

  /** The same requests, with each rule of the other list by which they may be matched first. */
  #pairUp(pending: Pending): void {
    const { region, before, after } = pending;
    if (before === undefined) {
      for (const number of this.#before.match.possible(region, this.#regions)) {
        this.#budget.spend();
        if (!this.#isDone(number, after ?? 0)) this.#push({ region, before: number, after });
      }
      return;
    }
    for (const number of this.#after.match.possible(region, this.#regions)) {
      this.#budget.spend();
      // What stands in the new list alone looks for its pairs itself.
      if (this.#after.shared[number] && !this.#isDone(before, number))
        this.#push({ region, before, after: number });
    }
  }

  #isDone(before: number, after: number): boolean {
    const [from = "", to = ""] = [this.#before.outcomes[before], this.#after.outcomes[after]];
    return from === to || this.#found.has(pairKey(from, to));
  }

  #tighten(pending: Pending, formula: Formula): void {
    const regions = this.#regions.ways(pending.region, formula);
    this.#budget.spend(regions.length);
    for (const region of regions) this.#push({ ...pending, region });
  }

  #witness(pending: Pending, model: Model, before: number, after: number): void {
    const [from = "", to = ""] = [this.#before.outcomes[before], this.#after.outcomes[after]];
    const made = realise(this.#space, model, (actual) => {
      const first = this.#before.match.find(actual, this.#budget);
      const second = this.#after.match.find(actual, this.#budget);
      return this.#before.outcomes[first] === from && this.#after.outcomes[second] === to ? true : undefined;
    });
    const key = pairKey(from, to);
    if (made.kind === "request") {
      this.#found.set(key, { from, to, request: made.request });
      return;
    }
    const unreal = this.#unreal.get(key) ?? { from, to, reason: made.reason, times: 0 };
    unreal.times++;
    this.#unreal.set(key, unreal);
    if (unreal.times > MOST_UNREAL) return;
    for (const attribute of made.attributes) {
      for (const region of this.#regions.without(pending.region, attribute))
        this.#push({ ...pending, region });
    }
  }
}

function pairKey(from: string, to: string): string {
  return JSON.stringify([from, to]);
}

/** Rules that both lists have in the same order, by their numbers: as many as there can be. */
function inBoth(before: readonly string[], after: readonly string[]): ReadonlyMap<number, number> {
  const numbers = new Map(after.map((key, number) => [key, number]));
  const common = before.flatMap((key, old) => {
    const young = numbers.get(key);
    return young === undefined ? [] : [{ old, young }];
  });
  return new Map(longestAscending(common).map(({ old, young }) => [old, young]));
}

/** Of pairs in the order of `old` a longest part that is in the order of `young` as well (patience sorting). */
function longestAscending<T extends { readonly young: number }>(pairs: readonly T[]): readonly T[] {
  interface Link {
    readonly pair: T;
    readonly before: Link | undefined;
  }
  /** By length the part that ends lowest. */
  const best: Link[] = [];
  for (const pair of pairs) {
    let low = 0;
    let high = best.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((best[middle]?.pair.young ?? 0) < pair.young) low = middle + 1;
      else high = middle;
    }
    best[low] = { pair, before: best[low - 1] };
  }
  const found: T[] = [];
  for (let link = best.at(-1); link; link = link.before) found.push(link.pair);
  return found.reverse();
}

/** For each rule a key: how often it stood before is part of it, so that no two of a list have the same. */
function keysOf(
  formulas: readonly Formula[],
  outcomes: readonly string[],
  numbers: Map<Formula, number>,
): readonly string[] {
  const times = new Map<string, number>();
  return formulas.map((formula, i) => {
    const number = numbers.get(formula) ?? numbers.size;
    numbers.set(formula, number);
    const key = `${number} ${outcomes[i] ?? ""}`;
    const time = times.get(key) ?? 0;
    times.set(key, time + 1);
    return `${time} ${key}`;
  });
}
