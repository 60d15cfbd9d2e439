import type { Clusters } from "../callouts/cluster.ts";
import type { StreamProperties } from "../properties.ts";
import type { SharedState } from "../shared-state.ts";
import type { TcpConnection } from "../connection.ts";
import type { HttpStream } from "../stream.ts";
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
  readonly stream: HttpStream;
  /** Closes the stream, and the VM where it was replaced meanwhile and this was its last stream. */
  release(details: string): void;
}

/** As {@link Lease}, for a TCP connection; the caller closes the connection before it releases. */
export interface ConnectionLease {
  readonly connection: TcpConnection;
  release(): void;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/**
 * Where the proxy keeps its filter: gives each request a stream, keeps the timer, replaces the VM on a swap and, where
 * the policy is `FAIL_RELOAD`, after a trap. A start that fails is tried again with growing pauses; no request
 * waits for it.
 */
export class FilterSlot {
  private factory: FilterFactory;
  private readonly context: FilterContext;
  private readonly policy: FailurePolicy;
  private running: RunningVm;
  private failures = 0;
  private retryAt = 0;
  private readonly retired = new Set<RunningVm>();

  /** Throws what `factory` throws. */
  constructor(factory: FilterFactory, context: FilterContext, policy: FailurePolicy) {
    this.policy = policy;
    this.factory = factory;
    this.context = context;
    this.running = new RunningVm(factory(context));
  }

  /** A stream for a request; while there is no working VM, what to do instead. */
  open(properties: StreamProperties): Lease | "refuse" | "pass" {
    const running = this.working();
    if (typeof running === "string") return running;
    const stream = running.vm.openStream(properties);
    stream.failOpen = this.policy === "FAIL_OPEN";
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
    connection.failOpen = this.policy === "FAIL_OPEN";
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
    const next = new RunningVm(factory(this.context));
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
      this.replace(new RunningVm(this.factory(this.context)));
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
    vm.afterCallback = () => this.keepTime();
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
