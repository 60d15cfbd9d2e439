// Room for the texts that expressions put together, taken back whole when the next expression begins. What clients send
// cannot make it grow: where it is used up the expression is an error.

const SCRATCH_SIZE: u32 = 65536;
const SCRATCH: usize = memory.data(65536, 8);
let used: u32 = 0;

/** `size` bytes, or 0 where there are not so many left. */
export function allocateScratch(size: u32): usize {
  if (size > SCRATCH_SIZE - used) return 0;
  const start = SCRATCH + used;
  used += size;
  return start;
}

/** How much is taken. */
export function scratchMark(): u32 {
  return used;
}

/** Takes back what was taken since a `scratchMark`; 0: all. */
export function releaseScratch(mark: u32): void {
  used = mark;
}
