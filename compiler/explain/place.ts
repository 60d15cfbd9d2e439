// Where rules stand, and what they look like there.
import { printable, visible } from "../diagnostics/printable.ts";
import { plain, type Palette } from "../diagnostics/render.ts";
import type { Origin } from "../ir/program.ts";
import { lineOf, positionOf, type Span } from "../source/span.ts";

/** `FILE:LINE`, the file as messages show it. */
export function placeOf({ span }: Pick<Origin, "span">): string {
  return `${printable(span.file.shown)}:${positionOf(span.file, span.start).line}`;
}

/** A place for machines; lines and columns are counted from 1. */
export function placeToJson({ file, start, end }: Span): object {
  return { file: file.shown, ...positionOf(file, start), end: positionOf(file, end) };
}

const MOST_LINES = 8;
const LONGEST_LINE = 160;

/** The lines of a rule, numbered; of a long one the first. */
export function excerptOf(
  { span: { file, start, end } }: Pick<Origin, "span">,
  palette: Palette = plain,
): string[] {
  const first = positionOf(file, start).line;
  // A block ends where the next thing begins; white space behind it is not the rule's.
  const length = file.text.slice(start, end).trimEnd().length;
  const last = positionOf(file, start + Math.max(0, length - 1)).line;
  const shown = Math.min(last, first + MOST_LINES - 1);
  const width = String(shown).length;
  const bar = palette.dim("|");
  const lines = Array.from({ length: shown - first + 1 }, (_, i) => {
    const text = visible(lineOf(file, first + i));
    const short = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
    return `${palette.dim(String(first + i).padStart(width))} ${bar} ${short}`.trimEnd();
  });
  const more = last - shown;
  return more > 0 ? [...lines, `${" ".repeat(width)} ${bar} ${palette.dim(`… ${more} more lines`)}`] : lines;
}
