// The hostname of a request, as routes compare it: what `:authority` says (RFC 3986, section 3.2), without its port.
import { firstValue, keepAnswer, valuePointer, valueSize } from "../request";

/** A port may be empty, and has no more digits. */
const PORT_MAX: u32 = 5;

const DOT: u32 = 0x2e;
const COLON: u32 = 0x3a;

/** Puts the hostname into a slot; nothing where the authority has none. `authority` is the slot of `:authority`. */
export function readHostname(slot: u32, authority: u32): void {
  const value = firstValue(authority);
  if (value == 0) return;
  const text = valuePointer(value);
  const size = valueSize(value);
  let end: u32 = 0;
  // A dot stands between two labels, none of which is empty.
  let label: u32 = 0;
  for (; end < size; end++) {
    const byte = <u32>load<u8>(text + end);
    if (byte == DOT && label != 0) label = 0;
    else if (isOfLabel(byte)) label++;
    else break;
  }
  if (label != 0 && isPort(text + end, size - end)) keepAnswer(slot, text, end);
}

/** Whether a text is empty, or a colon and digits. */
function isPort(text: usize, size: u32): bool {
  if (size == 0) return true;
  if (<u32>load<u8>(text) != COLON || size > PORT_MAX + 1) return false;
  for (let i: u32 = 1; i < size; i++) {
    if (<u32>load<u8>(text + i) - 0x30 > 9) return false;
  }
  return true;
}

/** Letters, digits, `-` and `_`. */
function isOfLabel(byte: u32): bool {
  return (byte | 0x20) - 0x61 < 26 || byte - 0x30 < 10 || byte == 0x2d || byte == 0x5f;
}
