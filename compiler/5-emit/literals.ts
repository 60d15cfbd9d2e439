// The one door through which a policy's texts enter the program: as lists of byte values, never as source text. What a
// policy says can therefore not become code, whatever characters it holds.

/** A byte string in static memory, as the emitted source refers to it. */
export interface Literal {
  /** Two arguments: address and size. */
  readonly arguments: string;
  /** The address alone. */
  readonly pointer: string;
}

/** Collects the byte strings of one program; equal ones are one constant. */
export class Literals {
  readonly #names = new Map<string, string>();
  readonly #taken: Taken = new Map();

  /**
   * @param bytes a byte string: one character a byte
   * @param wish what to call it, where its own characters do not tell
   */
  of(bytes: string, wish = `T_${constantCase(bytes)}`): Literal {
    if (bytes === "") return { arguments: "0, 0", pointer: "0" };
    let name = this.#names.get(bytes);
    if (name === undefined) {
      name = unique(wish, this.#taken);
      this.#names.set(bytes, name);
    }
    return { arguments: `${name}, ${bytes.length}`, pointer: name };
  }

  /** The declarations, in the order of first use. */
  declarations(): string[] {
    return [...this.#names].map(([bytes, name]) => {
      const values = Array.from(bytes, (c) => c.charCodeAt(0)).join(", ");
      return `const ${name}: usize = memory.data<u8>([${values}]); // ${comment(JSON.stringify(bytes))}`;
    });
  }
}

/** Text for a comment: printable ASCII only, nothing that could end the comment. */
export function comment(text: string): string {
  return text
    .replace(/[^\x20-\x7e]/g, "?")
    .replaceAll("*/", "* /")
    .slice(0, 120);
}

/** `X_USER` from `x-user`: upper-case letters, digits and underscores, at most 24 of them. */
export function constantCase(text: string): string {
  const words = text.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return words.slice(0, 24).replace(/_+$/, "").toUpperCase() || "BYTES";
}

/** Names that are taken, each with the last number that was put behind it. */
export type Taken = Map<string, number>;

/** `name`, or `name_2` and so on where it is taken. */
export function unique(name: string, taken: Taken): string {
  let number = taken.get(name) ?? 0;
  let candidate = name;
  while (taken.has(candidate)) candidate = `${name}_${++number + 1}`;
  if (number > 0) taken.set(name, number);
  taken.set(candidate, 0);
  return candidate;
}
