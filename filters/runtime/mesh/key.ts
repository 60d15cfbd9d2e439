// What a limit counts by, put together part by part. The service is sent a digest of it: as long for every key, whatever
// clients send; no secrets or addresses in its memory and logs; and nothing in it that could be taken for the end of the key.
import { siphash13 } from "../hash";
import { beginKey } from "../limit-key";
import { DIGEST_BYTES, sha256 } from "../token/sha256";

/** How many characters stand for a key. */
export const KEY_DIGEST_BYTES: usize = 32;

const ROOM_BYTES: u32 = 512;
const ROOM: usize = memory.data(512, 8);
const DIGEST: usize = memory.data(32, 8);

/** How parts begin. */
const enum Part {
  Text = 1,
  Mark = 2,
  Address = 3,
  /** A digest of all that came before. */
  Folded = 4,
}

let size: u32 = 0;

/** Begins the key of the next limit. */
export function beginMeshKey(): void {
  size = 0;
}

/** Adds a text of any length, which must not be told from another by its ASCII case if `ignoreCase`. */
export function addMeshKeyText(text: usize, textSize: u32, ignoreCase: bool): void {
  addByte(Part.Text);
  addWord(textSize);
  while (textSize != 0) {
    if (size == ROOM_BYTES) fold();
    const piece = min(textSize, ROOM_BYTES - size);
    const to = ROOM + size;
    if (ignoreCase) {
      for (let i: u32 = 0; i < piece; i++) {
        const byte = <u32>load<u8>(text + i);
        store<u8>(to + i, byte - 0x41 < 26 ? byte | 0x20 : byte);
      }
    } else memory.copy(to, text, piece);
    size += piece;
    text += piece;
    textSize -= piece;
  }
}

/** Adds what is no text: that there is none, say, or that there are several. Another number is another key. */
export function addMeshKeyMark(mark: u32): void {
  addByte(Part.Mark);
  addWord(mark);
}

/** Adds an address that has been cut to its prefix: its family, and the two halves of it. */
export function addMeshKeyAddress(family: u32, high: u64, low: u64): void {
  addByte(Part.Address);
  addWord(family);
  addWord(<u32>high);
  addWord(<u32>(high >>> 32));
  addWord(<u32>low);
  addWord(<u32>(low >>> 32));
}

/** The key as this VM knows it: 64 bits under its own seed, of which clients cannot construct two alike. Never 0. */
export function meshKeyHash(limit: usize): u64 {
  const start = beginKey(<u64>limit);
  return siphash13(start, ~start, ROOM, size) | 1;
}

/** Writes the digest by which all sidecars name the key to the service: 32 hexadecimal digits. */
export function writeMeshKey(to: usize): void {
  sha256(ROOM, size, DIGEST);
  for (let i: usize = 0; i < KEY_DIGEST_BYTES; i++) {
    const byte = <u32>load<u8>(DIGEST + (i >>> 1));
    const digit = (i & 1) == 0 ? byte >>> 4 : byte & 15;
    store<u8>(to + i, <u8>(digit < 10 ? 0x30 + digit : 0x57 + digit));
  }
}

/** Makes room by putting a digest in the place of all that is there. */
function fold(): void {
  sha256(ROOM, size, DIGEST);
  store<u8>(ROOM, Part.Folded);
  memory.copy(ROOM + 1, DIGEST, DIGEST_BYTES);
  size = 1 + DIGEST_BYTES;
}

function addByte(byte: u32): void {
  if (size == ROOM_BYTES) fold();
  store<u8>(ROOM + size++, <u8>byte);
}

function addWord(word: u32): void {
  for (let i: u32 = 0; i < 4; i++) addByte(word >>> (i << 3));
}
