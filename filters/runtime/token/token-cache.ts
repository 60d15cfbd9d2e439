// Tokens whose signature is known to be good, so that a client's next request costs no host call.
//
// A token is kept with all its bytes and recognised by all of them: no hash, whatever its strength, decides whether a
// signature is believed. Bytes go into a ring, each new token over the oldest; a set-associative table of four ways says
// where. What was overwritten is known by its place, counted from the very beginning. Only verified tokens get in, so a
// client without one cannot push out those of others.
import { mix } from "../hash";
import { same } from "../bytes";

// What names a cache: {table, sets - 1, ring, ring's size, bytes written so far u64}.
const SETS: usize = 4;
const RING: usize = 8;
const RING_BYTES: usize = 12;
const WRITTEN: usize = 16;

// An entry: {place u64, expires u64, tag u64, size u32, provider u32}.
const WAYS: u32 = 4;
const ENTRY_BYTES: u32 = 32;
const EXPIRES: usize = 8;
const TAG: usize = 16;
const SIZE: usize = 24;
const PROVIDER: usize = 28;

/** A shorter token has no signature that could be good. */
const TOKEN_BYTES_MIN: u32 = 16;

/**
 * Room for `sets` (a power of two) times four tokens of together `bytes` (a power of two, at least 32768); `cache` is 24
 * bytes, zeros before. False: no memory, and the cache stays empty for ever.
 */
export function reserveTokens(cache: usize, sets: u32, bytes: u32): bool {
  if (load<usize>(cache) != 0) return true; // another plugin of this VM has done it
  const table = <u64>sets * <u64>WAYS * <u64>ENTRY_BYTES;
  const pages = <i32>((table + bytes + 0xffff) >>> 16);
  const before = memory.grow(pages);
  if (before < 0) return false;
  const start = (<usize>before) << 16;
  store<usize>(cache, start);
  store<u32>(cache, sets - 1, SETS);
  store<usize>(cache, start + <usize>table, RING);
  store<u32>(cache, bytes, RING_BYTES);
  store<u64>(cache, 0, WRITTEN);
  return true;
}

/** Whether exactly these bytes were remembered under a provider's number, and `now` is before what was given as `expires`. */
export function knownToken(cache: usize, provider: u32, pointer: usize, size: u32, now: u64): bool {
  if (load<usize>(cache) == 0 || size < TOKEN_BYTES_MIN) return false;
  const entry = find(cache, provider, pointer, size);
  return entry != 0 && now < load<u64>(entry, EXPIRES);
}

/** Remembers a token that was verified, until `expires`; times in nanoseconds since 1970. */
export function rememberToken(
  cache: usize,
  provider: u32,
  pointer: usize,
  size: u32,
  now: u64,
  expires: u64,
): void {
  const ring = load<u32>(cache, RING_BYTES);
  if (load<usize>(cache) == 0 || size < TOKEN_BYTES_MIN || size > ring >>> 1 || now >= expires) return;
  let entry = find(cache, provider, pointer, size);
  if (entry != 0) {
    store<u64>(entry, expires, EXPIRES);
    return;
  }
  entry = victim(cache, tagOf(pointer, size));
  let place = load<u64>(cache, WRITTEN);
  const left = ring - ((<u32>place) & (ring - 1));
  if (size > left) place += left;
  memory.copy(load<usize>(cache, RING) + ((<u32>place) & (ring - 1)), pointer, size);
  store<u64>(cache, place + ((size + 7) & ~7), WRITTEN);
  store<u64>(entry, place);
  store<u64>(entry, expires, EXPIRES);
  store<u64>(entry, tagOf(pointer, size), TAG);
  store<u32>(entry, size, SIZE);
  store<u32>(entry, provider, PROVIDER);
}

/** Forgets all tokens: call it when a key set has changed. */
export function forgetTokens(cache: usize): void {
  // As if the ring had been written over.
  const ring = <u64>load<u32>(cache, RING_BYTES);
  store<u64>(cache, load<u64>(cache, WRITTEN) + ring + ring, WRITTEN);
}

/** The last characters of the signature. That others share them costs a comparison, no more. */
function tagOf(pointer: usize, size: u32): u64 {
  return mix(load<u64>(pointer + size - 8) ^ mix(load<u64>(pointer + size - 16)));
}

function setOf(cache: usize, tag: u64): usize {
  return load<usize>(cache) + <usize>(((<u32>tag) & load<u32>(cache, SETS)) * (WAYS * ENTRY_BYTES));
}

/** Whether the bytes of an entry are still in the ring. */
function isThere(cache: usize, entry: usize): bool {
  if (load<u32>(entry, SIZE) == 0) return false;
  return load<u64>(cache, WRITTEN) - load<u64>(entry) <= <u64>load<u32>(cache, RING_BYTES);
}

function find(cache: usize, provider: u32, pointer: usize, size: u32): usize {
  const tag = tagOf(pointer, size);
  const set = setOf(cache, tag);
  for (let i: u32 = 0; i < WAYS; i++) {
    const entry = set + <usize>(i * ENTRY_BYTES);
    if (load<u64>(entry, TAG) != tag || load<u32>(entry, SIZE) != size) continue;
    if (load<u32>(entry, PROVIDER) != provider || !isThere(cache, entry)) continue;
    const place = (<u32>load<u64>(entry)) & (load<u32>(cache, RING_BYTES) - 1);
    if (same(load<usize>(cache, RING) + place, pointer, size)) return entry;
  }
  return 0;
}

/** The entry to use for a new token: one that is free, else the oldest. */
function victim(cache: usize, tag: u64): usize {
  const set = setOf(cache, tag);
  let oldest = set;
  for (let i: u32 = 0; i < WAYS; i++) {
    const entry = set + <usize>(i * ENTRY_BYTES);
    if (!isThere(cache, entry)) return entry;
    if (load<u64>(entry) < load<u64>(oldest)) oldest = entry;
  }
  return oldest;
}
