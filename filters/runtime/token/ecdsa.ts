// ECDSA signatures: a token carries two numbers of the curve's size one behind the other (RFC 7518, section 3.4), the host
// takes them as an ASN.1 SEQUENCE of two INTEGERs in DER.

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/** The largest DER signature of P-384. */
export const DER_SIGNATURE_MAX: u32 = 104;

/** Writes the DER form of two numbers, `size` (at most 48) bytes each, to `to` and answers how long it is. */
export function writeDerSignature(numbers: usize, size: u32, to: usize): u32 {
  const end = writeInteger(writeInteger(to + 2, numbers, size), numbers + size, size);
  store<u8>(to, SEQUENCE);
  store<u8>(to, <u8>(end - to - 2), 1);
  return <u32>(end - to);
}

/** Writes a number as short as it can be, with a zero in front of what would be negative; answers where it ends. */
function writeInteger(to: usize, number: usize, size: u32): usize {
  while (size > 1 && load<u8>(number) == 0) {
    number++;
    size--;
  }
  const pad: u32 = load<u8>(number) > 0x7f ? 1 : 0;
  store<u8>(to, INTEGER);
  store<u8>(to, <u8>(size + pad), 1);
  if (pad != 0) store<u8>(to, 0, 2);
  memory.copy(to + 2 + pad, number, size);
  return to + 2 + pad + size;
}
