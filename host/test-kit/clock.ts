import type { SlotClock } from "../proxy/filter-slot.ts";
import { milliseconds, type Duration } from "./duration.ts";
import { settled } from "./settle.ts";

interface Timer {
  /** Milliseconds since the clock's beginning. */
  readonly at: number;
  readonly callback: () => void;
}

const NANOS_PER_MILLI = 1_000_000n;

/**
 * Time that stands still until it is told to pass. One clock may serve several filters.
 *
 * @example
 * const clock = fakeClock("2030-01-01T00:00:00Z");
 * const filter = await loadFilter("build/limits.wasm", { clock });
 * await clock.advance("5s");
 */
export class FakeClock implements SlotClock {
  private readonly start: bigint;
  private passed = 0;
  private timers: Timer[] = [];

  /** @internal */
  constructor(start: Date) {
    if (Number.isNaN(start.getTime())) throw new TypeError("the clock's beginning is no date");
    this.start = BigInt(start.getTime()) * NANOS_PER_MILLI;
  }

  /** Nanoseconds since the epoch. */
  readonly now = (): bigint => this.start + BigInt(Math.round(this.passed * 1_000_000));

  /** What it shows. */
  get date(): Date {
    return new Date(Number(this.now() / NANOS_PER_MILLI));
  }

  /** How long until something falls due, in milliseconds; undefined where nothing waits. */
  get nextTimer(): number | undefined {
    const next = this.next();
    return next === undefined ? undefined : next.at - this.passed;
  }

  /**
   * Lets time pass: whatever falls due meanwhile happens at its moment and in order, with all that follows from it.
   * Resolves when nothing more happens by itself.
   */
  async advance(duration: Duration): Promise<void> {
    const end = this.passed + milliseconds(duration);
    await settled();
    for (let timer = this.next(); timer !== undefined && timer.at <= end; timer = this.next()) {
      this.passed = timer.at;
      this.remove(timer);
      timer.callback();
      await settled();
    }
    this.passed = end;
  }

  /** Has something happen when so many milliseconds have passed, unless what is answered is called. */
  readonly after = (delay: number, callback: () => void): (() => void) => {
    const timer: Timer = { at: this.passed + delay, callback };
    this.timers.push(timer);
    return () => this.remove(timer);
  };

  /** Milliseconds that have passed since its beginning. */
  readonly elapsed = (): number => this.passed;

  /** No chance: what is random elsewhere is the least it can be. */
  readonly random = (): number => 0;

  private remove(timer: Timer): void {
    this.timers = this.timers.filter((other) => other !== timer);
  }

  /** The first that falls due; of several at one moment the one that was set first. */
  private next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  }
}

const BEGINNING = "2024-01-01T00:00:00Z";

/** A clock that shows `start`, by default the beginning of 2024. */
export function fakeClock(start: Date | string = BEGINNING): FakeClock {
  return new FakeClock(new Date(start));
}
