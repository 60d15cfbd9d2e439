/** What of a filter's callouts is under way in real time, which is what `settled` waits for. */
export class Activity {
  /** Played callouts that are open: time or the test decides when they end. */
  played = 0;
  /** Whether there are clusters that are not played. */
  hasServers = false;
  private asking = 0;

  /** How much is under way, of so many open callouts. */
  busy(callouts: number): number {
    return this.asking + (this.hasServers ? Math.max(0, callouts - this.played) : 0);
  }

  /** Counts a function of the test as under way until it is done. */
  async during<T>(run: () => T | Promise<T>): Promise<T> {
    this.asking++;
    try {
      return await run();
    } finally {
      this.asking--;
    }
  }
}
