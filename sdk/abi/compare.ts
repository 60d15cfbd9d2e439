// Comparing bytes with texts that a filter knows, without encoding or allocating anything.

/**
 * How many of the bytes at `pointer` the UTF-8 of `text` takes up, or -1 where they differ or run out. A lone surrogate
 * stands for U+FFFD, as it does where texts are encoded.
 */
export function prefixLength(pointer: usize, size: u32, text: string): i32 {
  const length = text.length;
  const end = pointer + size;
  let at = pointer;
  for (let i = 0; i < length; i++) {
    let code = <u32>load<u16>(changetype<usize>(text) + ((<usize>i) << 1));
    if (code < 0x80) {
      if (at == end || load<u8>(at) != <u8>code) return -1;
      at++;
      continue;
    }
    if ((code & 0xf800) == 0xd800) {
      const next = i + 1 < length ? <u32>load<u16>(changetype<usize>(text) + ((<usize>i) << 1), 2) : 0;
      if (code < 0xdc00 && (next & 0xfc00) == 0xdc00) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
        i++;
      } else {
        code = 0xfffd;
      }
    }
    const bytes: u32 = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (end - at < bytes) return -1;
    let shift = (bytes - 1) * 6;
    const lead: u32 = bytes == 2 ? 0xc0 : bytes == 3 ? 0xe0 : 0xf0;
    if (load<u8>(at) != <u8>(lead | (code >>> shift))) return -1;
    at++;
    while (shift > 0) {
      shift -= 6;
      if (load<u8>(at) != <u8>(0x80 | ((code >>> shift) & 0x3f))) return -1;
      at++;
    }
  }
  return <i32>(at - pointer);
}

/** An ASCII letter in lower case; anything else as it is. */
export function lower(byte: u32): u32 {
  return byte - 0x41 < 26 ? byte | 0x20 : byte;
}

/** Whether the bytes are those of an ASCII `text` in any case. */
export function sameTextIgnoringCase(pointer: usize, size: u32, text: string): bool {
  if (<u32>text.length != size) return false;
  for (let i: u32 = 0; i < size; i++) {
    const code = <u32>load<u16>(changetype<usize>(text) + ((<usize>i) << 1));
    const byte = <u32>load<u8>(pointer + i);
    // Mostly both are in lower case.
    if (code > 0x7f || (code != byte && lower(code) != lower(byte))) return false;
  }
  return true;
}

/** Whether both hold the same bytes but for the case of ASCII letters. */
export function sameBytesIgnoringCase(a: usize, b: usize, size: u32): bool {
  for (let i: u32 = 0; i < size; i++) {
    const one = <u32>load<u8>(a + i);
    const other = <u32>load<u8>(b + i);
    if (one != other && lower(one) != lower(other)) return false;
  }
  return true;
}

/**
 * Whether the bytes can stand in a header. A line break or a NUL would end it and begin another; Envoy looks for them in
 * debug builds only.
 */
export function fitsHeader(pointer: usize, size: u32): bool {
  const end = pointer + size;
  let at = pointer;
  // Four at a time: whether one is below 0x0e, by the borrow out of its highest bit.
  for (; at + 4 <= end; at += 4) {
    const four = load<u32>(at);
    if (((four - 0x0e0e0e0e) & ~four & 0x80808080) != 0) break;
  }
  for (; at < end; at++) {
    const byte = load<u8>(at);
    if (byte < 0x0e && (byte == 0x0d || byte == 0x0a || byte == 0)) return false;
  }
  return true;
}
