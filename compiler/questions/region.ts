// A part of all requests: for some attributes which atoms are left. The search begins with all requests and tightens; what a
// region's cheapest model costs, no request in it falls below.
import { complement, everything, intersection, least, nothing, union, type AtomSet } from "./atom-set.ts";
import { isTest, isTrue, type Formula, type FormulaTest, type Model } from "./formula.ts";
import type { Space } from "./space.ts";

export interface Region {
  /** Of its cheapest model. */
  readonly cost: number;
  /** By attribute; of others everything is left. */
  readonly left: ReadonlyMap<number, Left>;
}

type Left =
  /** Of an attribute with one value, or none. */
  | { readonly kind: "one"; readonly atoms: AtomSet; readonly cost: number }
  /** Of one that may repeat: there must be a value out of each of `values`, and none of `banned`, which they do not have. */
  | {
      readonly kind: "several";
      readonly values: readonly AtomSet[];
      readonly banned: AtomSet;
      readonly cost: number;
    };

const unbanned: { readonly values: readonly AtomSet[]; readonly banned: AtomSet } = {
  values: [],
  banned: nothing,
};

export const whole: Region = { cost: 0, left: new Map() };

export class Regions {
  readonly #space: Space;

  constructor(space: Space) {
    this.#space = space;
  }

  /** The cheapest model of a region. */
  model({ left }: Region): Model {
    if (left.size === 0) return this.#space.usual;
    const model = [...this.#space.usual];
    for (const [attribute, of] of left) {
      const sets = of.kind === "one" ? [of.atoms] : of.values;
      model[attribute] = [...new Set(sets.map((set) => this.#least(attribute, set) ?? 0))];
    }
    return model;
  }

  /**
   * Parts of a region that together have all of its requests for which a formula holds, which it does not for the region's
   * cheapest model. In none of them is that one left; more of the formula may still have to be asked for.
   */
  ways(region: Region, formula: Formula): Region[] {
    return this.#ways(region, formula, this.model(region));
  }

  /** What is left without those requests that have the same atoms of an attribute as the cheapest model. */
  without(region: Region, attribute: number): Region[] {
    const { dimensions, formulas } = this.#space;
    const atoms = [...(this.model(region)[attribute] ?? [])].sort((a, b) => a - b);
    const op = dimensions[attribute]?.atoms.repeats ? "some" : "in";
    return this.ways(region, formulas.not(formulas.test(op, attribute, { cofinite: false, atoms })));
  }

  /** The atoms of an attribute with one value that are left; undefined where it may repeat. */
  atomsLeft(region: Region, attribute: number): AtomSet | undefined {
    if (this.#space.dimensions[attribute]?.atoms.repeats) return undefined;
    const left = region.left.get(attribute);
    return left?.kind === "one" ? left.atoms : everything;
  }

  #ways(region: Region, formula: Formula, model: Model): Region[] {
    switch (formula.op) {
      case "constant":
        return formula.value ? [region] : [];
      case "in":
      case "some":
      case "none":
        return this.#tightened(region, formula);
      case "all":
        return this.#waysOfAll(region, formula.of, model);
      case "any":
        return this.#waysOfAny(region, formula.of, model);
    }
  }

  #waysOfAll(region: Region, parts: readonly Formula[], model: Model): Region[] {
    let regions = [region];
    let tighter = false;
    for (const part of parts) {
      if (!isTest(part)) continue;
      const holds = isTrue(part, model);
      tighter ||= !holds;
      // One more value is only asked for where none of those that are there will do.
      if (part.op === "some" && holds) continue;
      regions = regions.flatMap((one) => this.#tightened(one, part));
    }
    const open = tighter ? undefined : parts.find((part) => !isTrue(part, model));
    return open ? regions.flatMap((one) => this.#ways(one, open, model)) : regions;
  }

  /** Parts that have no request in common, as far as tests tell them apart. */
  #waysOfAny(region: Region, parts: readonly Formula[], model: Model): Region[] {
    const found: Region[] = [];
    let rest = [region];
    for (const part of parts) {
      for (const one of rest) found.push(...this.#ways(one, part, model));
      if (!isTest(part)) continue;
      const negation = this.#space.formulas.not(part);
      rest = isTest(negation) ? rest.flatMap((one) => this.#tightened(one, negation)) : [];
    }
    return found;
  }

  #tightened(region: Region, { op, attribute, set }: FormulaTest): Region[] {
    if (op === "in") {
      const before = region.left.get(attribute);
      const atoms = before?.kind === "one" ? intersection(before.atoms, set) : set;
      const cost = this.#costOf(attribute, atoms);
      return cost === undefined ? [] : [this.#with(region, attribute, { kind: "one", atoms, cost })];
    }
    const before = region.left.get(attribute);
    const { values, banned } = before?.kind === "several" ? before : unbanned;
    if (op === "none") {
      const kept = values.map((value) => intersection(value, complement(set)));
      return this.#several(region, attribute, kept, union(banned, set));
    }
    const wanted = intersection(set, complement(banned));
    return [
      ...values.flatMap((value, at) =>
        this.#several(region, attribute, values.with(at, intersection(value, wanted)), banned),
      ),
      ...this.#several(region, attribute, [...values, wanted], banned),
    ];
  }

  #several(region: Region, attribute: number, values: readonly AtomSet[], banned: AtomSet): Region[] {
    let cost = 0;
    for (const value of values) {
      const least = this.#costOf(attribute, value);
      if (least === undefined) return [];
      cost += least;
    }
    return [this.#with(region, attribute, { kind: "several", values, banned, cost })];
  }

  #with(region: Region, attribute: number, left: Left): Region {
    const before = region.left.get(attribute)?.cost ?? this.#usualCost(attribute);
    return { cost: region.cost - before + left.cost, left: new Map(region.left).set(attribute, left) };
  }

  #usualCost(attribute: number): number {
    const { atoms } = this.#space.dimensions[attribute] ?? {};
    return atoms && !atoms.repeats ? (atoms.list[0]?.cost ?? 0) : 0;
  }

  /** What the cheapest atom costs; undefined where there is none. */
  #costOf(attribute: number, set: AtomSet): number | undefined {
    const atom = this.#least(attribute, set);
    return atom === undefined ? undefined : this.#space.dimensions[attribute]?.atoms.list[atom]?.cost;
  }

  #least(attribute: number, set: AtomSet): number | undefined {
    return least(set, this.#space.dimensions[attribute]?.atoms.list.length ?? 0);
  }
}
