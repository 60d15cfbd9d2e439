/**
 * Waiting until nothing more happens by itself. Answers of played upstreams and items in queues arrive in microtasks,
 * which one turn of the event loop drains; what takes real time (an upstream that is a server, a function that waits for
 * something) says that it is under way.
 */

// Kept, since a test may put other timers in their place.
const { setImmediate, setTimeout, performance } = globalThis;

/** Longer than that nobody is waited for, in real milliseconds: time in the filter stands still meanwhile. */
const PATIENCE_MS = 5000;

/** Answers how much is under way in real time. */
export type Busy = () => number;

const sources = new Set<Busy>();

/** Has {@link settled} wait while `busy` answers more than 0, until what is answered is called. */
export function watch(busy: Busy): () => void {
  sources.add(busy);
  return () => sources.delete(busy);
}

export async function settled(): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  await turn();
  while (isBusy() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
  await turn();
}

function isBusy(): boolean {
  for (const busy of sources) if (busy() > 0) return true;
  return false;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
