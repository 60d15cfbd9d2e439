// A log that comes as a stream, in batches of whole lines: as much as is worth handing to another thread, never the whole.
import { HarSplitter } from "./har.ts";
import { countLines } from "./log-format.ts";

export interface Batch {
  /** Whole lines. */
  readonly bytes: Buffer<ArrayBuffer>;
  /** The number of its first line, or entry, from 1. */
  readonly line: number;
  readonly lines: number;
}

const BATCH_BYTES = 256 * 1024;
/** Longer lines are cut, and then no requests. Entries of HAR files have whole responses in them. */
const LONGEST_LINE = 1024 * 1024;
const LONGEST_ENTRY = 64 * 1024 * 1024;

const NEWLINE = 0x0a;

export async function* lineBatches(pieces: AsyncIterable<Buffer>): AsyncGenerator<Batch, void> {
  let rest: Buffer[] = [];
  let bytes = 0;
  let line = 1;
  for await (const piece of pieces) {
    const last = piece.lastIndexOf(NEWLINE);
    // Of a line that is too long, what is too much is left away, and its end is found.
    if (last < 0 && bytes > LONGEST_LINE) continue;
    if (last >= 0 && bytes + last >= BATCH_BYTES) {
      const batch = batchOf([...rest, piece.subarray(0, last + 1)], line);
      yield batch;
      line += batch.lines;
      rest = [piece.subarray(last + 1)];
      bytes = piece.length - last - 1;
    } else {
      rest.push(piece);
      bytes += piece.length;
    }
  }
  if (bytes > 0) yield batchOf(rest, line);
}

/** How a HAR file ended: cut off, or whole. */
export async function* harBatches(pieces: AsyncIterable<Buffer>): AsyncGenerator<Batch, boolean> {
  const splitter = new HarSplitter();
  let line = 1;
  let entries: Buffer[] = [];
  let bytes = 0;
  const newline = Buffer.from("\n");
  for await (const piece of pieces) {
    for (const entry of splitter.lines(piece, LONGEST_ENTRY)) {
      entries.push(entry, newline);
      bytes += entry.length + 1;
      if (bytes < BATCH_BYTES) continue;
      const batch = batchOf(entries, line);
      yield batch;
      line += batch.lines;
      entries = [];
      bytes = 0;
    }
  }
  if (bytes > 0) yield batchOf(entries, line);
  return splitter.isWhole;
}

function batchOf(parts: readonly Buffer[], line: number): Batch {
  const bytes = Buffer.concat(parts);
  return { bytes, line, lines: countLines(bytes) };
}
