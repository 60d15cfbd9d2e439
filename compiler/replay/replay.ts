// A log through two versions of policies, batch by batch, each version on its own thread.
import type { Batch } from "./batches.ts";
import type { Comparison, Sides } from "./comparison.ts";
import type { Taker } from "./side-thread.ts";

/** Batches that are under way: enough for both threads to be busy, few enough that memory does not grow with the log. */
const UNDER_WAY = 4;

/** Puts what both sides make of the batches into `comparison`. Throws what a side throws. */
export async function replay(
  batches: AsyncIterable<Batch>,
  sides: Sides<Taker>,
  comparison: Comparison,
  said: () => void = () => undefined,
): Promise<void> {
  const pending: Promise<void>[] = [];
  let last = Promise.resolve();
  for await (const batch of batches) {
    const asked = Promise.all([sides.old.run(batch.bytes), sides.new.run(batch.bytes)]);
    // In order, whichever side is ahead.
    last = Promise.all([asked, last]).then(([[before, after]]) => {
      comparison.add(batch, { old: before, new: after });
      said();
    });
    // Whoever waits for it hears of its failure.
    last.catch(() => undefined);
    pending.push(last);
    if (pending.length >= UNDER_WAY) await pending.shift();
  }
  await last;
}
