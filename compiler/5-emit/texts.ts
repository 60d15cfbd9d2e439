// Texts side by side, for tables that say where each begins.

export class Texts {
  #parts: string[] = [];
  #size = 0;
  readonly #places = new Map<string, number>();

  /** Where a text stands, in bytes, and its size; equal ones stand once. */
  place(text: string): [at: number, size: number] {
    let at = this.#places.get(text);
    if (at === undefined) {
      this.#places.set(text, (at = this.#size));
      this.#parts.push(text);
      this.#size += text.length;
    }
    return [at, text.length];
  }

  get bytes(): string {
    return this.#parts.join("");
  }
}

/** A byte string as the words of a table of bytes. */
export function bytesOf(text: string): number[] {
  return Array.from(text, (c) => c.charCodeAt(0));
}
