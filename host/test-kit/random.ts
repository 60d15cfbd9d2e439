/** Bytes that look random and repeat themselves: the generator xorshift32, the same for the same seed. */
export function repeatableRandom(seed: number): (size: number) => Uint8Array {
  // Zero would stay zero.
  let state = seed >>> 0 || 1;
  return (size) =>
    Uint8Array.from({ length: size }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    });
}
