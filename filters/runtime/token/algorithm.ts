// The algorithms a token may be signed with, a bit each, so that what a key serves for is a set.
export const RS256: u32 = 1;
export const RS384: u32 = 2;
export const RS512: u32 = 4;
export const ES256: u32 = 8;
export const ES384: u32 = 16;
export const HS256: u32 = 32;

// "RS25", "RS38" and so on as words.
const RS25: u32 = 0x35325352;
const RS38: u32 = 0x38335352;
const RS51: u32 = 0x31355352;
const ES25: u32 = 0x35325345;
const ES38: u32 = 0x38335345;
const HS25: u32 = 0x35325348;

/** The algorithm of this name (RFC 7518, section 3.1); 0 for any other, `none` among them. */
export function algorithmOf(name: usize, size: u32): u32 {
  if (size != 5) return 0;
  const word = load<u32>(name);
  const last = load<u8>(name, 4);
  if (last == 0x36) {
    if (word == RS25) return RS256;
    if (word == ES25) return ES256;
    return word == HS25 ? HS256 : 0;
  }
  if (last == 0x34) {
    if (word == RS38) return RS384;
    return word == ES38 ? ES384 : 0;
  }
  return last == 0x32 && word == RS51 ? RS512 : 0;
}
