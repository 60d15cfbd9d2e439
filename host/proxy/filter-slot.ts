import type { StreamProperties } from "../properties.ts";
import type { HttpStream } from "../stream.ts";
import type { Vm } from "../vm.ts";

/** Starts a VM with the filter in it; called again after a trap. May throw, e.g. `VmStartError`. */
export type FilterFactory = () => Vm;

/** A stream on the VM that was current when the request came. */
export interface Lease {
  readonly stream: HttpStream;
  /** Closes the stream, and the VM where it was replaced meanwhile and this was its last stream. */
  release(details: string): void;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/**
 * Where the proxy keeps its filter: gives each request a stream, keeps the timer, replaces the VM on a swap and, as
 * Envoy's `FAIL_RELOAD` does, after a trap. A start that fails is tried again with growing pauses; no request
 * waits for it.
 */
export class FilterSlot {
  private factory: FilterFactory;
  private running: RunningVm;
  private failures = 0;
  private retryAt = 0;
  private readonly retired = new Set<RunningVm>();

  /** Throws what `factory` throws. */
  constructor(factory: FilterFactory) {
    this.factory = factory;
    this.running = new RunningVm(factory());
  }

  /** A stream for a request, or undefined while there is no working VM. */
  open(properties: StreamProperties): Lease | undefined {
    if (this.running.vm.failed && !this.reload()) return undefined;
    const { running } = this;
    running.keepTime();
    const stream = running.vm.openStream(properties);
    return {
      stream,
      release: (details) => {
        stream.close(details);
        running.keepTime();
        this.closeIfDone(running);
      },
    };
  }

  /** New requests use a new VM; those under way finish on theirs. Throws what `factory` throws and changes nothing then. */
  swap(factory: FilterFactory): void {
    const next = new RunningVm(factory());
    this.factory = factory;
    this.failures = 0;
    this.replace(next);
  }

  /** Ends every VM; streams still open are abandoned. */
  close(): void {
    for (const running of [...this.retired, this.running]) running.close();
    this.retired.clear();
  }

  private reload(): boolean {
    if (Date.now() < this.retryAt) return false;
    try {
      this.replace(new RunningVm(this.factory()));
      this.failures = 0;
      this.retryAt = 0;
      return true;
    } catch {
      this.retryAt = Date.now() + Math.min(FIRST_RETRY_MS * 2 ** this.failures++, LAST_RETRY_MS);
      return false;
    }
  }

  private replace(next: RunningVm): void {
    const last = this.running;
    this.running = next;
    next.keepTime();
    this.retired.add(last);
    this.closeIfDone(last);
  }

  private closeIfDone(running: RunningVm): void {
    if (running.vm.streams > 0 || !this.retired.delete(running)) return;
    running.close();
  }
}

/** A VM with its timer. */
class RunningVm {
  readonly vm: Vm;
  private timer: NodeJS.Timeout | undefined;
  private period = 0;

  constructor(vm: Vm) {
    this.vm = vm;
    this.keepTime();
  }

  /** Follows the period the filter asks for; cheap enough to look at on every request. */
  keepTime(): void {
    const period = this.vm.failed ? 0 : this.vm.tickPeriodMs;
    if (period === this.period) return;
    this.period = period;
    clearInterval(this.timer);
    if (period === 0) return;
    this.timer = setInterval(() => {
      this.vm.tick();
      this.keepTime();
    }, period);
    // A filter's timer is no reason for the process to live on.
    this.timer.unref();
  }

  close(): void {
    clearInterval(this.timer);
    this.vm.close();
  }
}
