// Parts of keys beyond single headers: see limit-key.ts, whose functions these go with.
import { FAMILY_NONE, FAMILY_V4, FAMILY_V6, parseAddress, parsedHigh, parsedLow } from "../address";
import { beginQuery, nextParameter, tokenPointer, tokenSize } from "../authentication/places";
import { mix } from "../hash";
import { addAddress, addPeer, addText } from "../limit-key";
import { firstValue, nextValue, valuePointer, valueSize } from "../request";

const COMMA: u32 = 0x2c;

/** Adds a query parameter of the path in a slot, percent-decoded; absent and repeated as of headers. */
export function addQuery(key: u64, slot: u32, name: usize, size: u32): u64 {
  beginQuery(slot);
  if (!nextParameter(name, size)) return mix(key);
  const added = addText(key, tokenPointer(), tokenSize());
  return nextParameter(name, size) ? mix(key + 2) : added;
}

/** Adds all texts of a slot in their order: a claim's. */
export function addTexts(key: u64, slot: u32): u64 {
  let count: u64 = 0;
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    key = addText(key, valuePointer(v), valueSize(v));
    count++;
  }
  return mix(key + count);
}

/** Adds the address of `forwardedFamily`, cut to a prefix; the direct peer's where there is none. */
export function addForwarded(
  key: u64,
  slot: u32,
  hops: u32,
  maskV4: u32,
  maskV6High: u64,
  maskV6Low: u64,
): u64 {
  const family = forwardedFamily(slot, hops);
  // The same as of a peer with this address.
  return family == FAMILY_NONE
    ? addPeer(key, maskV4, maskV6High, maskV6Low)
    : addAddress(key, family, forwardedHigh(family, maskV6High), forwardedLow(family, maskV4, maskV6Low));
}

/**
 * The family of the address that stands `hops` from the right in the `x-forwarded-for` of a slot; none where there are not so
 * many, or no address stands there.
 */
export function forwardedFamily(slot: u32, hops: u32): u32 {
  let entries: u32 = 0;
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) entries += entriesOf(v);
  if (entries < hops) return FAMILY_NONE;
  let left = entries - hops;
  let v = firstValue(slot);
  while (v != 0 && left >= entriesOf(v)) {
    left -= entriesOf(v);
    v = nextValue(v);
  }
  return v == 0 ? FAMILY_NONE : parseEntry(v, left);
}

/** The address that was found last, cut to a prefix: its upper half. */
export function forwardedHigh(family: u32, maskV6: u64): u64 {
  return family == FAMILY_V6 ? parsedHigh() & maskV6 : 0;
}

export function forwardedLow(family: u32, maskV4: u32, maskV6: u64): u64 {
  return family == FAMILY_V4 ? parsedLow() & (<u64>maskV4) : parsedLow() & maskV6;
}

function entriesOf(value: usize): u32 {
  let entries: u32 = 1;
  const end = valuePointer(value) + valueSize(value);
  for (let at = valuePointer(value); at < end; at++) {
    if (load<u8>(at) == COMMA) entries++;
  }
  return entries;
}

/** Parses the entry with this number, from the left. */
function parseEntry(value: usize, number: u32): u32 {
  let at = valuePointer(value);
  const end = at + valueSize(value);
  for (; number > 0; at++) {
    if (load<u8>(at) == COMMA) number--;
  }
  let last = at;
  while (last < end && load<u8>(last) != COMMA) last++;
  while (at < last && isBlank(at)) at++;
  while (last > at && isBlank(last - 1)) last--;
  return parseAddress(at, <u32>(last - at));
}

function isBlank(at: usize): bool {
  const byte = load<u8>(at);
  return byte == 0x20 || byte == 0x09;
}
