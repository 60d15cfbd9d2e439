// Lays out what a policy says of a limit as limits/shape.ts describes it. Runs in Node.
import type { Guest } from "./compile.ts";

export const BUCKET = 0;
export const FIXED = 1;
export const SLIDING = 2;
export const UNDER_WAY = 3;

export interface LimitLayout {
  readonly algorithm: number;
  /** Cells of a set. */
  readonly ways: number;
  /** A power of two. */
  readonly sets: number;
  readonly rates: readonly RateLayout[];
}

/** Of buckets rate, capacity, token and fill time; of windows the window, the limit, and twice 0. */
export type RateLayout = readonly [bigint, bigint, bigint, bigint];

/** Writes a limit where the entry has room for one, and says where that is. */
export function layOut(guest: Guest<{ limit(): number }>, layout: LimitLayout): number {
  const at = guest.exports.limit();
  const view = new DataView(guest.exports.memory.buffer, at);
  const { algorithm, ways, sets, rates } = layout;
  [algorithm, rates.length, ways, sets - 1].forEach((word, i) => view.setUint32(i * 4, word, true));
  rates.flat().forEach((long, i) => view.setBigUint64(16 + i * 8, long, true));
  return at;
}
