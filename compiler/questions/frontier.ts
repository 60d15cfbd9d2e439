// What is still to be looked at, the cheapest first; of what costs the same the latest.

export class Frontier<T> {
  readonly #byCost = new Map<number, T[]>();
  /** Costs that have something, ascending. */
  readonly #costs: number[] = [];

  push(cost: number, item: T): void {
    const list = this.#byCost.get(cost);
    if (list) {
      list.push(item);
      return;
    }
    this.#byCost.set(cost, [item]);
    const at = this.#costs.findIndex((other) => other > cost);
    this.#costs.splice(at < 0 ? this.#costs.length : at, 0, cost);
  }

  pop(): T | undefined {
    const [cost] = this.#costs;
    if (cost === undefined) return undefined;
    const list = this.#byCost.get(cost);
    const item = list?.pop();
    if (!list?.length) {
      this.#byCost.delete(cost);
      this.#costs.shift();
    }
    return item;
  }
}
