// Outcomes of lists as short texts: equal ones for what is equal, whichever version it stands in.
import { canonical } from "./canonical.ts";

export class Labels<T> {
  readonly #numbers = new Map<string, string>();
  readonly #meanings = new Map<string, T>();

  of(meaning: T): string {
    const text = canonical(meaning);
    let label = this.#numbers.get(text);
    if (label === undefined) {
      label = String(this.#numbers.size);
      this.#numbers.set(text, label);
      this.#meanings.set(label, meaning);
    }
    return label;
  }

  /** Undefined of what is no label of these. */
  meaning(label: string): T | undefined {
    return this.#meanings.get(label);
  }
}
