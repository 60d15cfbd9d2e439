// Managed memory: asc's `minimal` runtime collects only when told to, and may only be told to while no managed object is
// referenced from the stack. That is so at the start of a callback, hence collection happens there and nowhere else.

const CALLBACKS_PER_COLLECTION: u32 = 64;
let callbacks: u32 = 0;

/** Collects garbage now and then; called first in each exported callback. */
export function collectGarbage(): void {
  if (++callbacks < CALLBACKS_PER_COLLECTION) return;
  callbacks = 0;
  __collect();
}
