// SipHash-1-3 (Aumasson, Bernstein 2012; the variant of Rust's and Ruby's hash tables): fast on short keys, and with a
// secret seed a client cannot construct keys that collide.

/** The 64-bit hash of `size` bytes under the key `k0`, `k1`. */
export function siphash13(k0: u64, k1: u64, p: usize, size: u32): u64 {
  let v0 = k0 ^ 0x736f6d6570736575;
  let v1 = k1 ^ 0x646f72616e646f6d;
  let v2 = k0 ^ 0x6c7967656e657261;
  let v3 = k1 ^ 0x7465646279746573;
  let left = size;
  // Each word takes one round, and three more end it: one loop, since a state in locals cannot be passed to a function, and
  // one in globals makes every step wait for memory.
  let ending = 0;
  while (true) {
    let word: u64 = 0;
    if (ending == 0) {
      word = left >= 8 ? load<u64>(p) : lastWord(p, left, size);
      v3 ^= word;
    }
    v0 += v1;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v0 = rotl<u64>(v0, 32);
    v2 += v3;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 += v3;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v2 += v1;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v2 = rotl<u64>(v2, 32);
    if (ending == 0) {
      v0 ^= word;
      if (left >= 8) {
        p += 8;
        left -= 8;
        continue;
      }
      v2 ^= 0xff;
    }
    if (++ending > 3) return v0 ^ v1 ^ v2 ^ v3;
  }
}

/** The bytes behind the whole words, and the size's lowest byte above them. */
function lastWord(p: usize, left: u32, size: u32): u64 {
  let word = (<u64>size) << 56;
  for (let i: u32 = 0; i < left; i++) word |= (<u64>load<u8>(p + i)) << (i << 3);
  return word;
}

/** Spreads the bits of a word (the finaliser of SplitMix64). */
export function mix(word: u64): u64 {
  word = (word ^ (word >>> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >>> 27)) * 0x94d049bb133111eb;
  return word ^ (word >>> 31);
}
