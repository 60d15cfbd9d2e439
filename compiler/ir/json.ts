// JSON as tokens hold it (RFC 8259, UTF-8), with all that `JSON.parse` loses: members that are there twice, and numbers as
// they are written. Slow and plain; the filter's own reader is held against it.
import { byteString } from "../http/header-syntax.ts";

/** Texts and names are byte strings of UTF-8, numbers as written. */
export type Json =
  | { readonly kind: "text" | "number"; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
  | { readonly kind: "list"; readonly items: readonly Json[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [name: string, value: Json])[] };

/** Lists and objects within each other. */
export const JSON_DEPTH_MAX = 64;

/** Reads a byte string; undefined where it is no JSON, or nested too deeply. */
export function readJson(bytes: string): Json | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, "latin1"));
  } catch {
    return undefined;
  }
  const reader = new Reader(text);
  try {
    return reader.whole();
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

class NotJson extends Error {}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Json {
    const value = this.#value(0);
    this.#take(/[ \t\n\r]*/y);
    if (this.#at !== this.#text.length) throw new NotJson();
    return value;
  }

  #value(depth: number): Json {
    this.#take(/[ \t\n\r]*/y);
    const next = this.#text[this.#at];
    if (next === "{" || next === "[") {
      if (depth === JSON_DEPTH_MAX) throw new NotJson();
      return next === "{" ? this.#object(depth) : this.#list(depth);
    }
    if (next === '"') return { kind: "text", text: this.#string() };
    const word = this.#take(/true|false|null/y);
    if (word === "null") return { kind: "null" };
    if (word !== "") return { kind: "boolean", value: word === "true" };
    const number = this.#take(/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y);
    if (number === "") throw new NotJson();
    return { kind: "number", text: number };
  }

  #list(depth: number): Json {
    const items: Json[] = [];
    this.#at++;
    if (this.#sign("]")) return { kind: "list", items };
    do items.push(this.#value(depth + 1));
    while (this.#sign(","));
    if (!this.#sign("]")) throw new NotJson();
    return { kind: "list", items };
  }

  #object(depth: number): Json {
    const members: [string, Json][] = [];
    this.#at++;
    if (this.#sign("}")) return { kind: "object", members };
    do {
      this.#take(/[ \t\n\r]*/y);
      const name = this.#string();
      if (!this.#sign(":")) throw new NotJson();
      members.push([name, this.#value(depth + 1)]);
    } while (this.#sign(","));
    if (!this.#sign("}")) throw new NotJson();
    return { kind: "object", members };
  }

  #string(): string {
    // eslint-disable-next-line no-control-regex -- no control character may stand in a text
    const written = this.#take(/"([^"\\\u0000-\u001f]|\\(["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
    if (written === "") throw new NotJson();
    const text = JSON.parse(written) as string;
    // Half a character has no bytes.
    if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text))
      throw new NotJson();
    return byteString(text);
  }

  #sign(sign: string): boolean {
    this.#take(/[ \t\n\r]*/y);
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }
}
