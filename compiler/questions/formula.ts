// Conditions over atoms: each test is a set of atoms, and what is not to hold is turned inwards until it is one, too. Formulas
// that say the same in the same way are one object.
import type { AtomSet } from "./atom-set.ts";
import { complement, has, intersection, isFull, least, setKey, union } from "./atom-set.ts";

export type Formula =
  | { readonly op: "constant"; readonly value: boolean }
  | FormulaTest
  | { readonly op: "all" | "any"; readonly of: readonly Formula[] };

export interface FormulaTest {
  /**
   * - `in`: the atom of an attribute with one value, or none, is in the set.
   * - `some`: the attribute has a value whose atom is in the set.
   * - `none`: it has none such.
   */
  readonly op: "in" | "some" | "none";
  readonly attribute: number;
  readonly set: AtomSet;
}

/** Makes formulas over attributes with so many atoms each. */
export class Formulas {
  readonly #atoms: (attribute: number) => number;
  readonly #known = new Map<string, Formula>();
  readonly #numbers = new Map<Formula, number>();
  readonly #negations = new Map<Formula, Formula>();

  constructor(atoms: (attribute: number) => number) {
    this.#atoms = atoms;
  }

  constant(value: boolean): Formula {
    return this.#one(String(value), () => ({ op: "constant", value }));
  }

  test(op: FormulaTest["op"], attribute: number, set: AtomSet): Formula {
    const total = this.#atoms(attribute);
    if (least(set, total) === undefined) return this.constant(op === "none");
    // Of what may repeat even a full set asks that there is a value.
    if (op === "in" && isFull(set, total)) return this.constant(true);
    return this.#one(`${op} ${attribute} ${setKey(set)}`, () => ({ op, attribute, set }));
  }

  all(parts: readonly Formula[]): Formula {
    return this.#joined("all", parts);
  }

  any(parts: readonly Formula[]): Formula {
    return this.#joined("any", parts);
  }

  not(formula: Formula): Formula {
    let negation = this.#negations.get(formula);
    if (!negation) {
      this.#negations.set(formula, (negation = this.#negated(formula)));
      this.#negations.set(negation, formula);
    }
    return negation;
  }

  #negated(formula: Formula): Formula {
    switch (formula.op) {
      case "constant":
        return this.constant(!formula.value);
      case "in":
        return this.test("in", formula.attribute, complement(formula.set));
      case "some":
        return this.test("none", formula.attribute, formula.set);
      case "none":
        return this.test("some", formula.attribute, formula.set);
      case "all":
        return this.any(formula.of.map((part) => this.not(part)));
      case "any":
        return this.all(formula.of.map((part) => this.not(part)));
    }
  }

  #joined(op: "all" | "any", parts: readonly Formula[]): Formula {
    const decisive = op === "any";
    const flat = parts.flatMap((part) => (part.op === op ? part.of : [part]));
    const tests = new Map<string, FormulaTest>();
    const others = new Set<Formula>();
    for (const part of flat) {
      if (part.op === "constant") {
        if (part.value === decisive) return part;
        continue;
      }
      // Two values that are asked for need not be one, and of two that must be absent either will do.
      if (!isTest(part) || part.op === (decisive ? "none" : "some")) {
        others.add(part);
        continue;
      }
      const key = `${part.op} ${part.attribute}`;
      const before = tests.get(key);
      const join = part.op === "in" && !decisive ? intersection : union;
      tests.set(key, before ? { ...part, set: join(before.set, part.set) } : part);
    }
    for (const { op: kind, attribute, set } of tests.values()) {
      const whole = this.test(kind, attribute, set);
      if (whole.op !== "constant") others.add(whole);
      else if (whole.value === decisive) return whole;
    }
    const [first, second] = others;
    if (!first) return this.constant(!decisive);
    if (!second) return first;
    const of = [...others].sort((a, b) => this.#numberOf(a) - this.#numberOf(b));
    return this.#one(`${op} ${of.map((part) => this.#numberOf(part)).join()}`, () => ({ op, of }));
  }

  #numberOf(formula: Formula): number {
    return this.#numbers.get(formula) ?? -1;
  }

  #one(key: string, make: () => Formula): Formula {
    let formula = this.#known.get(key);
    if (!formula) {
      this.#known.set(key, (formula = make()));
      this.#numbers.set(formula, this.#numbers.size);
    }
    return formula;
  }
}

/** For each attribute its atom, or of one that may repeat all atoms of its values. */
export type Model = readonly (readonly number[])[];

/** Whether a formula holds where an attribute has these atoms. */
export function isTrue(formula: Formula, model: Model): boolean {
  switch (formula.op) {
    case "constant":
      return formula.value;
    case "in":
    case "some":
      return (model[formula.attribute] ?? []).some((atom) => has(formula.set, atom));
    case "none":
      return !(model[formula.attribute] ?? []).some((atom) => has(formula.set, atom));
    case "all":
      return formula.of.every((part) => isTrue(part, model));
    case "any":
      return formula.of.some((part) => isTrue(part, model));
  }
}

export function isTest(formula: Formula): formula is FormulaTest {
  return formula.op === "in" || formula.op === "some" || formula.op === "none";
}
