// SHA-256 (FIPS 180-4) and its HMAC (RFC 2104), which the host has no function for.

const BLOCK: u32 = 64;
/** How long a digest is. */
export const DIGEST_BYTES: u32 = 32;

const CONSTANTS: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);
/** The message schedule: 64 words. */
const SCHEDULE: usize = memory.data(256, 4);
/** The last blocks with their padding. */
const TAIL: usize = memory.data(128, 8);
const PAD: usize = memory.data(64, 8);
const INNER: usize = memory.data(32, 8);
const SHORT_KEY: usize = memory.data(32, 8);

let h0: u32 = 0;
let h1: u32 = 0;
let h2: u32 = 0;
let h3: u32 = 0;
let h4: u32 = 0;
let h5: u32 = 0;
let h6: u32 = 0;
let h7: u32 = 0;

/** Writes the 32 bytes of a text's SHA-256 to `to`. */
export function sha256(text: usize, size: u32, to: usize): void {
  begin();
  finish(text, size, 0, to);
}

/** Writes the 32 bytes of a text's HMAC-SHA-256 under a key to `to`. */
export function hmacSha256(key: usize, keySize: u32, text: usize, size: u32, to: usize): void {
  if (keySize > BLOCK) {
    sha256(key, keySize, SHORT_KEY);
    key = SHORT_KEY;
    keySize = DIGEST_BYTES;
  }
  beginPadded(key, keySize, 0x36);
  finish(text, size, BLOCK, INNER);
  beginPadded(key, keySize, 0x5c);
  finish(INNER, DIGEST_BYTES, BLOCK, to);
}

/** Whether two digests are the same, in a time that does not tell where they differ. */
export function sameDigest(a: usize, b: usize): bool {
  let difference: u64 = 0;
  for (let i: usize = 0; i < DIGEST_BYTES; i += 8) difference |= load<u64>(a + i) ^ load<u64>(b + i);
  return difference == 0;
}

function begin(): void {
  h0 = 0x6a09e667;
  h1 = 0xbb67ae85;
  h2 = 0x3c6ef372;
  h3 = 0xa54ff53a;
  h4 = 0x510e527f;
  h5 = 0x9b05688c;
  h6 = 0x1f83d9ab;
  h7 = 0x5be0cd19;
}

/** Begins with a block of the key's bytes and zeros, each XORed with `byte`. */
function beginPadded(key: usize, size: u32, byte: u8): void {
  memory.fill(PAD, byte, BLOCK);
  for (let i: u32 = 0; i < size; i++) store<u8>(PAD + i, load<u8>(key + i) ^ byte);
  begin();
  compress(PAD);
}

/** Takes the rest of the text, of which `before` bytes (whole blocks) have been taken, and writes the digest. */
function finish(text: usize, size: u32, before: u32, to: usize): void {
  let left = size;
  while (left >= BLOCK) {
    compress(text);
    text += BLOCK;
    left -= BLOCK;
  }
  memory.fill(TAIL, 0, 2 * BLOCK);
  memory.copy(TAIL, text, left);
  store<u8>(TAIL + left, 0x80);
  const end: u32 = left < BLOCK - 8 ? BLOCK : 2 * BLOCK;
  store<u64>(TAIL + end - 8, bswap<u64>((<u64>before + <u64>size) << 3));
  compress(TAIL);
  if (end > BLOCK) compress(TAIL + BLOCK);
  store<u32>(to, bswap<u32>(h0));
  store<u32>(to, bswap<u32>(h1), 4);
  store<u32>(to, bswap<u32>(h2), 8);
  store<u32>(to, bswap<u32>(h3), 12);
  store<u32>(to, bswap<u32>(h4), 16);
  store<u32>(to, bswap<u32>(h5), 20);
  store<u32>(to, bswap<u32>(h6), 24);
  store<u32>(to, bswap<u32>(h7), 28);
}

function compress(block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(SCHEDULE + i, bswap<u32>(load<u32>(block + i)));
  for (let i: usize = 64; i < 256; i += 4) {
    const w15 = load<u32>(SCHEDULE + i - 60);
    const w2 = load<u32>(SCHEDULE + i - 8);
    const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >>> 3);
    const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >>> 10);
    store<u32>(SCHEDULE + i, load<u32>(SCHEDULE + i - 64) + s0 + load<u32>(SCHEDULE + i - 28) + s1);
  }
  let a = h0;
  let b = h1;
  let c = h2;
  let d = h3;
  let e = h4;
  let f = h5;
  let g = h6;
  let h = h7;
  for (let i: usize = 0; i < 256; i += 4) {
    const s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + load<u32>(CONSTANTS + i) + load<u32>(SCHEDULE + i);
    const s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  h0 += a;
  h1 += b;
  h2 += c;
  h3 += d;
  h4 += e;
  h5 += f;
  h6 += g;
  h7 += h;
}
