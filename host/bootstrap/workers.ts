/** Envoy's threads, one after the other: each has its own VMs, which all plugins of one `vm_config` share. */
import type { LogLevel } from "../abi.ts";
import type { Clusters } from "../callouts/cluster.ts";
import { FilterSlot } from "../proxy/filter-slot.ts";
import type { SharedState } from "../shared-state.ts";
import { Vm, VmStartError } from "../vm.ts";
import { BootstrapRefused } from "./message.ts";
import type { PluginConfig } from "./plugin.ts";

/** What the VMs of all workers share. */
export interface Surroundings {
  readonly clusters: Clusters;
  readonly shared: SharedState;
  readonly log: (level: LogLevel, message: string) => void;
}

export class Worker {
  private readonly surroundings: Surroundings;
  /** Whether a plugin is tried out first, which Envoy's main thread does for all. */
  private readonly canary: boolean;
  private readonly vms = new Map<string, Vm>();
  private readonly slots = new Map<string, FilterSlot>();

  constructor(surroundings: Surroundings, canary: boolean) {
    this.surroundings = surroundings;
    this.canary = canary;
  }

  /**
   * Starts a plugin unless it runs already.
   * @throws BootstrapRefused where it does not start and its failure policy is not `FAIL_OPEN`.
   */
  start(plugin: PluginConfig): void {
    if (this.slots.has(plugin.key)) return;
    let canary = this.canary;
    const timing = { reloadBackoffMs: plugin.reloadBackoffMs };
    const factory = (): Vm => {
      const vm = this.startVm(plugin, canary);
      canary = false;
      return vm;
    };
    try {
      this.slots.set(plugin.key, new FilterSlot(factory, this.surroundings, plugin.failurePolicy, timing));
    } catch (error) {
      if (!(error instanceof VmStartError)) throw error;
      if (plugin.failurePolicy !== "FAIL_OPEN") throw new BootstrapRefused(plugin.path, error.message);
    }
  }

  /** Where a plugin runs; undefined where it did not start and everything is let through. */
  slot(plugin: PluginConfig): FilterSlot | undefined {
    return this.slots.get(plugin.key);
  }

  /** Ends every plugin, the last one first. */
  close(): void {
    for (const slot of [...this.slots.values()].reverse()) slot.close();
    this.slots.clear();
    this.vms.clear();
  }

  private startVm(plugin: PluginConfig, canary: boolean): Vm {
    const { pluginName, rootId, pluginConfiguration, allowOnHeadersStopIteration, vm } = plugin;
    const identity = { pluginName, rootId, pluginConfiguration, allowOnHeadersStopIteration };
    const running = this.vms.get(vm.key);
    if (running !== undefined && !running.failed) return running.startPlugin(identity);
    const started = Vm.start(vm.module, {
      ...this.surroundings,
      ...identity,
      vmId: vm.vmId,
      vmConfiguration: vm.configuration,
      environment: vm.environment,
      canary,
    });
    this.vms.set(vm.key, started);
    return started;
  }
}
