// What the commands write, and where: results to stdout, progress and findings to stderr, colours only on a terminal.
import { isatty } from "node:tty";
import pc from "picocolors";
import type { Palette } from "../diagnostics/render.ts";

/** A stream with its colours. */
export interface Channel {
  readonly palette: Palette;
  line(text?: string): void;
}

function channel(stream: NodeJS.WriteStream & { fd: number }): Channel {
  const colours = pc.createColors(isatty(stream.fd) && pc.isColorSupported);
  return {
    palette: {
      error: (text) => colours.red(colours.bold(text)),
      warning: (text) => colours.yellow(colours.bold(text)),
      note: (text) => colours.cyan(colours.bold(text)),
      good: colours.green,
      bold: colours.bold,
      dim: colours.dim,
    },
    line: (text = "") => void stream.write(`${text}\n`),
  };
}

/** Results. */
export const out = channel(process.stdout);
/** Progress, findings, failures. */
export const err = channel(process.stderr);

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

/** Rows with their cells one below the other. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
