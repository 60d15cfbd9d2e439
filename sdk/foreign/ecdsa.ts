// ECDSA signatures as JSON web tokens have them, in the form that the host takes.
import { Bytes } from "../bytes";

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
/** P-521 has numbers of 66 bytes. */
const LARGEST: u32 = 132;

/**
 * The DER form of an ECDSA signature that is two numbers of the same length one behind the other (ES256: 64 bytes,
 * ES384: 96, ES512: 132), as a copy of its own. Empty, which no key signs, where `raw` is none. Allocates.
 */
export function derSignature(raw: Bytes): Bytes {
  const size = raw.size;
  if (size == 0 || (size & 1) != 0 || size > LARGEST) return new Bytes();
  const half = size >>> 1;
  // Two tags with their lengths, and a zero in front of what would be negative.
  const body = new ArrayBuffer(2 * (half + 3));
  const start = changetype<usize>(body);
  let end = integer(start, raw.pointer, half);
  end = integer(end, raw.pointer + half, half);
  const used = <u32>(end - start);
  const long: u32 = used > 0x7f ? 1 : 0;
  const whole = new ArrayBuffer(2 + long + used);
  const at = changetype<usize>(whole);
  store<u8>(at, SEQUENCE);
  if (long) store<u8>(at + 1, 0x81);
  store<u8>(at + 1 + long, <u8>used);
  memory.copy(at + 2 + long, start, used);
  return Bytes.of(whole);
}

/** Writes a number as an INTEGER and says where it ends. */
function integer(at: usize, number: usize, size: u32): usize {
  let from: u32 = 0;
  while (from < size - 1 && load<u8>(number + from) == 0) from++;
  const pad: u32 = load<u8>(number + from) > 0x7f ? 1 : 0;
  const length = size - from + pad;
  store<u8>(at, INTEGER);
  store<u8>(at + 1, <u8>length);
  if (pad) store<u8>(at + 2, 0);
  memory.copy(at + 2 + pad, number + from, size - from);
  return at + 2 + length;
}
