// SipHash-1-3 (Aumasson, Bernstein 2012; the variant of Rust's and Ruby's hash tables): fast on short keys, and with a
// secret seed a client cannot construct keys that collide.

let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;

function round(): void {
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
}

/** The 64-bit hash of `size` bytes under the key `k0`, `k1`. */
export function siphash13(k0: u64, k1: u64, p: usize, size: u32): u64 {
  v0 = k0 ^ 0x736f6d6570736575;
  v1 = k1 ^ 0x646f72616e646f6d;
  v2 = k0 ^ 0x6c7967656e657261;
  v3 = k1 ^ 0x7465646279746573;
  const end = p + (size & ~7);
  while (p < end) {
    const word = load<u64>(p);
    v3 ^= word;
    round();
    v0 ^= word;
    p += 8;
  }
  let last = (<u64>size) << 56;
  for (let i: u32 = 0; i < (size & 7); i++) last |= (<u64>load<u8>(p + i)) << (i << 3);
  v3 ^= last;
  round();
  v0 ^= last;
  v2 ^= 0xff;
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}

/** Spreads the bits of a word (the finaliser of SplitMix64). */
export function mix(word: u64): u64 {
  word = (word ^ (word >>> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >>> 27)) * 0x94d049bb133111eb;
  return word ^ (word >>> 31);
}
