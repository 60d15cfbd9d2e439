// The key of a rate limit: what it counts by, hashed part by part with a seed of this VM's own. The seed keeps a client
// from finding two keys that share a bucket. An absent and an empty header make different keys, and so does a repeated one.
import { proxy_get_current_time_nanoseconds } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { mix, siphash13 } from "./hash";
import { peerFamily, peerHigh, peerLow } from "./peer";
import { firstValue, nextValue, valuePointer, valueSize } from "./request";

const CLOCK: usize = memory.data(8, 8);
const WORDS: usize = memory.data(24, 8);
const PIECE_BYTES: u32 = 256;
const PIECE: usize = memory.data(256, 8);
let seed: u64 = 0;

/** Nanoseconds since 1970 by the proxy's clock; 0 where it does not answer, and buckets then stand still. */
export function now(): u64 {
  return proxy_get_current_time_nanoseconds(CLOCK) == Status.Ok ? load<u64>(CLOCK) : 0;
}

/** Chooses the seed; call it when a plugin is configured. A second plugin in the same VM leaves it: keys must stay keys. Always true. */
export function seedKeys(): bool {
  if (seed == 0) seed = newSeed();
  return true;
}

/** A seed that nobody else has. */
export function newSeed(): u64 {
  return mix(now() ^ 0x9e3779b97f4a7c15);
}

/** Makes the keys those of a seed: see limits/shared-seed.ts. */
export function useSeed(shared: u64): void {
  seed = shared;
}

/** The start of every key: which limit it belongs to. */
export function beginKey(limit: u64): u64 {
  return mix(seed + limit);
}

/**
 * Adds a header's value. A header that is repeated adds the same whatever its values are: otherwise each further value
 * would be a bucket of its own, for requests that count as the first value's everywhere else.
 */
export function addHeader(key: u64, slot: u32): u64 {
  const v = firstValue(slot);
  if (v == 0) return mix(key);
  if (nextValue(v) != 0) return mix(key + 2);
  return addText(key, valuePointer(v), valueSize(v));
}

/** Adds a text. */
export function addText(key: u64, text: usize, size: u32): u64 {
  return mix(siphash13(key, seed, text, size) + 1);
}

/** As `addHeader`, ASCII case aside: another spelling of a host is no other bucket. */
export function addHost(key: u64, slot: u32): u64 {
  const v = firstValue(slot);
  if (v == 0) return mix(key);
  if (nextValue(v) != 0) return mix(key + 2);
  const text = valuePointer(v);
  const size = valueSize(v);
  // A piece at a time, since the value itself stays as it came for whoever asks for it next.
  for (let start: u32 = 0; start < size; start += PIECE_BYTES) {
    const piece = min(size - start, PIECE_BYTES);
    for (let i: u32 = 0; i < piece; i++) {
      const byte = <u32>load<u8>(text + start + i);
      store<u8>(PIECE + i, byte - 0x41 < 26 ? byte | 0x20 : byte);
    }
    key = siphash13(key, seed, PIECE, piece);
  }
  return mix(key + 1);
}

/** Adds the direct peer's address, cut to a prefix. */
export function addPeer(key: u64, maskV4: u32, maskV6High: u64, maskV6Low: u64): u64 {
  return addAddress(key, peerFamily(), peerHigh(maskV6High), peerLow(maskV4, maskV6Low));
}

/** Adds an address that was cut to a prefix. */
export function addAddress(key: u64, family: u32, high: u64, low: u64): u64 {
  store<u64>(WORDS, family);
  store<u64>(WORDS, high, 8);
  store<u64>(WORDS, low, 16);
  return siphash13(key, seed, WORDS, 24);
}
