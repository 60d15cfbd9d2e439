// How much may still be done for an answer.

export class Budget {
  #left: number;
  /** Steps that were taken. */
  spent = 0;

  constructor(steps: number) {
    this.#left = steps;
  }

  spend(steps = 1): void {
    this.#left -= steps;
    this.spent += steps;
  }

  get left(): number {
    return Math.max(0, this.#left);
  }

  get isSpent(): boolean {
    return this.#left < 0;
  }
}
