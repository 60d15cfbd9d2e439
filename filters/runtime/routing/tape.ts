// Texts that a request leaves behind for its response, written one behind the other and read in the same order. They lie in
// blocks, each {next block, bytes}; a word of the stream's record names the first. Blocks that streams give back are used
// again, and no text has more than 4,096 bytes, so that memory is bounded by the streams that are open at once.
const BLOCK_BYTES: usize = 256;
const NEXT_BYTES: usize = 4;
const PAGE: usize = 65536;
const MAX_TEXT: u32 = 4096;
const ROOM: usize = memory.data(4096);

let free: usize = 0;
let fresh: usize = 0;
let freshEnd: usize = 0;

// The block that is written or read, where in it, and the word that names the first.
let head: usize = 0;
let block: usize = 0;
let at: usize = 0;

/** Starts on writing; what was written before is given back. `word`: the record's word. */
export function beginTape(word: usize): void {
  freeTape(word);
  head = word;
  block = 0;
}

/** Writes a text of at most 4,096 bytes; false where there is no memory, or it has more. */
export function writeTape(text: usize, size: u32): bool {
  if (size > MAX_TEXT) return false;
  return writeByte(size & 0xff) && writeByte(size >>> 8) && writeBytes(text, size);
}

/** Starts on reading, from the first text. */
export function rewindTape(word: usize): void {
  block = load<usize>(word);
  at = block + NEXT_BYTES;
}

/** Reads the next text, which is at `tapePointer` until the one behind it is read; its size, 0 behind the last. */
export function readTape(): u32 {
  const low = readByte();
  const size = min(low | (readByte() << 8), MAX_TEXT);
  let to = ROOM;
  let left = size;
  while (left != 0 && hasMore()) {
    const part = min(left, <u32>(block + BLOCK_BYTES - at));
    memory.copy(to, at, part);
    at += part;
    to += part;
    left -= part;
  }
  return size - left;
}

export function tapePointer(): usize {
  return ROOM;
}

/** Gives back all blocks. */
export function freeTape(word: usize): void {
  let one = load<usize>(word);
  store<usize>(word, 0);
  while (one != 0) {
    const next = load<usize>(one);
    store<usize>(one, free);
    free = one;
    one = next;
  }
}

function writeByte(byte: u32): bool {
  if (!hasRoom()) return false;
  store<u8>(at++, <u8>byte);
  return true;
}

function writeBytes(text: usize, size: u32): bool {
  while (size != 0) {
    if (!hasRoom()) return false;
    const part = min(size, <u32>(block + BLOCK_BYTES - at));
    memory.copy(at, text, part);
    at += part;
    text += part;
    size -= part;
  }
  return true;
}

function readByte(): u32 {
  return hasMore() ? load<u8>(at++) : 0;
}

/** Whether there is a byte to read, in this block or the next. */
function hasMore(): bool {
  if (block == 0) return false;
  if (at < block + BLOCK_BYTES) return true;
  block = load<usize>(block);
  at = block + NEXT_BYTES;
  return block != 0;
}

/** Whether a byte can be written, in this block or one more. */
function hasRoom(): bool {
  if (block != 0 && at < block + BLOCK_BYTES) return true;
  const next = take();
  if (next == 0) return false;
  store<usize>(next, 0);
  store<usize>(block == 0 ? head : block, next);
  block = next;
  at = next + NEXT_BYTES;
  return true;
}

function take(): usize {
  if (free != 0) {
    const one = free;
    free = load<usize>(one);
    return one;
  }
  if (freshEnd - fresh < BLOCK_BYTES) {
    const before = memory.grow(1);
    if (before < 0) return 0;
    fresh = (<usize>before) << 16;
    freshEnd = fresh + PAGE;
  }
  const one = fresh;
  fresh += BLOCK_BYTES;
  return one;
}
