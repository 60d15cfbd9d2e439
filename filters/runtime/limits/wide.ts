// Products of 32 and 64 bits, which have 96: an upper part, and 32 bits below it.

/** floor(a * b / d), where a < d. */
export function quotient(a: u32, b: u64, d: u32): u64 {
  if (d == 0) return 0;
  const low = <u64>a * (b & 0xffffffff);
  const high = <u64>a * (b >>> 32) + (low >>> 32);
  const upper = high / d;
  const rest = high % d;
  return (upper << 32) + ((rest << 32) | (low & 0xffffffff)) / d;
}

/** ceil(a * part / whole), where part <= whole and whole is not 0. */
export function shareUp(a: u32, part: u64, whole: u64): u64 {
  let least: u64 = 0;
  let most: u64 = a;
  while (least < most) {
    const middle = (least + most) >>> 1;
    if (productFits(a, part, <u32>middle, whole)) most = middle;
    else least = middle + 1;
  }
  return least;
}

/** a * b <= c * d */
export function productFits(a: u32, b: u64, c: u32, d: u64): bool {
  const lowAB = <u64>a * (b & 0xffffffff);
  const highAB = <u64>a * (b >>> 32) + (lowAB >>> 32);
  const lowCD = <u64>c * (d & 0xffffffff);
  const highCD = <u64>c * (d >>> 32) + (lowCD >>> 32);
  return highAB != highCD ? highAB < highCD : (lowAB & 0xffffffff) <= (lowCD & 0xffffffff);
}
