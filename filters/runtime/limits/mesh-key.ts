// Keys of limits that a service counts: as those of key.ts and ../limit-key.ts, but the service is sent what they are made of,
// as a digest, which must be the same in every sidecar.
import { FAMILY_NONE } from "../address";
import { beginQuery, nextParameter, tokenPointer, tokenSize } from "../authentication/places";
import { failed } from "../cel-failure";
import { pointerOf, sizeOf, Text } from "../cel-text";
import { addMeshKeyAddress, addMeshKeyMark, addMeshKeyText } from "../mesh/key";
import { peerFamily, peerHigh, peerLow } from "../peer";
import { firstValue, nextValue, valuePointer, valueSize } from "../request";
import { forwardedFamily, forwardedHigh, forwardedLow } from "./key";

const ABSENT: u32 = 0;
const REPEATED: u32 = 2;
const ERROR: u32 = 3;

/** Adds the value in a slot; `ignoreCase`: ASCII case aside. */
export function addMeshHeader(slot: u32, ignoreCase: bool): void {
  const v = firstValue(slot);
  if (v == 0) addMeshKeyMark(ABSENT);
  else if (nextValue(v) != 0) addMeshKeyMark(REPEATED);
  else addMeshKeyText(valuePointer(v), valueSize(v), ignoreCase);
}

/** Adds a query parameter of the path in a slot, percent-decoded. */
export function addMeshQuery(slot: u32, name: usize, size: u32): void {
  beginQuery(slot);
  if (!nextParameter(name, size)) return addMeshKeyMark(ABSENT);
  const text = tokenPointer();
  const textSize = tokenSize();
  if (nextParameter(name, size)) addMeshKeyMark(REPEATED);
  else addMeshKeyText(text, textSize, false);
}

/** Adds all texts of a slot in their order: a claim's. */
export function addMeshTexts(slot: u32): void {
  let count: u32 = 0;
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    addMeshKeyText(valuePointer(v), valueSize(v), false);
    count++;
  }
  addMeshKeyMark(count);
}

/** Adds the direct peer's address, cut to a prefix. */
export function addMeshPeer(maskV4: u32, maskV6High: u64, maskV6Low: u64): void {
  addMeshKeyAddress(peerFamily(), peerHigh(maskV6High), peerLow(maskV4, maskV6Low));
}

/** Adds the address that stands `hops` from the right in `x-forwarded-for`: see `addForwarded`. */
export function addMeshForwarded(slot: u32, hops: u32, maskV4: u32, maskV6High: u64, maskV6Low: u64): void {
  const family = forwardedFamily(slot, hops);
  if (family == FAMILY_NONE) return addMeshPeer(maskV4, maskV6High, maskV6Low);
  const high = forwardedHigh(family, maskV6High);
  addMeshKeyAddress(family, high, forwardedLow(family, maskV4, maskV6Low));
}

/** Adds the text that an expression comes to. Call it right behind the expression. */
export function addMeshValue(value: Text): void {
  if (failed()) addMeshKeyMark(ERROR);
  else addMeshKeyText(pointerOf(value), sizeOf(value), false);
}
