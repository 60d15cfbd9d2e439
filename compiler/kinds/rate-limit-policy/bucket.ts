// From "100 per 1m, burst 20" to a bucket in whole numbers, so that refilling never rounds and never drifts.
import type { BucketShape } from "../../ir/program.ts";

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

// The filter adds two such numbers in 64 bits without a sign.
const LARGEST = 1n << 62n;

/** The bucket of a rate; undefined where its numbers do not fit 64 bits. */
export function bucketShape(
  limit: number,
  window: string,
  burst: number,
  cost: number,
): BucketShape | undefined {
  const nanoseconds = parseDuration(window) ?? 1n;
  const divisor = gcd(BigInt(limit), nanoseconds);
  const rate = BigInt(limit) / divisor;
  const perToken = nanoseconds / divisor;
  const capacity = BigInt(burst) * perToken;
  if (capacity > LARGEST || BigInt(cost) * perToken > LARGEST) return undefined;
  return {
    rate,
    cost: BigInt(cost) * perToken,
    capacity,
    fillTime: (capacity + rate - 1n) / rate,
    words: `${limit} per ${window}, burst ${burst}${cost === 1 ? "" : `, ${cost} a request`}`,
  };
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}
