// Texts in the columns of a terminal. Colours take none, wide characters two.
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

/** How many columns a text takes. */
export function columnsOf(text: string): number {
  return stringWidth(text);
}

/**
 * A text in lines of at most `width` columns, broken between words, and within one that is longer than a line. `Infinity`:
 * lines stay as they are.
 */
export function wrapped(text: string, width: number): string[] {
  if (width === Infinity) return text.split("\n");
  return wrapAnsi(text, Math.max(1, width), { hard: true }).split("\n");
}

/** A paragraph behind `head`, with its other lines below its first. */
export function hanging(head: string, text: string, width: number): string[] {
  const indent = columnsOf(head);
  // Where hardly a word fits beside the head, the terminal may break lines where it likes.
  const lines = width - indent < NARROWEST ? text.split("\n") : wrapped(text, width - indent);
  return lines.map((line, i) => (i === 0 ? head : " ".repeat(indent)) + line);
}

const NARROWEST = 16;
