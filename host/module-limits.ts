/**
 * Limits on what a module may grow to, written into the module itself: V8 then refuses growth beyond them as it does
 * beyond a declared maximum (`memory.grow` and `table.grow` answer -1).
 */
import { eachSection, type Reader } from "./wasm-binary.ts";

/** How far a module may grow. */
export interface ModuleLimits {
  /** Linear memory, rounded down to pages of 64 KiB. Default: 1 GiB, as in Envoy. */
  maxMemoryBytes?: number;
  /** Entries of each table. Default: 10,000,000, which is V8's own limit, in Envoy and here. */
  maxTableEntries?: number;
}

const PAGE = 64 * 1024;
const DEFAULT_MEMORY_BYTES = 1024 * 1024 * 1024;
const DEFAULT_TABLE_ENTRIES = 10_000_000;

const SECTION_TABLE = 4;
const SECTION_MEMORY = 5;
const FUNCREF = 0x70;
const EXTERNREF = 0x6f;

/** Pages that memory may have. */
export function maxPages({ maxMemoryBytes = DEFAULT_MEMORY_BYTES }: ModuleLimits): number {
  return Math.floor(maxMemoryBytes / PAGE);
}

/**
 * The module with lower maxima.
 * @throws RangeError where it asks for more than the limit from the start; other errors where it is no module.
 */
export function limitModule(wasm: Uint8Array, limits: ModuleLimits): Uint8Array {
  const pages = maxPages(limits);
  const entries = limits.maxTableEntries ?? DEFAULT_TABLE_ENTRIES;
  const parts: Uint8Array[] = [wasm.subarray(0, 8)];
  eachSection(wasm, (id, reader, end) => {
    const whole = wasm.subarray(reader.at, end);
    let content: Uint8Array = whole;
    if (id === SECTION_MEMORY) content = limitEach(reader, end, (r) => limitMemory(r, pages)) ?? whole;
    else if (id === SECTION_TABLE) content = limitEach(reader, end, (r) => limitTable(r, entries)) ?? whole;
    parts.push(Uint8Array.from([id, ...u32(content.length)]), content);
  });
  return Buffer.concat(parts);
}

/** The section's content with each item limited, or undefined where one is of a form that `limit` does not know. */
function limitEach(
  reader: Reader,
  end: number,
  limit: (reader: Reader) => number[] | undefined,
): Uint8Array | undefined {
  const items: Array<number[] | undefined> = [];
  reader.times(() => {
    if (items.includes(undefined)) return;
    if (reader.at >= end) throw new Error("the module is cut short");
    items.push(limit(reader));
  });
  if (items.includes(undefined)) return undefined;
  return Uint8Array.from([...u32(items.length), ...items.flatMap((item) => item ?? [])]);
}

function limitMemory(reader: Reader, pages: number): number[] {
  const mebibytes = (count: number): string => `${(count * PAGE) / (1024 * 1024)} MiB`;
  return lower(
    reader,
    pages,
    (initial) =>
      `the module's memory has ${mebibytes(initial)} from the start, the limit is ${mebibytes(pages)}`,
  );
}

/** Undefined for a table of other things than functions or references, or with an initial value: proposals both. */
function limitTable(reader: Reader, entries: number): number[] | undefined {
  const type = reader.byte();
  if (type !== FUNCREF && type !== EXTERNREF) return undefined;
  const tooLarge = (initial: number): string =>
    `the module's table has ${initial} entries from the start, the limit is ${entries}`;
  return [type, ...lower(reader, entries, tooLarge)];
}

/** Limits with the maximum lowered or, where there is none, added. */
function lower(reader: Reader, most: number, tooLarge: (initial: number) => string): number[] {
  const flags = reader.byte();
  const initial = reader.u32();
  const maximum = (flags & 1) === 1 ? reader.u32() : Infinity;
  if (initial > most) throw new RangeError(tooLarge(initial));
  return [flags | 1, ...u32(initial), ...u32(Math.min(maximum, most))];
}

function u32(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...u32(Math.floor(value / 0x80))];
}
