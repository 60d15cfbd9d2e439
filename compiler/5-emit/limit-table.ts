// What the policy says of a limit, as the table that filters/runtime/limits/shape.ts reads.
import type { PlannedLimit } from "../4-plan/limits.ts";
import type { Algorithm } from "../ir/program.ts";
import { bucketShape } from "../ir/rates.ts";

const BUCKET = 0;
const codes: Readonly<Record<Algorithm, number>> = {
  "token-bucket": BUCKET,
  gcra: BUCKET,
  "fixed-window": 1,
  "sliding-window": 2,
  concurrency: 3,
};

/** Of the table: where its rates begin, and what one takes. */
export const RATES = 16;
export const RATE_BYTES = 32;

/** Whether an algorithm counts with a bucket. */
export function isBucket(algorithm: Algorithm): boolean {
  return codes[algorithm] === BUCKET;
}

/** Words of 64 bits. */
export function limitWords({ algorithm, rates, ways, sets }: PlannedLimit): bigint[] {
  const pair = (low: number, high: number): bigint => BigInt(low) | (BigInt(high) << 32n);
  return [
    pair(codes[algorithm], rates.length),
    pair(ways, sets - 1),
    ...rates.flatMap((rate) => {
      if (!isBucket(algorithm)) return [rate.window, BigInt(rate.limit), 0n, 0n];
      const shape = bucketShape(rate);
      if (!shape) throw new Error(`unchecked rate ${rate.item}`);
      return [shape.rate, shape.capacity, shape.token, shape.fillTime];
    }),
  ];
}
