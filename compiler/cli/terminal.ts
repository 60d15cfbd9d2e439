// What the commands write, and where: results to stdout, progress and findings to stderr, colours only on a terminal.
import { isatty } from "node:tty";
import pc from "picocolors";
import type { Palette } from "../diagnostics/render.ts";
import { hanging } from "../diagnostics/wrap.ts";
import { ProgressLine, type Progress } from "./terminal/progress.ts";
import { table, type TableOptions } from "./terminal/table.ts";

export { table } from "./terminal/table.ts";
export type { Progress } from "./terminal/progress.ts";

/** A stream with its colours and its width. */
export interface Channel {
  readonly palette: Palette;
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /** Columns; `Infinity` where no terminal shows it, so that lines stay whole for what reads them. */
  readonly width: number;
  line(text?: string): void;
  /** A text in as many lines as it takes, behind `head`. */
  paragraph(text: string, head?: string): void;
  /** Rows with their cells one below the other, as wide as the terminal at most. */
  table(rows: readonly (readonly string[])[], options?: Omit<TableOptions, "width">): void;
}

/** What is asked of a stream. */
export interface Stream {
  readonly fd: number;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A channel onto a stream; `terminal` says whether a terminal shows what is written. */
export function channel(
  stream: Stream,
  env: NodeJS.ProcessEnv = process.env,
  terminal = isatty(stream.fd),
): Channel {
  const colours = pc.createColors(colourful(env, terminal));
  const self: Channel = {
    palette: {
      error: (text) => colours.red(colours.bold(text)),
      warning: (text) => colours.yellow(colours.bold(text)),
      note: (text) => colours.cyan(colours.bold(text)),
      good: colours.green,
      bold: colours.bold,
      dim: colours.dim,
    },
    isTerminal: terminal,
    get width() {
      return terminal ? columnsOn(stream) : Infinity;
    },
    line: (text = "") => {
      const write = (): void => void stream.write(`${text}\n`);
      if (terminal) screen.beside(write);
      else write();
    },
    paragraph: (text, head = "") => {
      for (const line of hanging(head, text, self.width)) self.line(line);
    },
    table: (rows, options = {}) => {
      for (const line of table(rows, { ...options, width: self.width })) self.line(line);
    },
  };
  return self;
}

/** Some terminals say that they have no column. */
function columnsOn({ columns = 0 }: Stream): number {
  return columns > 0 ? columns : 80;
}

const screen = new ProgressLine({
  fd: process.stderr.fd,
  get columns() {
    return columnsOn(process.stderr);
  },
});

/** Results. */
export const out = channel(process.stdout);
/** Progress, findings, failures. */
export const err = channel(process.stderr);

/** `NO_COLOR` and `FORCE_COLOR` as they are read elsewhere: what is not empty says so, and `FORCE_COLOR=0` the opposite. */
function colourful({ NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv, terminal: boolean): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return terminal && TERM !== "dumb";
}

/**
 * Something begins that may take longer than a second. Where it does, a line on the terminal says so, even while this thread
 * is busy; `done` takes it away and has to be called, whatever happens.
 *
 * @example
 * const reading = progress("reading access.log");
 * try {
 *   for (…) reading.say(`${n} requests`);
 * } finally {
 *   reading.done();
 * }
 */
export function progress(label: string): Progress {
  return err.isTerminal && process.env["TERM"] !== "dumb" ? screen.begin(label) : quiet;
}

/** Does something that may take longer than a second; see `progress`. */
export async function during<T>(label: string, work: (progress: Progress) => T | Promise<T>): Promise<T> {
  const under = progress(label);
  try {
    return await work(under);
  } finally {
    under.done();
  }
}

const quiet: Progress = { say: () => undefined, done: () => undefined };

/** `8.2 KiB` and so on. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kib = bytes / 1024;
  return kib < 1024 ? `${kib.toFixed(1)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

/** `0.84 s`, `12 ms`. */
export function formatDuration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

/** `1 policy`, `2 policies`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
