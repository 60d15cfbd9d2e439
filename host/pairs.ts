import type { HeaderMap } from "./header-map.ts";

/**
 * The ABI's form of a header list: u32 count, count × (u32 name length, u32 value length), then each name and
 * value followed by a NUL; little-endian.
 */

const MAX_PAIRS = 1024;
const MAX_BYTES = 1024 * 1024;

/** Bytes that {@link writePairs} will write. */
export function pairsSize(headers: HeaderMap): number {
  return 4 + headers.size * 10 + headers.byteSize;
}

/** The whole map in bytes of its own. */
export function encodePairs(headers: HeaderMap): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(pairsSize(headers)));
  writePairs(headers, bytes, new DataView(bytes.buffer), 0);
  return bytes;
}

/** Pairs of any bytes, in the same form. */
export function encodeBytePairs(pairs: ReadonlyArray<readonly [Uint8Array, Uint8Array]>): Buffer {
  const texts = pairs.flat();
  const head = Buffer.alloc(4 + texts.length * 4);
  head.writeUInt32LE(pairs.length);
  texts.forEach((text, i) => head.writeUInt32LE(text.length, 4 + i * 4));
  return Buffer.concat([head, ...texts.flatMap((text) => [text, NUL])]);
}

const NUL = Uint8Array.of(0);

/** Writes the whole map at `address`, `words` being a view of the same memory; the caller has made room for {@link pairsSize} bytes. */
export function writePairs(headers: HeaderMap, memory: Buffer, words: DataView, address: number): void {
  const count = headers.size;
  words.setUint32(address, count, true);
  let sizes = address + 4;
  let text = sizes + count * 8;
  for (let i = 0; i < count; i++) {
    const name = headers.nameAt(i);
    const value = headers.valueAt(i);
    words.setUint32(sizes, name.length, true);
    words.setUint32(sizes + 4, value.length, true);
    sizes += 8;
    text = writeText(memory, text, name);
    text = writeText(memory, text, value);
  }
}

function writeText(memory: Buffer, address: number, text: string): number {
  writeLatin1(memory, address, text);
  memory[address + text.length] = 0;
  return address + text.length + 1;
}

/** Copies a binary string into memory. Short strings by hand: a call into C++ costs more than their bytes. */
export function writeLatin1(memory: Buffer, address: number, text: string): void {
  if (text.length > 48) memory.write(text, address, "latin1");
  else for (let i = 0; i < text.length; i++) memory[address + i] = text.charCodeAt(i);
}

/**
 * Reads a header list a filter wrote. Like Envoy it answers an empty list, silently, for anything malformed
 * and for more than 1,024 pairs or 1 MiB.
 */
export function readPairs(memory: Buffer, address: number, length: number): Array<[string, string]> {
  if (length < 4 || length > MAX_BYTES) return [];
  const end = address + length;
  const count = memory.readUInt32LE(address);
  if (count > MAX_PAIRS || 4 + count * 8 > length) return [];
  const pairs: Array<[string, string]> = [];
  let text = address + 4 + count * 8;
  const read = (size: number): string | undefined => {
    if (text + size + 1 > end || memory[text + size] !== 0) return undefined;
    const value = memory.toString("latin1", text, text + size);
    text += size + 1;
    return value;
  };
  for (let i = 0; i < count; i++) {
    const sizes = address + 4 + i * 8;
    const name = read(memory.readUInt32LE(sizes));
    const value = name === undefined ? undefined : read(memory.readUInt32LE(sizes + 4));
    if (name === undefined || value === undefined) return [];
    pairs.push([name, value]);
  }
  return text === end ? pairs : [];
}
