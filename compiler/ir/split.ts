// Weighted rendezvous hashing, as filters/runtime/split.ts does it.
import { mix, siphash13 } from "./hash.ts";

/** The number an arm draws with: the hash of its name. */
export function armSeed(name: string): bigint {
  return siphash13(0n, 0n, Buffer.from(name, "utf8").toString("latin1"));
}

/** The index of the arm that a key gets. The key is a hash; see `stickyHash`. */
export function chooseArm(key: bigint, arms: readonly { name: string; weight: number }[]): number {
  let best = -1;
  let chosen = 0;
  arms.forEach((arm, index) => {
    const score = arm.weight / negativeLog(mix(key ^ armSeed(arm.name)) >> 12n);
    if (score > best) {
      best = score;
      chosen = index;
    }
  });
  return chosen;
}

/** The hash of what makes two requests the same user. */
export function stickyHash(bytes: string): bigint {
  return siphash13(0n, 0n, bytes);
}

const word = new DataView(new ArrayBuffer(8));

/** -ln((2x + 1) / 2^53) for a 52-bit x, in the same operations and order as the filter's. */
function negativeLog(x: bigint): number {
  word.setFloat64(0, Number(2n * x + 1n));
  const bits = word.getBigUint64(0);
  const exponent = Number(bits >> 52n) - 1023 - 53;
  word.setBigUint64(0, (bits & 0x000fffffffffffffn) | 0x3ff0000000000000n);
  const m = word.getFloat64(0);
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let sum = 0;
  for (let k = 21; k >= 1; k -= 2) sum = sum * s2 + 1 / k;
  return -(exponent * 0.6931471805599453 + 2 * s * sum);
}
