// Waiting for what comes by itself: a log line, a timer's doing, a counter. Runs in Node.

/** Tests wait for events, never for time; this is how long for one that does not come. */
const BOUND_MS = 10_000;
const POLL_MS = 10;

/** Waits until `condition` holds; after ten seconds throws what `complaint` says. */
export async function until(condition: () => boolean, complaint: () => string): Promise<void> {
  const deadline = Date.now() + BOUND_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(complaint());
    await pause(POLL_MS);
  }
}

/** Repeats `assertions` until they hold; after ten seconds throws what they threw last. */
export async function eventually(assertions: () => void | Promise<void>): Promise<void> {
  const deadline = Date.now() + BOUND_MS;
  for (;;) {
    try {
      return await assertions();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await pause(POLL_MS);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
