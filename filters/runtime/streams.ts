// What a request's decision means for its response, kept by stream between the two phases: one word a stream in a table
// that the proxy's own limit on open streams bounds. Entries go when the stream does.

// Open addressing with linear probing over {u32 stream, u32 in use, u64 word}; stream numbers are consecutive, so the
// number itself is a perfect hash. Starts in static memory and doubles at the end of memory when half full.
const ENTRY_BYTES: usize = 16;
const FIRST: usize = memory.data(8192, 8);
let table: usize = FIRST;
let mask: u32 = 511;
let used: u32 = 0;

/** Remembers a word for a stream; false where there is no memory. */
export function remember(stream: u32, word: u64): bool {
  if (used * 2 > mask && !double()) return false;
  let entry = table + <usize>(stream & mask) * ENTRY_BYTES;
  while (load<u32>(entry, 4) != 0) {
    if (load<u32>(entry) == stream) {
      store<u64>(entry, word, 8);
      return true;
    }
    entry = next(entry);
  }
  store<u32>(entry, stream);
  store<u32>(entry, 1, 4);
  store<u64>(entry, word, 8);
  used++;
  return true;
}

/** The word of a stream; 0 where there is none. */
export function recall(stream: u32): u64 {
  for (let e = table + <usize>(stream & mask) * ENTRY_BYTES; load<u32>(e, 4) != 0; e = next(e)) {
    if (load<u32>(e) == stream) return load<u64>(e, 8);
  }
  return 0;
}

/** Forgets a stream; those that had to step aside for it move up. */
export function forget(stream: u32): void {
  let entry = table + <usize>(stream & mask) * ENTRY_BYTES;
  while (load<u32>(entry) != stream || load<u32>(entry, 4) == 0) {
    if (load<u32>(entry, 4) == 0) return;
    entry = next(entry);
  }
  used--;
  let hole = entry;
  for (let e = next(entry); load<u32>(e, 4) != 0; e = next(e)) {
    const home = load<u32>(e) & mask;
    const at = <u32>((e - table) / ENTRY_BYTES);
    const gap = <u32>((hole - table) / ENTRY_BYTES);
    // It may move into the hole unless its home lies behind the hole (cyclically).
    if (((at - home) & mask) >= ((at - gap) & mask)) {
      store<u64>(hole, load<u64>(e));
      store<u64>(hole, load<u64>(e, 8), 8);
      hole = e;
    }
  }
  store<u64>(hole, 0);
  store<u64>(hole, 0, 8);
}

function next(entry: usize): usize {
  const after = entry + ENTRY_BYTES;
  return after == table + (<usize>mask + 1) * ENTRY_BYTES ? table : after;
}

function double(): bool {
  const oldTable = table;
  const oldSize = mask + 1;
  const pages = <i32>((<u64>oldSize * 2 * ENTRY_BYTES + 0xffff) >>> 16);
  const before = memory.grow(pages);
  if (before < 0) return false;
  table = (<usize>before) << 16;
  mask = oldSize * 2 - 1;
  used = 0;
  for (let i: u32 = 0; i < oldSize; i++) {
    const entry = oldTable + <usize>i * ENTRY_BYTES;
    if (load<u32>(entry, 4) != 0) remember(load<u32>(entry), load<u64>(entry, 8));
  }
  return true;
}
