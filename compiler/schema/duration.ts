// Durations as policies write them.
import { noMatch } from "./json-schema.ts";
import type { TextShape } from "./schema.ts";

const unitNanoseconds: Readonly<Record<string, bigint>> = {
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
};

const WRITTEN = /^(\d{1,9}(ms|s|m|h|d))+$/;

/** For editors. */
export const DURATION: TextShape = {
  pattern: WRITTEN.source,
  patternErrorMessage: "write numbers with their units, such as `500ms`, `1s`, `1m`, `1h30m` or `1d`",
  examples: ["1s", "1m", "1h", "1d"],
  allOf: [noMatch("^(0+(ms|s|m|h|d))+$")],
};

/** Nanoseconds of a duration such as `500ms`, `1s`, `1h30m`; undefined where it is none, or is zero. */
export function parseDuration(text: string): bigint | undefined {
  if (!WRITTEN.test(text)) return undefined;
  let total = 0n;
  for (const [, number, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    total += BigInt(number as string) * (unitNanoseconds[unit as string] as bigint);
  }
  return total > 0n ? total : undefined;
}
