import type { Clusters } from "../callouts/cluster.ts";
import type { StreamProperties } from "../properties.ts";
import type { SharedState } from "../shared-state.ts";
import type { TcpConnection } from "../connection.ts";
import type { FilterStream } from "./filter-chain.ts";
import { backgroundTimers, type Timers } from "../timers.ts";
import type { Vm } from "../vm.ts";

/** What the proxy hands to a filter's factory, to be passed on to `Vm.start`. */
export interface FilterContext {
  readonly clusters: Clusters;
  /** The proxy's own: what the filter keeps there outlives a VM that failed or was swapped. */
  readonly shared: SharedState;
}

/**
 * What becomes of requests once the filter has trapped, as in Envoy's plugin configuration: 503 for ever, everything
 * passes, or a fresh VM is started.
 */
export type FailurePolicy = "FAIL_CLOSED" | "FAIL_OPEN" | "FAIL_RELOAD";

/** Starts a VM with the filter in it; called again after a trap. May throw, e.g. `VmStartError`. */
export type FilterFactory = (context: FilterContext) => Vm;

/** A stream on the VM that was current when the request came. */
export interface Lease {
  readonly stream: FilterStream;
  /** Closes the stream, and the VM where it was replaced meanwhile and this was its last stream. */
  release(details: string): void;
}

/** As {@link Lease}, for a TCP connection; the caller closes the connection before it releases. */
export interface ConnectionLease {
  readonly connection: TcpConnection;
  release(): void;
}

/** When a slot does what it does by itself. */
export interface SlotTiming {
  /**
   * With `FAIL_RELOAD`: how old a VM that trapped must be before another takes its place, in milliseconds, and how
   * long to wait after a start that failed. As with Envoy's `reload_config.backoff.base_interval` up to half of it is
   * added at random; until then requests are refused. Default: 1000.
   */
  reloadBackoffMs?: number | undefined;
  /** Default: Node's. */
  clock?: SlotClock | undefined;
}

/** Where a slot takes time and chance from. */
export interface SlotClock extends Timers {
  /** Milliseconds since some moment; never goes back. */
  elapsed(): number;
  /** From 0 up to, but not including, 1. */
  random(): number;
}

const systemClock: SlotClock = {
  ...backgroundTimers,
  elapsed: () => performance.now(),
  random: () => Math.random(),
};

const RELOAD_BACKOFF_MS = 1000;

/**
 * Where the proxy keeps its filter: gives each request a stream, keeps the timer, replaces the VM on a swap and, where
 * the policy is `FAIL_RELOAD`, after a trap. No request waits for that.
 */
export class FilterSlot {
  private factory: FilterFactory;
  private readonly context: FilterContext;
  private readonly policy: FailurePolicy;
  private readonly backoffMs: number;
  private readonly clock: SlotClock;
  private running: RunningVm;
  /** When a VM was last started, or tried to be. */
  private lastLoad: number;
  private readonly retired = new Set<RunningVm>();

  /** Throws what `factory` throws. */
  constructor(
    factory: FilterFactory,
    context: FilterContext,
    policy: FailurePolicy,
    { reloadBackoffMs = RELOAD_BACKOFF_MS, clock = systemClock }: SlotTiming = {},
  ) {
    this.policy = policy;
    this.backoffMs = reloadBackoffMs;
    this.clock = clock;
    this.factory = factory;
    this.context = context;
    this.running = new RunningVm(factory(context), clock);
    this.lastLoad = clock.elapsed();
  }

  /** A stream for a request; while there is no working VM, what to do instead. */
  open(properties: StreamProperties): Lease | "refuse" | "pass" {
    const running = this.working();
    if (typeof running === "string") return running;
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

  /** As {@link open}, for a TCP connection. */
  openConnection(properties: StreamProperties): ConnectionLease | "refuse" | "pass" {
    const running = this.working();
    if (typeof running === "string") return running;
    const connection = running.vm.openConnection(properties);
    return {
      connection,
      release: () => {
        running.keepTime();
        this.closeIfDone(running);
      },
    };
  }

  private working(): RunningVm | "refuse" | "pass" {
    if (this.running.vm.failed) {
      if (this.policy === "FAIL_OPEN") return "pass";
      if (this.policy === "FAIL_CLOSED" || !this.reload()) return "refuse";
    }
    this.running.keepTime();
    return this.running;
  }

  /** New requests use a new VM; those under way finish on theirs. Throws what `factory` throws and changes nothing then. */
  swap(factory: FilterFactory): void {
    const next = new RunningVm(factory(this.context), this.clock);
    this.factory = factory;
    this.lastLoad = this.clock.elapsed();
    this.replace(next);
  }

  /** Ends every VM; streams still open are abandoned. */
  close(): void {
    for (const running of [...this.retired, this.running]) running.close();
    this.retired.clear();
  }

  private reload(): boolean {
    const now = this.clock.elapsed();
    if (now - this.lastLoad < this.backoffMs * (1 + this.clock.random() / 2)) return false;
    this.lastLoad = now;
    try {
      this.replace(new RunningVm(this.factory(this.context), this.clock));
      return true;
    } catch {
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
    if (!this.retired.has(running) || running.vm.streams > 0) return;
    this.retired.delete(running);
    running.close();
  }
}

/** A VM with its timer. */
class RunningVm {
  readonly vm: Vm;
  private readonly timers: Timers;
  private stopTimer: (() => void) | undefined;
  private period = 0;
  private closed = false;

  constructor(vm: Vm, timers: Timers) {
    this.vm = vm;
    this.timers = timers;
    vm.afterCallback = () => this.keepTime();
    this.keepTime();
  }

  /** Follows the period the filter asks for; cheap enough to look at on every request. */
  keepTime(): void {
    const period = this.vm.failed ? 0 : this.vm.tickPeriodMs;
    if (period === this.period) return;
    this.period = period;
    this.stopTimer?.();
    this.stopTimer = undefined;
    if (period > 0) this.wait();
  }

  /** As Envoy's timer: the next period begins when the callback has returned. */
  private wait(): void {
    const stop = this.timers.after(this.period, () => {
      this.vm.tick();
      this.keepTime();
      // The filter may have set another period in the meantime, or none.
      if (this.stopTimer === stop && !this.closed) this.wait();
    });
    this.stopTimer = stop;
  }

  close(): void {
    this.closed = true;
    this.stopTimer?.();
    this.vm.close();
  }
}
