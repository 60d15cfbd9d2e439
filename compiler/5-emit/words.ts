// Tables of bytes, as the words that emitted programs hold.

/** Bytes as little-endian words, filled up with zeros. */
export function wordsOf(bytes: string): number[] {
  const padded = Buffer.from(bytes.padEnd(Math.ceil(bytes.length / 4) * 4, "\0"), "latin1");
  return Array.from({ length: padded.length / 4 }, (_, i) => padded.readUInt32LE(4 * i));
}
