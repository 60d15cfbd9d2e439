// Managed memory: asc's `minimal` runtime collects only when told to, and may only be told to while no managed object is
// referenced from the stack. That is so at the start of a callback, hence collection happens there and nowhere else.

const CALLBACKS_PER_COLLECTION: u32 = 64;
let callbacks: u32 = 0;
let pages: i32 = 0;

/**
 * Collects garbage when memory grew since the last collection, or after a number of callbacks that rises with the number
 * of objects that are kept anyway: marking each costs time. Called first in each exported callback.
 */
export function collectGarbage(kept: u32): void {
  if (++callbacks < CALLBACKS_PER_COLLECTION + kept && memory.size() == pages) return;
  callbacks = 0;
  // @ts-expect-error of asc's runtime; the types do not know it
  __collect();
  pages = memory.size();
}
