// Places inside a text: what a pattern's or an expression's offset is in the file. YAML has five ways to write a text, of
// which some escape characters, and some fold lines.
import type { Located, Span } from "./span.ts";

/** The span of a part of a text, by UTF-16 offsets into its value; at least one character long. */
export function inside(text: Located<string>, from: number, to = from + 1): Span {
  const { file, start, end } = text.span;
  const written = file.text.slice(start, end);
  const blanks = Array.from(text.value.slice(0, from)).filter(isBlank).length;
  const visible = from - blanks;
  const first = offsetOf(written, visible);
  // Of an alias, or at the text's end, nothing more exact can be said.
  if (first === undefined) return { file, start, end };
  const length = visibleIn(text.value.slice(from, Math.max(to, from + 1)));
  const last = length > 1 ? offsetOf(written, visible + length - 1) : first;
  const newline = written.indexOf("\n", first.start);
  const stop = Math.max(first.end, last?.end ?? first.end);
  const lineEnd = newline < 0 ? written.length : newline;
  return { file, start: start + first.start, end: start + Math.min(stop, Math.max(lineEnd, first.end)) };
}

const isBlank = (char: string): boolean => /\s/.test(char);
const visibleIn = (text: string): number => text.replace(/\s/g, "").length;

/**
 * Where the n-th character that is no blank stands in a text as it was written. White space may have been folded or be
 * indentation, so only the others are counted.
 */
function offsetOf(written: string, n: number): { start: number; end: number } | undefined {
  const body = /^[|>][^\n]*\n/.exec(written)?.[0].length ?? (/^["']/.test(written) ? 1 : 0);
  const quote = body === 1 && /^["']/.test(written) ? written.charAt(0) : "";
  const limit = quote === "" ? written.length : written.length - 1;
  let seen = 0;
  for (let at = body; at < limit;) {
    const size =
      quote === '"' ? escapeSize(written, at) : quote === "'" && written.startsWith("''", at) ? 2 : 1;
    const char = written.slice(at, at + size);
    if (!(size === 1 && isBlank(char)) && !/^\\[\n ntr]$/.test(char)) {
      if (seen === n) return { start: at, end: at + size };
      seen++;
    }
    at += size;
  }
  return undefined;
}

/** How long an escape sequence of a double-quoted text is; 1 where there is none. */
function escapeSize(written: string, at: number): number {
  if (written.charAt(at) !== "\\") return 1;
  return { x: 4, u: 6, U: 10 }[written.charAt(at + 1)] ?? 2;
}
