import { lowerCase } from "./bytes.ts";

/**
 * The headers of one message: an ordered list in which a name may stand several times. Names are kept in
 * lower case; values are binary strings (one character is one byte). Pseudo headers (`:path`) come first.
 *
 * @example
 * const headers = new HeaderMap([["Accept", "a"], ["accept", "b"]]);
 * headers.get("ACCEPT"); // "a"
 * headers.getAll("accept"); // ["a", "b"]
 */
export class HeaderMap {
  // Two parallel arrays: a lookup then touches names only, and no tuple is allocated per header.
  private readonly names: string[] = [];
  private readonly values: string[] = [];

  constructor(entries?: Iterable<readonly [string, string]>) {
    if (entries !== undefined) for (const [name, value] of entries) this.add(name, value);
  }

  /** How many entries there are; a repeated name counts each time. */
  get size(): number {
    return this.names.length;
  }

  /** Name and value lengths summed up: what Envoy calls the map's size in bytes. */
  get byteSize(): number {
    let bytes = 0;
    for (let i = 0; i < this.names.length; i++) bytes += this.nameAt(i).length + this.valueAt(i).length;
    return bytes;
  }

  /** A copy of all entries, in order. */
  entries(): ReadonlyArray<readonly [string, string]> {
    return this.names.map((name, i) => [name, this.valueAt(i)] as const);
  }

  /** The name of entry `index`, for loops that must not allocate; `index` is below {@link size}. */
  nameAt(index: number): string {
    return this.names[index] as string;
  }

  /** The value of entry `index`; `index` is below {@link size}. */
  valueAt(index: number): string {
    return this.values[index] as string;
  }

  /** The first value of `name`, or undefined where it is absent. */
  get(name: string): string | undefined {
    const index = this.names.indexOf(lowerCase(name));
    return index < 0 ? undefined : this.values[index];
  }

  /** Every value of `name`, in order. */
  getAll(name: string): string[] {
    const wanted = lowerCase(name);
    return this.values.filter((_, i) => this.names[i] === wanted);
  }

  /**
   * Makes `value` the only value of `name`. Like Envoy's replace it removes every entry and adds a new one,
   * so a header that was there moves to the end (a pseudo header to the end of the pseudo headers).
   */
  set(name: string, value: string): void {
    const wanted = lowerCase(name);
    const index = this.names.indexOf(wanted);
    if (index >= 0) this.removeFrom(index, wanted);
    this.insert(wanted, value);
  }

  /** Appends an entry, whether or not the name is there already. */
  add(name: string, value: string): void {
    this.insert(lowerCase(name), value);
  }

  private insert(lower: string, value: string): void {
    if (lower.charCodeAt(0) === 0x3a /* : */) {
      let index = 0;
      while (index < this.names.length && this.nameAt(index).charCodeAt(0) === 0x3a) index++;
      this.names.splice(index, 0, lower);
      this.values.splice(index, 0, value);
    } else {
      this.names.push(lower);
      this.values.push(value);
    }
  }

  /** Gives the first entry of `name` another value where it stands; does nothing where it is absent. */
  overwriteFirst(name: string, value: string): void {
    const index = this.names.indexOf(lowerCase(name));
    if (index >= 0) this.values[index] = value;
  }

  /** Removes every entry of `name`. */
  remove(name: string): void {
    const wanted = lowerCase(name);
    const index = this.names.indexOf(wanted);
    if (index >= 0) this.removeFrom(index, wanted);
  }

  /** Removes all entries. */
  clear(): void {
    this.names.length = 0;
    this.values.length = 0;
  }

  clone(): HeaderMap {
    const copy = new HeaderMap();
    for (let i = 0; i < this.names.length; i++) {
      copy.names.push(this.nameAt(i));
      copy.values.push(this.valueAt(i));
    }
    return copy;
  }

  private removeFrom(first: number, name: string): void {
    for (let i = this.names.length - 1; i >= first; i--) {
      if (this.names[i] !== name) continue;
      this.names.splice(i, 1);
      this.values.splice(i, 1);
    }
  }
}
