// AssemblyScript, for bench/routing/hashes.ts: hashes by which a split could take its key. Each loop hashes `count` keys of
// `size` bytes, which lie `stride` bytes apart at `keys()`, into `hashes()`.
import { mix, siphash13 } from "../hash";
import { beginSplit, chosenArm, drawArm, stickToBytes } from "../split";

const KEYS: usize = memory.data(65536 * 40, 16);
const HASHES: usize = memory.data(65536 * 8, 16);

export function keys(): usize {
  return KEYS;
}

export function hashes(): usize {
  return HASHES;
}

/** The loop alone, which looks at a key's first bytes. */
export function nothing(count: u32, stride: u32, size: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u64>(HASHES + (i << 3), load<u64>(KEYS + i * stride) ^ size);
}

export function sipHash(count: u32, stride: u32, size: u32): void {
  for (let i: u32 = 0; i < count; i++)
    store<u64>(HASHES + (i << 3), siphash13(0, 0, KEYS + i * stride, size));
}

export function xxHash(count: u32, stride: u32, size: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u64>(HASHES + (i << 3), xxh64(KEYS + i * stride, size));
}

export function wyHash(count: u32, stride: u32, size: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u64>(HASHES + (i << 3), wyhash(KEYS + i * stride, size));
}

export function murmur(count: u32, stride: u32, size: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u64>(HASHES + (i << 3), chained(KEYS + i * stride, size));
}

export function fnv(count: u32, stride: u32, size: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u64>(HASHES + (i << 3), fnv1a(KEYS + i * stride, size));
}

/** What an arm draws with, of hashes that are there. */
export function finalise(count: u32, seed: u64): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = HASHES + (i << 3);
    store<u64>(at, mix(load<u64>(at) ^ seed));
  }
}

/** The whole choice among so many arms of one weight. */
export function choose(count: u32, stride: u32, size: u32, arms: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    stickToBytes(KEYS + i * stride, size);
    beginSplit();
    for (let arm: u32 = 0; arm < arms; arm++) drawArm(arm, mix(arm), 1);
    store<u64>(HASHES + (i << 3), chosenArm());
  }
}

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

function xxRound(sum: u64, word: u64): u64 {
  return rotl<u64>(sum + word * P2, 31) * P1;
}

/** XXH64 with the seed 0. */
function xxh64(p: usize, size: u32): u64 {
  const end = p + size;
  let h: u64;
  if (size >= 32) {
    let a = P1 + P2;
    let b = P2;
    let c: u64 = 0;
    let d: u64 = 0 - P1;
    do {
      a = xxRound(a, load<u64>(p));
      b = xxRound(b, load<u64>(p, 8));
      c = xxRound(c, load<u64>(p, 16));
      d = xxRound(d, load<u64>(p, 24));
      p += 32;
    } while (p + 32 <= end);
    h = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
    h = (h ^ xxRound(0, a)) * P1 + P4;
    h = (h ^ xxRound(0, b)) * P1 + P4;
    h = (h ^ xxRound(0, c)) * P1 + P4;
    h = (h ^ xxRound(0, d)) * P1 + P4;
  } else h = P5;
  h += size;
  while (p + 8 <= end) {
    h = rotl<u64>(h ^ xxRound(0, load<u64>(p)), 27) * P1 + P4;
    p += 8;
  }
  if (p + 4 <= end) {
    h = rotl<u64>(h ^ (<u64>load<u32>(p) * P1), 23) * P2 + P3;
    p += 4;
  }
  while (p < end) h = rotl<u64>(h ^ (<u64>load<u8>(p++) * P5), 11) * P1;
  h = (h ^ (h >>> 33)) * P2;
  h = (h ^ (h >>> 29)) * P3;
  return h ^ (h >>> 32);
}

const S0: u64 = 0x2d358dccaa6c78a5;
const S1: u64 = 0x8bb84b93962eacc9;
const S2: u64 = 0x4b33a62ed433d4a3;
const S3: u64 = 0x4d5a2da51de1aa47;

let low: u64 = 0;
let high: u64 = 0;

/** The product of two words, which WebAssembly has no instruction for. */
function multiply(a: u64, b: u64): void {
  const a0 = a & 0xffffffff;
  const a1 = a >>> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >>> 32;
  const m0 = a0 * b1;
  const m1 = a1 * b0;
  const l = a0 * b0;
  const t = (l >>> 32) + (m0 & 0xffffffff) + (m1 & 0xffffffff);
  low = (l & 0xffffffff) | (t << 32);
  high = a1 * b1 + (m0 >>> 32) + (m1 >>> 32) + (t >>> 32);
}

function folded(a: u64, b: u64): u64 {
  multiply(a, b);
  return low ^ high;
}

/** wyhash, final version 4, with the seed 0. */
function wyhash(p: usize, size: u32): u64 {
  let seed = folded(S0, S1);
  let a: u64 = 0;
  let b: u64 = 0;
  if (size <= 16) {
    if (size >= 4) {
      const step = (size >>> 3) << 2;
      const last = p + size - 4;
      a = ((<u64>load<u32>(p)) << 32) | load<u32>(p + step);
      b = ((<u64>load<u32>(last)) << 32) | load<u32>(last - step);
    } else if (size > 0) {
      a = ((<u64>load<u8>(p)) << 16) | ((<u64>load<u8>(p + (size >>> 1))) << 8) | load<u8>(p + size - 1);
    }
  } else {
    let left = size;
    if (left >= 48) {
      let second = seed;
      let third = seed;
      do {
        seed = folded(load<u64>(p) ^ S1, load<u64>(p, 8) ^ seed);
        second = folded(load<u64>(p, 16) ^ S2, load<u64>(p, 24) ^ second);
        third = folded(load<u64>(p, 32) ^ S3, load<u64>(p, 40) ^ third);
        p += 48;
        left -= 48;
      } while (left >= 48);
      seed ^= second ^ third;
    }
    while (left > 16) {
      seed = folded(load<u64>(p) ^ S1, load<u64>(p, 8) ^ seed);
      left -= 16;
      p += 16;
    }
    a = load<u64>(p + left - 16);
    b = load<u64>(p + left - 8);
  }
  multiply(a ^ S1, b ^ seed);
  return folded(low ^ S0 ^ size, high ^ S1);
}

/** Word by word through MurmurHash3's finaliser. */
function chained(p: usize, size: u32): u64 {
  let h: u64 = size;
  const end = p + size;
  for (; p + 8 <= end; p += 8) h = fmix(h ^ load<u64>(p));
  let last: u64 = 0;
  for (let shift = 0; p < end; shift += 8) last |= (<u64>load<u8>(p++)) << shift;
  return fmix(h ^ last);
}

function fmix(h: u64): u64 {
  h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccd;
  h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53;
  return h ^ (h >>> 33);
}

/** FNV-1a with 64 bits. */
function fnv1a(p: usize, size: u32): u64 {
  let h: u64 = 0xcbf29ce484222325;
  for (let i: u32 = 0; i < size; i++) h = (h ^ load<u8>(p + i)) * 0x100000001b3;
  return h;
}
