// Comparing bytes in place. Nothing here allocates.

/** Whether `size` bytes at `a` and at `b` are the same. */
export function same(a: usize, b: usize, size: u32): bool {
  while (size >= 8) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
    size -= 8;
  }
  while (size != 0) {
    if (load<u8>(a) != load<u8>(b)) return false;
    a++;
    b++;
    size--;
  }
  return true;
}

/** As `same`, for text whose ASCII case does not matter; `lower` is lower-case already. */
export function sameIgnoringCase(text: usize, lower: usize, size: u32): bool {
  for (let i: u32 = 0; i < size; i++) {
    let byte = <u32>load<u8>(text + i);
    if (byte - 0x41 < 26) byte |= 0x20;
    if (byte != load<u8>(lower + i)) return false;
  }
  return true;
}
