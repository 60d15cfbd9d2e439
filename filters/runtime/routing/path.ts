// Paths that routes change. The query stays as it is.
import { allocate } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { HeaderMap } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { same } from "../bytes";
import { firstValue, valuePointer, valueSize } from "../request";
import { setHeader } from "../respond";
import { pathChange, routeTexts } from "./action";

const PREFIX: u32 = 2;
const SLASH: u8 = 0x2f;

// ":path"
const PATH: usize = memory.data<u8>([58, 112, 97, 116, 104]);

/** Sets the path that the upstream sees, where the action changes it. False: the host refused, or there is no memory. */
export function rewritePath(slot: u32): bool {
  const value = firstValue(slot);
  if (pathChange() == 0 || value == 0) return true;
  const to = allocate(changedPathRoom(value));
  if (to == 0) return false;
  const size = <u32>(putChangedPath(to, value) - to);
  if (size == valueSize(value) && same(to, valuePointer(value), size)) return true;
  return setHeader(HeaderMap.Request, PATH, 5, to, size);
}

/** Bytes that the path in a slot's value may have, changed; `value` 0: there is none. */
export function changedPathRoom(value: usize): usize {
  const change = pathChange();
  let room: usize = 1;
  if (value != 0) room += valueSize(value);
  if (change != 0) room += load<u32>(change, 8);
  return room;
}

/** Writes the path as the action changes it, if it does; answers its end. */
export function putChangedPath(to: usize, value: usize): usize {
  const whole = value == 0 ? to : valuePointer(value);
  const size: u32 = value == 0 ? 0 : valueSize(value);
  const change = pathChange();
  if (change == 0) return put(to, whole, size);
  let end: u32 = 0;
  while (end < size && !beginsQuery(load<u8>(whole + end))) end++;
  // A full path takes the place of all of it.
  const kind = load<u32>(change);
  const from = (kind & 3) == PREFIX ? min(kind >>> 2, end) : end;
  let at = put(to, routeTexts() + load<u32>(change, 4), load<u32>(change, 8));
  at = put(at, whole + from, end - from);
  if (at == to) store<u8>(at++, SLASH);
  return put(at, whole + end, size - end);
}

function beginsQuery(byte: u8): bool {
  return byte == 0x3f || byte == 0x23;
}

function put(to: usize, text: usize, size: u32): usize {
  memory.copy(to, text, size);
  return to + size;
}
