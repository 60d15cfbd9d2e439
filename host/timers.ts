/** How the host waits: for callouts' timeouts, for a filter's timer. */
export interface Timers {
  /** Calls back once, `milliseconds` from now, unless the function it answers is called before. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Node's own. */
export const systemTimers: Timers = {
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Node's own, no reason for the process to live on. */
export const backgroundTimers: Timers = {
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
