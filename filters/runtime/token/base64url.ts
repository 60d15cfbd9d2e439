// Base64url as JSON Web Signature writes it (RFC 7515, section 2): no padding, no line breaks, no other characters. Bits
// that no byte takes must be zero: else one signature could be written in several ways, and a token that was seen before
// would not be recognised by its bytes.

const ERROR: u32 = 0x80;
/** What a character stands for; `ERROR` for those that stand for nothing. */
const VALUES: usize = memory.data<u8>([
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 62, 128, 128, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 128, 128, 128, 128, 128, 128, 128, 0,
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 128, 128, 128,
  128, 63, 128, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
  49, 50, 51, 128, 128, 128, 128, 128,
]);

/** How many bytes `size` characters stand for. */
export function decodedSize(size: u32): u32 {
  return (size >>> 2) * 3 + ((size & 3) == 0 ? 0 : (size & 3) - 1);
}

/** Decodes `size` characters into `to`, which has room for `decodedSize(size)` bytes. False where they are no base64url. */
export function decodeBase64url(from: usize, size: u32, to: usize): bool {
  const rest = size & 3;
  if (rest == 1) return false;
  const end = from + (size - rest);
  while (from < end) {
    const a = valueAt(from);
    const b = valueAt(from + 1);
    const c = valueAt(from + 2);
    const d = valueAt(from + 3);
    if (((a | b | c | d) & ERROR) != 0) return false;
    const word = (a << 18) | (b << 12) | (c << 6) | d;
    store<u8>(to, <u8>(word >>> 16));
    store<u8>(to, <u8>(word >>> 8), 1);
    store<u8>(to, <u8>word, 2);
    from += 4;
    to += 3;
  }
  if (rest == 0) return true;
  const a = valueAt(from);
  const b = valueAt(from + 1);
  const c = rest == 3 ? valueAt(from + 2) : 0;
  if (((a | b | c) & ERROR) != 0) return false;
  const word = (a << 10) | (b << 4) | (c >>> 2);
  store<u8>(to, <u8>(word >>> 8));
  if (rest == 2) return (word & 0xff) == 0;
  store<u8>(to, <u8>word, 1);
  return (c & 3) == 0;
}

function valueAt(character: usize): u32 {
  const byte = <u32>load<u8>(character);
  // What is no ASCII has the error's bit itself.
  return (<u32>load<u8>(VALUES + (byte & 0x7f))) | (byte & ERROR);
}
