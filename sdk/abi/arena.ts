// Where the host's answers land. Proxy-Wasm has the host ask the filter for memory before it hands over bytes; an
// answer is only of use inside the callback that asked for it, so one area is handed out front to back and taken back
// whole when the next callback begins. Nothing is freed piece by piece and nothing grows with the number of requests.

const FIXED_SIZE: usize = 16384;
const FIXED: usize = memory.data(16384, 16);

let cursor: usize = FIXED;
let limit: usize = FIXED + FIXED_SIZE;

// Answers that outgrow the fixed area (a listener may allow very large headers) go on in a region that the arena adds
// at the end of memory and keeps: its size is the largest that one callback ever needed.
let large: usize = 0;
let largeEnd: usize = 0;

// Counts the callbacks, so that a view can tell whether the bytes under it are still its own.
let generation: u32 = 0;

/** Which callback this is; what was read under another number is gone. */
export function arenaGeneration(): u32 {
  return generation;
}

/** Takes back all answers of earlier callbacks. Call it first in every callback that reads from the host. */
export function resetArena(): void {
  generation++;
  cursor = FIXED;
  limit = FIXED + FIXED_SIZE;
}

/** The bytes for one answer, 8-byte aligned; 0 when memory cannot grow, which the host reports as a failed call. */
export function allocate(size: usize): usize {
  if (size > 0x40000000) return 0;
  const need = (size + 7) & ~7;
  if (need > limit - cursor && !moveToLarge(need)) return 0;
  const start = cursor;
  cursor += need;
  return start;
}

/** Gives back what the latest `allocate`, which began at `start`, turned out not to need. */
export function shrink(start: usize, used: usize): void {
  cursor = start + ((used + 7) & ~7);
}

function moveToLarge(need: usize): bool {
  if (limit != largeEnd || largeEnd == 0) {
    cursor = large;
    limit = largeEnd;
  }
  if (need <= limit - cursor) return true;
  const pages = <i32>((need + 0xffff) >>> 16);
  const before = memory.grow(pages);
  if (before < 0) return false;
  const start = (<usize>before) << 16;
  if (start != largeEnd) {
    // Somebody else grew memory in between: the region starts anew behind it.
    large = start;
    cursor = start;
  }
  largeEnd = start + ((<usize>pages) << 16);
  limit = largeEnd;
  return true;
}
