// Diagnostics as a person reads them: the finding, its place, the line with a caret, the remedy.
import { lineOf, positionOf, type SourceFile } from "../source/span.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { printable, visible } from "./printable.ts";
import { columnsOf, hanging } from "./wrap.ts";

/** Colours for one kind of terminal; the identity where there are none. */
export type Palette = Readonly<
  Record<"error" | "warning" | "note" | "good" | "bold" | "dim", (text: string) => string>
>;

const identity = (text: string): string => text;
export const plain: Palette = {
  error: identity,
  warning: identity,
  note: identity,
  good: identity,
  bold: identity,
  dim: identity,
};

/**
 * One diagnostic as text of several lines, without a final newline. `width`: columns of the terminal, so that words stay
 * whole; `Infinity` where there is none.
 */
export function renderDiagnostic(diagnostic: Diagnostic, palette: Palette = plain, width = Infinity): string {
  const paint = palette[diagnostic.severity];
  const head = `${paint(`${diagnostic.severity}[${diagnostic.code}]`)}${palette.bold(":")} `;
  const lines = hanging(head, palette.bold(diagnostic.message), width);
  let gutter = "";
  if (diagnostic.span) {
    const { file, start, end } = diagnostic.span;
    const { line, column } = positionOf(file, start);
    gutter = " ".repeat(String(line).length);
    const { text, before } = excerpt(file, line, column, width - gutter.length - " | ".length);
    const length = Math.max(1, Math.min(end - start, text.length - before));
    const bar = palette.dim("|");
    // Tabs stay tabs, so that the caret stands under what it means however wide they are shown.
    const indent = text
      .slice(0, before)
      .split("\t")
      .map((part) => " ".repeat(columnsOf(part)))
      .join("\t");
    const carets = "^".repeat(Math.max(1, columnsOf(text.slice(before, before + length))));
    const caret = paint(carets + (diagnostic.label ? ` ${diagnostic.label}` : ""));
    lines.push(
      `${gutter}${palette.dim("-->")} ${printable(file.shown)}:${line}:${column}`,
      `${gutter} ${bar}`,
      `${palette.dim(String(line))} ${bar} ${text}`,
      `${gutter} ${bar} ${indent}${caret}`,
    );
  }
  if (diagnostic.help)
    lines.push(...hanging(`${gutter} ${palette.dim("=")} ${palette.bold("help")}: `, diagnostic.help, width));
  return lines.map((line) => line.trimEnd()).join("\n");
}

const LONGEST_LINE = 160;
const SHORTEST_LINE = 40;
/** How much of a long line stands before the caret. */
const BEFORE_CARET = 3 / 8;

/** The line to show, of a long one the part around the column, and how many characters stand before the column. */
function excerpt(
  file: SourceFile,
  line: number,
  column: number,
  width: number,
): { text: string; before: number } {
  const whole = lineOf(file, line);
  const before = column - 1;
  const longest = Math.min(LONGEST_LINE, Math.max(SHORTEST_LINE, width));
  if (whole.length <= longest) return { text: visible(whole), before };
  // For the dots at both ends.
  const room = width < LONGEST_LINE ? longest - 2 : longest;
  const from = Math.max(0, Math.min(before - Math.floor(room * BEFORE_CARET), whole.length - room));
  const head = from > 0 ? "…" : "";
  const tail = from + room < whole.length ? "…" : "";
  return {
    text: head + visible(whole.slice(from, from + room)) + tail,
    before: before - from + head.length,
  };
}

/**
 * A list of diagnostics with a closing line that counts them. Of each file at most `perFile` are shown, errors before
 * others, and the rest is counted. `width` as of `renderDiagnostic`.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  palette: Palette = plain,
  perFile = Infinity,
  width = Infinity,
): string {
  if (diagnostics.length === 0) return "";
  const blocks: string[] = [];
  for (const [file, found] of byFile(diagnostics)) {
    const shown = new Set(errorsFirst(found).slice(0, file ? perFile : Infinity));
    blocks.push(...found.filter((d) => shown.has(d)).map((d) => renderDiagnostic(d, palette, width)));
    const hidden = found.length - shown.size;
    if (file && hidden > 0) blocks.push(palette.dim(`… and ${hidden} more in ${printable(file.shown)}`));
  }
  const count = (severity: string): number => diagnostics.filter((d) => d.severity === severity).length;
  const parts = [
    plural(count("error"), "error"),
    plural(count("warning"), "warning"),
    plural(count("note"), "note"),
  ];
  return `${blocks.join("\n\n")}\n\n${parts.filter((part) => part !== "").join(", ")}`;
}

function byFile(diagnostics: readonly Diagnostic[]): Map<SourceFile | undefined, Diagnostic[]> {
  const groups = new Map<SourceFile | undefined, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const file = diagnostic.span?.file;
    const group = groups.get(file);
    if (group) group.push(diagnostic);
    else groups.set(file, [diagnostic]);
  }
  return groups;
}

function errorsFirst(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const isError = ({ severity }: Diagnostic): boolean => severity === "error";
  return [...diagnostics.filter(isError), ...diagnostics.filter((d) => !isError(d))];
}

/** The machine-readable form: one object a diagnostic. */
export function diagnosticToJson(diagnostic: Diagnostic): Record<string, unknown> {
  const { severity, code, name, message, span, label, help } = diagnostic;
  const place = span && {
    file: span.file.shown,
    ...positionOf(span.file, span.start),
    end: positionOf(span.file, span.end),
  };
  return {
    severity,
    code,
    name,
    message,
    ...(place && { place }),
    ...(label && { label }),
    ...(help && { help }),
  };
}

function plural(count: number, word: string): string {
  return count === 0 ? "" : `${count} ${word}${count === 1 ? "" : "s"}`;
}
