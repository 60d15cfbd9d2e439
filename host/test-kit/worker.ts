import type { FilterModule } from "../module.ts";
import { FilterSlot, type FailurePolicy, type FilterContext } from "../proxy/filter-slot.ts";
import { Vm, type VmOptions } from "../vm.ts";
import type { FakeClock } from "./clock.ts";

/** One of Envoy's worker threads: a VM, and what becomes of it after a trap. */
export class Worker {
  /** @internal */
  readonly slot: FilterSlot;
  private readonly started: Vm[] = [];

  /** @internal Throws `VmStartError` where the filter does not start. */
  constructor(
    module: FilterModule,
    options: VmOptions,
    context: FilterContext,
    policy: FailurePolicy,
    reloadBackoffMs: number | undefined,
    clock: FakeClock,
  ) {
    let canary = options.canary === true;
    const start = (): Vm => {
      const vm = Vm.start(module, { ...options, canary });
      // Envoy tries a filter out when it is configured, not when it starts anew.
      canary = false;
      this.started.push(vm);
      return vm;
    };
    this.slot = new FilterSlot(start, context, policy, { reloadBackoffMs, clock });
  }

  /** The VM that was started last, for its memory, its host calls, and why it failed. */
  get vm(): Vm {
    const vm = this.started.at(-1);
    if (vm === undefined) throw new Error("the worker has no VM");
    return vm;
  }

  /** How many VMs were started here, the canary aside: one, and one more for each reload. */
  get starts(): number {
    return this.started.length;
  }

  /** @internal Callouts that are open. */
  get callouts(): number {
    return this.started.reduce((sum, vm) => sum + vm.callouts, 0);
  }
}
