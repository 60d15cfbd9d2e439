// The hashes of filters/runtime/hash.ts in plain arithmetic: both must give the same bits, since an arm that the
// interpreter chooses is the arm that the filter chooses.

const MASK = (1n << 64n) - 1n;

function rotl(x: bigint, by: bigint): bigint {
  return ((x << by) | (x >> (64n - by))) & MASK;
}

/** SipHash-1-3 of a byte string. */
export function siphash13(k0: bigint, k1: bigint, bytes: string): bigint {
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const round = (): void => {
    v0 = (v0 + v1) & MASK;
    v1 = rotl(v1, 13n) ^ v0;
    v0 = rotl(v0, 32n);
    v2 = (v2 + v3) & MASK;
    v3 = rotl(v3, 16n) ^ v2;
    v0 = (v0 + v3) & MASK;
    v3 = rotl(v3, 21n) ^ v0;
    v2 = (v2 + v1) & MASK;
    v1 = rotl(v1, 17n) ^ v2;
    v2 = rotl(v2, 32n);
  };
  const absorb = (word: bigint): void => {
    v3 ^= word;
    round();
    v0 ^= word;
  };
  const whole = bytes.length & ~7;
  for (let at = 0; at < whole; at += 8) absorb(littleEndian(bytes.slice(at, at + 8)));
  absorb(littleEndian(bytes.slice(whole)) | (BigInt(bytes.length & 0xff) << 56n));
  v2 ^= 0xffn;
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The finaliser of SplitMix64. */
export function mix(word: bigint): bigint {
  let x = ((word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return x ^ (x >> 31n);
}

function littleEndian(bytes: string): bigint {
  let word = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) word = (word << 8n) | BigInt(bytes.charCodeAt(i));
  return word;
}
