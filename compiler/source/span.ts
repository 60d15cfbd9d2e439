// Where something stands in the files a person wrote: carried from the parser to every diagnostic and into the emitted
// source's comments.

/** One policy file as it was read. */
export interface SourceFile {
  /** The path inside the bundle, with forward slashes: the same wherever the command is run. */
  readonly path: string;
  /** The path as messages show it: from the folder the person stands in. */
  readonly shown: string;
  readonly text: string;
  /** Reads a file that the policies refer to, in the same folder or below; undefined where it cannot be read there. */
  readonly beside?: (name: string) => string | undefined;
}

/** A range of characters in a file; `end` is exclusive. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** A value with the place it was written at. */
export interface Located<T> {
  readonly value: T;
  readonly span: Span;
}

/** Line and column of an offset, both counted from 1; columns count UTF-16 units. */
export function positionOf(file: SourceFile, offset: number): { line: number; column: number } {
  const starts = lineStarts(file);
  let line = 0;
  for (let end = starts.length; line + 1 < end;) {
    const middle = (line + end) >>> 1;
    if ((starts[middle] ?? 0) <= offset) line = middle;
    else end = middle;
  }
  return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
}

/** Where a span begins, as `FILE:LINE`. */
export function placeOf({ file, start }: Span): string {
  return `${file.shown}:${positionOf(file, start).line}`;
}

/** A line of the file, counted from 1, without what ends it. */
export function lineOf(file: SourceFile, line: number): string {
  const starts = lineStarts(file);
  return file.text.slice(starts[line - 1], starts[line] ?? file.text.length).replace(/\r?\n$/, "");
}

// A large file asks for thousands of positions.
const known = new WeakMap<SourceFile, readonly number[]>();

function lineStarts(file: SourceFile): readonly number[] {
  let starts = known.get(file);
  if (!starts) {
    starts = [0, ...[...file.text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    known.set(file, starts);
  }
  return starts;
}
