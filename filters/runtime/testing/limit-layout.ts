// Lays out what a policy says of a limit as limits/shape.ts describes it. Runs in Node.
import type { Guest } from "./compile.ts";

/** The algorithms by the names that the compiler has for them. */
export const kinds = {
  "token-bucket": 0,
  gcra: 0,
  "fixed-window": 1,
  "sliding-window": 2,
  concurrency: 3,
} as const;

/** Whether a bucket counts. */
export function isBucket(algorithm: keyof typeof kinds): boolean {
  return kinds[algorithm] === 0;
}

interface Rate {
  readonly limit: number;
  readonly window: bigint;
  readonly burst: number;
}

interface Bucket {
  readonly rate: bigint;
  readonly capacity: bigint;
  readonly token: bigint;
  readonly fillTime: bigint;
}

export interface LimitLayout<R extends Rate> {
  readonly algorithm: keyof typeof kinds;
  readonly rates: readonly R[];
  /** Cells of a set. */
  readonly ways: number;
  /** A power of two. */
  readonly sets: number;
}

/** Writes a limit where the entry has room for one, and says where that is; `bucketOf` is the compiler's. */
export function layOut<R extends Rate>(
  guest: Guest<{ limit(): number }>,
  { algorithm, rates, ways, sets }: LimitLayout<R>,
  bucketOf: (rate: R) => Bucket | undefined,
): number {
  const at = guest.exports.limit();
  const view = new DataView(guest.exports.memory.buffer, at);
  const longs = rates.flatMap((rate) => {
    if (!isBucket(algorithm)) return [rate.window, BigInt(rate.limit), 0n, 0n];
    const bucket = bucketOf(rate);
    if (!bucket) throw new Error("the compiler refuses this rate");
    return [bucket.rate, bucket.capacity, bucket.token, bucket.fillTime];
  });
  [kinds[algorithm], rates.length, ways, sets - 1].forEach((word, i) => view.setUint32(i * 4, word, true));
  longs.forEach((long, i) => view.setBigUint64(16 + i * 8, long, true));
  return at;
}
