// One finding about the policies, and the collector that gathers them: steps report and go on, so that a person sees
// every fault of a bundle at once.
import type { Span } from "../source/span.ts";
import { printable } from "./printable.ts";
import { codes, type DiagnosticName } from "./codes.ts";

export interface Diagnostic {
  readonly severity: "error" | "warning" | "note";
  /** Stable code, `TG` and four digits. */
  readonly code: string;
  /** Stable name, as in `codes`. */
  readonly name: DiagnosticName;
  /** What is wrong: lower case, one sentence without a full stop, names in backticks. */
  readonly message: string;
  /** Where; absent where the fault has no place in a file. */
  readonly span?: Span;
  /** Put under the caret, such as "did you mean `action`?". */
  readonly label?: string;
  /** What to do. */
  readonly help?: string;
}

/** Gathers findings. */
export class Diagnostics {
  readonly all: Diagnostic[] = [];
  readonly #seen = new Set<string>();
  #errors = 0;

  error(name: DiagnosticName, message: string, where: Where = {}): void {
    this.#add("error", name, message, where);
  }

  warning(name: DiagnosticName, message: string, where: Where = {}): void {
    this.#add("warning", name, message, where);
  }

  note(name: DiagnosticName, message: string, where: Where = {}): void {
    this.#add("note", name, message, where);
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  /** How many errors there are so far. */
  get errors(): number {
    return this.#errors;
  }

  /** In the order a reader meets them: by file, then by place; what has no place comes last. */
  sorted(): Diagnostic[] {
    return this.all
      .map((diagnostic, index) => ({ diagnostic, index }))
      .sort((a, b) => compare(a.diagnostic, b.diagnostic) || a.index - b.index)
      .map(({ diagnostic }) => diagnostic);
  }

  #add(severity: Diagnostic["severity"], name: DiagnosticName, text: string, where: Where): void {
    const message = printable(text);
    const { span, label, help } = where;
    // What an alias repeats is wrong once.
    const key = span && `${span.file.shown}\0${span.start}\0${span.end}\0${name}\0${message}`;
    if (key !== undefined && this.#seen.has(key)) return;
    if (key !== undefined) this.#seen.add(key);
    if (severity === "error") this.#errors++;
    this.all.push({
      severity,
      code: codes[name],
      name,
      message,
      ...(span && { span }),
      ...(label !== undefined && { label: printable(label) }),
      ...(help !== undefined && { help: printable(help) }),
    });
  }
}

/** Place, label and remedy of a finding. */
export type Where = Pick<Diagnostic, "span" | "label" | "help">;

function compare(a: Diagnostic, b: Diagnostic): number {
  if (!a.span || !b.span) return (a.span ? 0 : 1) - (b.span ? 0 : 1);
  if (a.span.file.path !== b.span.file.path) return a.span.file.path < b.span.file.path ? -1 : 1;
  if (a.span.file !== b.span.file) return a.span.file.shown < b.span.file.shown ? -1 : 1;
  return a.span.start - b.span.start;
}
