// CIDR blocks → disjoint intervals of addresses, each with its class, ordered by where they begin: a binary search finds the
// class of all blocks at once.
import type { Block } from "../../ir/program.ts";
import { formatBlock, maskOf } from "../../net/block.ts";
import { ClassTable, type ValueClass } from "./class-table.ts";

export interface BlockPattern {
  /** Undefined: any address; `none`: that there is no address. */
  readonly block: Block | "none" | undefined;
  readonly test: number;
}

/** Addresses from `from` up to the next interval's. */
export interface Interval {
  readonly from: bigint;
  readonly class: number;
}

export interface Intervals {
  /** The class where there is no address. */
  readonly none: number;
  /** The first of each family begins at address 0. */
  readonly v4: readonly Interval[];
  readonly v6: readonly Interval[];
  readonly classes: readonly ValueClass[];
}

export function buildIntervals(patterns: readonly BlockPattern[]): Intervals {
  const table = new ClassTable();
  const known = patterns.filter(({ block }) => !block).map(({ test }) => test);
  const family = (wanted: 4 | 6): Interval[] => {
    const width = wanted === 4 ? 32 : 128;
    // Blocks nest or are apart: outer ones come first, and end last.
    const blocks = patterns
      .flatMap(({ block, test }) =>
        typeof block === "object" && block.family === wanted ? [{ block, test }] : [],
      )
      .sort((a, b) => compare(a.block.network, b.block.network) || a.block.bits - b.block.bits);
    const found: { from: bigint; tests: readonly number[] }[] = [];
    const open: { end: bigint; test: number }[] = [];
    const begin = (from: bigint): void => {
      // What begins where another has just begun takes its place.
      if (found.at(-1)?.from === from) found.pop();
      found.push({ from, tests: [...known, ...open.map(({ test }) => test)] });
    };
    const closeUpTo = (at: bigint): void => {
      for (let last = open.at(-1); last && last.end <= at; last = open.at(-1)) {
        const { end } = last;
        while (open.at(-1)?.end === end) open.pop();
        if (end < 1n << BigInt(width)) begin(end);
      }
    };
    begin(0n);
    for (const { block, test } of blocks) {
      closeUpTo(block.network);
      open.push({ end: block.network + maskSize(width, block.bits), test });
      begin(block.network);
    }
    closeUpTo(1n << BigInt(width));
    return found
      .map(({ from, tests }) => ({ from, class: table.of(tests, addressText(wanted, from)) }))
      .filter((interval, i, all) => interval.class !== all[i - 1]?.class);
  };
  const none = table.of(
    patterns.filter(({ block }) => block === "none").map(({ test }) => test),
    undefined,
  );
  return { none, v4: family(4), v6: family(6), classes: table.classes };
}

/** The class of an address: what the filter finds, in plain arithmetic. */
export function findInterval(intervals: readonly Interval[], address: bigint): number {
  return intervals.findLast(({ from }) => from <= address)?.class ?? 0;
}

function maskSize(width: number, bits: number): bigint {
  return (1n << BigInt(width)) - maskOf(width, bits);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function addressText(family: 4 | 6, network: bigint): string {
  return formatBlock({ family, network, bits: 0 }).replace(/\/.*/, "");
}
