// A policy's own key set: written into it, or in a file beside it.
import type { Located } from "../../source/span.ts";

const FILE = "file:";

/** The key set's text; undefined where it is in a file that cannot be read. No key set in JSON begins as a file's name does. */
export function keySetText({ value, span }: Located<string>): string | undefined {
  return value.startsWith(FILE) ? span.file.beside?.(value.slice(FILE.length)) : value;
}
