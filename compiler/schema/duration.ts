// Durations as policies write them.

const unitNanoseconds: Readonly<Record<string, bigint>> = {
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
};

/** Nanoseconds of a duration such as `500ms`, `1s`, `1h30m`; undefined where it is none, or is zero. */
export function parseDuration(text: string): bigint | undefined {
  if (!/^(\d{1,9}(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0n;
  for (const [, number, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    total += BigInt(number as string) * (unitNanoseconds[unit as string] as bigint);
  }
  return total > 0n ? total : undefined;
}
