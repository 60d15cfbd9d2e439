// Rates in whole numbers, so that refilling never rounds and never drifts.
import type { Rate } from "./program.ts";

/**
 * A bucket that refills by `rate` units a nanosecond; a token is `token` units, and `capacity` units fit. `fillTime` is the
 * number of nanoseconds after which an empty bucket is surely full.
 */
export interface BucketShape {
  readonly rate: bigint;
  readonly token: bigint;
  readonly capacity: bigint;
  readonly fillTime: bigint;
}

// The filter adds a capacity and a token in 64 bits without a sign.
const LARGEST = 1n << 62n;

/** The bucket of a rate whose window is not 0; undefined where its numbers do not fit 64 bits. */
export function bucketShape({ limit, window, burst }: Rate): BucketShape | undefined {
  const divisor = gcd(BigInt(limit), window);
  const rate = BigInt(limit) / divisor;
  const token = window / divisor;
  const capacity = BigInt(burst) * token;
  if (capacity > LARGEST || token > LARGEST) return undefined;
  return { rate, token, capacity, fillTime: (capacity + rate - 1n) / rate };
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

/** What the rate limit service's configuration calls a rate of a limit that it counts. */
export function serviceRateName(policy: string, limit: string, item: string): string {
  return `${policy}/${limit}/${item}`;
}
