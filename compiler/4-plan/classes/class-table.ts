// Classes in the making: values that satisfy the same tests are one class. Class 0 satisfies none, and is also the class of
// an attribute that has no value.

/** One class of values. */
export interface ValueClass {
  /** The tests that its values satisfy, ascending. */
  readonly tests: readonly number[];
  /** A shortest value of it that is known, as a byte string. Of class 0 there may be none but absence. */
  witness: string | undefined;
}

/** The patterns overlap too much: together the classes name more tests than this. */
export class TooManyClasses extends Error {}

const MAX_NAMED = 4_000_000;
/** Filters keep a class in 16 bits. */
const MAX_CLASSES = 65_535;

export class ClassTable {
  readonly classes: ValueClass[] = [{ tests: [], witness: undefined }];
  readonly #numbers = new Map<string, number>([["", 0]]);
  #named = 0;

  /** The number of the class whose values satisfy exactly these tests. A shorter witness takes an earlier one's place. */
  of(tests: readonly number[], witness: string | undefined): number {
    const sorted = [...new Set(tests)].sort((a, b) => a - b);
    const key = sorted.join();
    let number = this.#numbers.get(key);
    if (number === undefined) {
      this.#named += sorted.length;
      if (this.#named > MAX_NAMED || this.classes.length === MAX_CLASSES) throw new TooManyClasses();
      number = this.classes.push({ tests: sorted, witness }) - 1;
      this.#numbers.set(key, number);
    }
    const known = this.classes[number];
    if (known && witness !== undefined && (known.witness?.length ?? Infinity) > witness.length) {
      known.witness = witness;
    }
    return number;
  }
}
