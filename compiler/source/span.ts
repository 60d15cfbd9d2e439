// Where something stands in the files a person wrote: carried from the parser to every diagnostic and into the emitted
// source's comments.

/** One policy file as it was read. */
export interface SourceFile {
  /** The path inside the bundle, with forward slashes: the same wherever the command is run. */
  readonly path: string;
  /** The path as messages show it: from the folder the person stands in. */
  readonly shown: string;
  readonly text: string;
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
  const before = file.text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}
