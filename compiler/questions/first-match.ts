// Which formula of a list is the first that holds for a model, without trying them all: each stands under atoms of which a model
// must have one for it to hold.
import { atomsOf, has, sizeOf, type AtomSet } from "./atom-set.ts";
import type { Budget } from "./budget.ts";
import { isTrue, type Formula, type Model } from "./formula.ts";
import type { Region, Regions } from "./region.ts";
import type { Space } from "./space.ts";

interface Key {
  readonly attribute: number;
  readonly set: AtomSet;
  readonly size: number;
  /** How many of all models have one of them, at a guess. */
  readonly share: number;
}

/** A formula that would stand under more atoms than these stands under none. */
const MAX_KEYS = 20_000;

export class FirstMatch {
  /** How many formulas there are. */
  readonly size: number;
  readonly #formulas: readonly Formula[];
  /** What looking at each costs, in steps. */
  readonly #prices: readonly number[];
  /** By attribute and atom the numbers of formulas, ascending. */
  readonly #under = new Map<number, Map<number, number[]>>();
  /** Those that stand under no atom. */
  readonly #always: number[] = [];
  readonly #space: Space;

  constructor(formulas: readonly Formula[], space: Space) {
    this.#formulas = formulas;
    this.#space = space;
    this.size = formulas.length;
    this.#prices = formulas.map((formula) => Math.ceil(testsIn(formula) / TESTS_A_STEP));
    formulas.forEach((formula, number) => {
      const keys = this.#keysOf(formula);
      if (!keys) this.#always.push(number);
      else for (const key of keys) this.#put(key, number);
    });
  }

  /** The first before `below` that holds, else `below`. */
  find(model: Model, budget: Budget, below = this.size): number {
    let best = below;
    for (const numbers of this.#listsOf(model)) {
      for (const number of numbers) {
        if (number >= best) break;
        if (this.#holds(number, model, budget)) best = number;
      }
    }
    return best;
  }

  /** Those before `below` that hold, `most` at most, in no order. */
  some(model: Model, budget: Budget, below: number, most: number): ReadonlySet<number> {
    const found = new Set<number>();
    for (const numbers of this.#listsOf(model)) {
      for (const number of numbers) {
        if (number >= below || found.size >= most) break;
        if (this.#holds(number, model, budget)) found.add(number);
      }
    }
    return found;
  }

  /** All that may hold for a model, in ascending lists. */
  *#listsOf(model: Model): Iterable<readonly number[]> {
    yield this.#always;
    for (const [attribute, byAtom] of this.#under) {
      for (const atom of model[attribute] ?? []) {
        const numbers = byAtom.get(atom);
        if (numbers) yield numbers;
      }
    }
  }

  #holds(number: number, model: Model, budget: Budget): boolean {
    budget.spend(this.#prices[number]);
    const formula = this.#formulas[number];
    return formula !== undefined && isTrue(formula, model);
  }

  /** Those that may hold somewhere in a region, and perhaps some more. */
  possible(region: Region, regions: Regions): Iterable<number> {
    const found = new Set(this.#always);
    for (const [attribute, byAtom] of this.#under) {
      const left = regions.atomsLeft(region, attribute);
      const atoms =
        left && !left.cofinite
          ? left.atoms
          : [...byAtom.keys()].filter((atom) => left === undefined || has(left, atom));
      for (const atom of atoms) for (const number of byAtom.get(atom) ?? []) found.add(number);
    }
    return found;
  }

  #put({ attribute, set }: Key, number: number): void {
    let byAtom = this.#under.get(attribute);
    if (!byAtom) this.#under.set(attribute, (byAtom = new Map<number, number[]>()));
    for (const atom of atomsOf(set, this.#total(attribute))) {
      const list = byAtom.get(atom);
      if (!list) byAtom.set(atom, [number]);
      else if (list.at(-1) !== number) list.push(number);
    }
  }

  /** Atoms such that a model without any of them does not make the formula true. */
  #keysOf(formula: Formula): readonly Key[] | undefined {
    switch (formula.op) {
      case "constant":
        return formula.value ? undefined : [];
      case "none":
        return undefined;
      case "in":
      case "some": {
        const { attribute, set } = formula;
        const total = this.#total(attribute);
        const size = sizeOf(set, total);
        if (size > MAX_KEYS || (set.cofinite && size > 64)) return undefined;
        // Most models have the cheapest atom; where values may repeat, regions rule out hardly any.
        const usual = formula.op === "in" && has(set, 0) ? 1 : 0;
        const repeats = formula.op === "some" ? 0.5 : 0;
        return [{ attribute, set, size, share: size / total + usual + repeats }];
      }
      case "all": {
        const keys = formula.of.flatMap((part) => {
          const found = this.#keysOf(part);
          return found ? [{ found, share: found.reduce((sum, { share }) => sum + share, 0) }] : [];
        });
        const best = keys.reduce<(typeof keys)[number] | undefined>(
          (least, next) => (least && least.share <= next.share ? least : next),
          undefined,
        );
        return best?.found;
      }
      case "any": {
        const found: Key[] = [];
        for (const part of formula.of) {
          const keys = this.#keysOf(part);
          if (!keys) return undefined;
          found.push(...keys);
        }
        return found.reduce((sum, { size }) => sum + size, 0) > MAX_KEYS ? undefined : found;
      }
    }
  }

  #total(attribute: number): number {
    return this.#space.dimensions[attribute]?.atoms.list.length ?? 0;
  }
}

const TESTS_A_STEP = 16;

function testsIn(formula: Formula): number {
  if (formula.op !== "all" && formula.op !== "any") return 1;
  return formula.of.reduce((sum, part) => sum + testsIn(part), 0);
}
