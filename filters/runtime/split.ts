// Weighted rendezvous hashing: each arm of a split draws a number from the key and the arm, scaled by its weight, and the
// highest wins. The same key gets the same arm on every sidecar with nothing shared, and a changed weight moves only the
// share that must move. The score is weight / -ln(u) (Schindelhauer, Schomaker 2005).
import { mix, siphash13 } from "./hash";
import { FAMILY_NONE, FAMILY_V4 } from "./address";
import { peerFamily, peerHigh, peerLow } from "./peer";
import { firstValue, valuePointer, valueSize } from "./request";

const WORDS: usize = memory.data(16, 8);

let key: u64 = 0;
let bestScore: f64 = 0;
let bestArm: u32 = 0;

/** Takes the first value of a slot as the key, be it a header's, a cookie's or a claim's; false where it has none. */
export function stickToSlot(slot: u32): bool {
  const v = firstValue(slot);
  if (v == 0) return false;
  stickToBytes(valuePointer(v), valueSize(v));
  return true;
}

/** Takes bytes as the key. */
export function stickToBytes(p: usize, size: u32): void {
  key = siphash13(0, 0, p, size);
}

/** Takes the direct peer's address as the key; false where the proxy does not say. */
export function stickToPeer(): bool {
  const family = peerFamily();
  if (family == FAMILY_NONE) return false;
  store<u64>(WORDS, peerHigh(u64.MAX_VALUE));
  store<u64>(WORDS, peerLow(u32.MAX_VALUE, u64.MAX_VALUE), 8);
  if (family == FAMILY_V4) stickToBytes(WORDS + 8, 4);
  else stickToBytes(WORDS, 16);
  return true;
}

/** No key at all: every such request is the same one. */
export function stickToNothing(): bool {
  key = 0;
  return true;
}

/** Starts the draw. */
export function beginSplit(): void {
  bestScore = -1;
  bestArm = 0;
}

/** Lets an arm draw; `seed` is the hash of its name. */
export function drawArm(arm: u32, seed: u64, weight: f64): void {
  const score = weight / negativeLog(mix(key ^ seed) >>> 12);
  if (score > bestScore) {
    bestScore = score;
    bestArm = arm;
  }
}

/** The arm that won. */
export function chosenArm(): u32 {
  return bestArm;
}

/**
 * -ln((2x + 1) / 2^53) for a 52-bit x. Only additions, multiplications and divisions of doubles, in this order, so every
 * IEEE 754 machine gets the same bits: ln m = 2 artanh((m - 1) / (m + 1)) for the mantissa m.
 */
function negativeLog(x: u64): f64 {
  const bits = reinterpret<u64>(<f64>((x << 1) | 1));
  const exponent = <f64>(<i64>(bits >>> 52) - 1023 - 53);
  const m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  // Written out, so that no quotient is computed more than once.
  let sum: f64 = 1.0 / 21.0;
  sum = sum * s2 + 1.0 / 19.0;
  sum = sum * s2 + 1.0 / 17.0;
  sum = sum * s2 + 1.0 / 15.0;
  sum = sum * s2 + 1.0 / 13.0;
  sum = sum * s2 + 1.0 / 11.0;
  sum = sum * s2 + 1.0 / 9.0;
  sum = sum * s2 + 1.0 / 7.0;
  sum = sum * s2 + 1.0 / 5.0;
  sum = sum * s2 + 1.0 / 3.0;
  sum = sum * s2 + 1.0;
  return -(exponent * 0.6931471805599453 + 2 * s * sum);
}
