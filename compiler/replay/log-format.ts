// What a log is written in, and how its lines are read.
import { InputError } from "../1-parse/files.ts";
import type { RecordReader } from "./draft.ts";
import { harEntries } from "./har.ts";
import { jsonLines, jsonLinesOf } from "./json-lines.ts";
import { ENVOY_FORMAT, textLines, TOLLGATE_FORMAT } from "./text-lines.ts";

/** Plain data, so that threads can be told. `format`: a format string, or a `json_format` in JSON. */
export type LogFormat =
  | { readonly kind: "text"; readonly format: string }
  | { readonly kind: "json"; readonly format?: string }
  | { readonly kind: "har" };

export function readerOf(format: LogFormat): RecordReader {
  switch (format.kind) {
    case "text":
      return textLines(format.format);
    case "json":
      return format.format === undefined ? jsonLines() : jsonLinesOf(format.format);
    case "har":
      return harEntries;
  }
}

/** A batch as text: what is no JSON is taken as bytes, which is what clients sent. */
export function textOf(batch: Uint8Array, { kind }: LogFormat): string {
  return Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength).toString(
    kind === "text" ? "latin1" : "utf8",
  );
}

const NEWLINE = 0x0a;

/** How many lines a batch has, a last one without its end among them. */
export function countLines(batch: Uint8Array): number {
  let lines = 0;
  for (let at = batch.indexOf(NEWLINE); at >= 0; at = batch.indexOf(NEWLINE, at + 1)) lines++;
  return batch.length > 0 && batch[batch.length - 1] !== NEWLINE ? lines + 1 : lines;
}

/** The line from `start` to where its end was found, or to the end of the text where it was not (-1). */
export function lineAt(text: string, start: number, newline: number): string {
  const end = newline < 0 ? text.length : newline;
  return text.slice(start, text.charCodeAt(end - 1) === 0x0d && end > start ? end - 1 : end);
}

/** All lines of a batch. Who needs them one after the other takes `lineAt`: thousands at once are work for the collector. */
export function linesOf(batch: Uint8Array, format: LogFormat): string[] {
  const text = textOf(batch, format);
  let start = 0;
  return Array.from({ length: countLines(batch) }, () => {
    const newline = text.indexOf("\n", start);
    const line = lineAt(text, start, newline);
    start = newline + 1;
    return line;
  });
}

/** The format that was asked for. Throws InputError where it cannot be read. */
export function formatOf(written: string): LogFormat {
  const format: LogFormat = /^\s*\{/.test(written)
    ? { kind: "json", format: written }
    : { kind: "text", format: written };
  readerOf(format);
  return format;
}

/** The format of a log by how it begins. Throws InputError where it is none that is known. */
export function detected(name: string, start: Buffer): LogFormat {
  const text = start.toString("latin1");
  if (/\.har(\.gz)?$/i.test(name) || /^(?:\u00ef\u00bb\u00bf)?\s*\{\s*"log"\s*:\s*\{/.test(text))
    return { kind: "har" };
  if (/^\s*\{/.test(text)) return { kind: "json" };
  const lines = text.split("\n").slice(0, 100);
  const known = [ENVOY_FORMAT, TOLLGATE_FORMAT].map((format) => {
    const read = textLines(format);
    return { format, n: lines.filter((line) => typeof read(line) !== "string").length };
  });
  const best = known.reduce((a, b) => (b.n > a.n ? b : a));
  if (best.n > 0 || text.trim() === "") return { kind: "text", format: best.format };
  throw new InputError(
    "the log is in no format that is known: no JSON, no HAR, and not Envoy's default text",
    "say how its lines are written, in Envoy's command operators: --log-format '%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% …'",
  );
}
