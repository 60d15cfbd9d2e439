import { LogLevel } from "./abi.ts";
import { NO_BYTES } from "./bytes.ts";
import { TcpConnection } from "./connection.ts";
import type { Clusters } from "./callouts/cluster.ts";
import { Allowed, Machine, type GuestFunction } from "./machine.ts";
import type { Metric } from "./metrics.ts";
import type { FilterModule } from "./module.ts";
import type { StreamProperties } from "./properties.ts";
import { SharedState } from "./shared-state.ts";
import { HttpStream, streamCallbacks, type StreamCallbacks } from "./stream.ts";

export interface VmOptions {
  /** What the filter reads in `on_configure`; a Struct arrives as JSON. Default: empty. */
  pluginConfiguration?: Uint8Array;
  /** What the filter reads in `on_vm_start`. Default: empty. */
  vmConfiguration?: Uint8Array;
  /** Property `plugin_root_id`. Default: empty. */
  rootId?: string;
  /** Property `plugin_name`. Default: empty. */
  pluginName?: string;
  /** Which shared data and queues the VM sees. Default: empty. */
  vmId?: string;
  /** Nanoseconds since the epoch. Default: the machine's clock. */
  clock?: () => bigint;
  /** Takes what the filter logs, and why the VM failed. Default: nothing is written. */
  log?: (level: LogLevel, message: string) => void;
  /** Data, queues and metrics; give the same to several VMs to let them share. Default: its own. */
  shared?: SharedState;
  /** What the filter may call out to, by cluster name. Default: nothing. */
  clusters?: Clusters;
  /**
   * Starts and configures a throw-away VM first, as Envoy does before its workers' VMs, and forgets it without a word
   * (no `on_done`). What it wrote to shared data, queues and metrics stays. Default: false.
   */
  canary?: boolean;
}

/** The filter did not start: it trapped, or `on_vm_start` or `on_configure` answered false. */
export class VmStartError extends Error {
  override readonly name = "VmStartError";
}

/**
 * One WebAssembly VM with one plugin in it, started. Like one of Envoy's worker threads it handles any number of
 * streams, one callback at a time.
 *
 * @example
 * const vm = Vm.start(FilterModule.compile(wasm));
 * const stream = vm.openStream();
 * const headers = new HeaderMap([[":method", "GET"], [":path", "/"], [":authority", "shop.test"]]);
 * const result = stream.requestHeaders(headers, true); // { kind: "continue" }
 * stream.close();
 */
export class Vm {
  private readonly machine: Machine;
  private readonly callbacks: StreamCallbacks;
  private readonly onContextCreate: GuestFunction | undefined;
  private readonly onTick: GuestFunction | undefined;
  /** The calls counted when {@link resetHostCalls} was last called. */
  private countedBefore: number[] = [];

  private constructor(machine: Machine) {
    this.machine = machine;
    this.callbacks = streamCallbacks(machine);
    this.onContextCreate = machine.callback("proxy_on_context_create");
    this.onTick = machine.callback("proxy_on_tick");
  }

  /**
   * Instantiates a module and starts it: `_initialize` or `_start`, then `on_context_create`, `on_vm_start` and
   * `on_configure` of the root context.
   * @throws VmStartError
   */
  static start(module: FilterModule, options: VmOptions = {}): Vm {
    if (options.canary === true) startMachine(module, options).abandon();
    return new Vm(startMachine(module, options));
  }

  /**
   * A new HTTP stream; runs `on_context_create`. Close it when the exchange is over. On a failed VM the stream
   * answers `failed` to everything.
   */
  openStream(properties: StreamProperties | null = null): HttpStream {
    const { machine } = this;
    const context = machine.newStream(properties);
    if (this.onContextCreate !== undefined && machine.failure === null)
      machine.run(context, this.onContextCreate, context.id, machine.root.id);
    return new HttpStream(machine, this.callbacks, context);
  }

  /**
   * A new TCP connection through a network filter; runs `on_context_create`. Call its `newConnection` next, and
   * `downstreamClosed` when it is over.
   */
  openConnection(properties: StreamProperties | null = null): TcpConnection {
    const { machine } = this;
    const context = machine.newStream(properties);
    const connection = new TcpConnection(machine, context);
    if (this.onContextCreate !== undefined && machine.failure === null)
      machine.run(context, this.onContextCreate, context.id, machine.root.id);
    return connection;
  }

  /** Runs `on_tick`, which is due every {@link tickPeriodMs}. Nothing happens on a failed VM. */
  tick(): void {
    if (this.onTick !== undefined && this.machine.failure === null)
      this.machine.run(this.machine.root, this.onTick, this.machine.root.id);
  }

  /** The period the filter asked for; 0: no timer. The owner of the VM keeps time and calls {@link tick}. */
  get tickPeriodMs(): number {
    return this.machine.tickPeriodMs;
  }

  /** Calls of each host function since the start or {@link resetHostCalls}; functions not called are absent. */
  get hostCalls(): ReadonlyMap<string, number> {
    const calls = new Map<string, number>();
    this.machine.module.imports.forEach((name, i) => {
      const count = (this.machine.counts[i] ?? 0) - (this.countedBefore[i] ?? 0);
      if (count > 0) calls.set(name, (calls.get(name) ?? 0) + count);
    });
    return calls;
  }

  /** Starts counting {@link hostCalls} anew. */
  resetHostCalls(): void {
    this.countedBefore = [...this.machine.counts];
  }

  /** Size of the guest's linear memory. */
  get memoryBytes(): number {
    return this.machine.memory.byteLength;
  }

  /** Every metric of this VM's shared state, by name. */
  get metrics(): ReadonlyMap<string, Metric> {
    return this.machine.options.shared.metrics.byName;
  }

  /** Whether the filter trapped. The VM does nothing any more; start a fresh one. */
  get failed(): boolean {
    return this.machine.failure !== null;
  }

  /** Why the VM failed. */
  get failure(): Error | undefined {
    return this.machine.failure ?? undefined;
  }

  /** How many callouts are under way. Their callbacks come by themselves; closing the VM cancels them. */
  get callouts(): number {
    return this.machine.callouts.size;
  }

  /** Called after each callback that came by itself (a callout's end, an item in a queue): time to look at {@link tickPeriodMs}. */
  set afterCallback(listener: (() => void) | undefined) {
    this.machine.afterOwnCallback = listener;
  }

  /** How many streams and connections are open. */
  get streams(): number {
    return this.machine.streams.size;
  }

  /**
   * Ends the plugin: `on_done` of the root context and, where it answers true, `on_delete`. A filter that answers
   * false ends itself later by calling `proxy_done`.
   */
  close(): void {
    const { machine } = this;
    if (machine.failure !== null) return;
    const onDone = machine.callback("proxy_on_done");
    machine.donePending = true;
    if (onDone === undefined || machine.run(machine.root, onDone, machine.root.id) !== 0)
      machine.donePending = false;
    if (!machine.donePending) machine.deleteRoot();
  }
}

function startMachine(module: FilterModule, options: VmOptions): Machine {
  let machine: Machine;
  try {
    machine = new Machine(module, {
      pluginConfiguration: options.pluginConfiguration ?? NO_BYTES,
      vmConfiguration: options.vmConfiguration ?? NO_BYTES,
      rootId: options.rootId ?? "",
      pluginName: options.pluginName ?? "",
      vmId: options.vmId ?? "",
      clock: options.clock ?? null,
      log: options.log ?? (() => {}),
      shared: options.shared ?? new SharedState(),
      clusters: options.clusters ?? new Map<string, never>(),
    });
  } catch (error) {
    throw new VmStartError(`the module cannot be instantiated: ${messageOf(error)}`, { cause: error });
  }
  try {
    startRoot(machine);
  } catch (error) {
    machine.abandon();
    throw error;
  }
  return machine;
}

function startRoot(machine: Machine): void {
  const { root } = machine;
  const { pluginConfiguration, vmConfiguration } = machine.options;
  const run = (name: string, a?: number, b?: number, allowed?: number): number => {
    const callback = machine.callback(name);
    const answer = callback === undefined ? 1 : machine.run(root, callback, a, b, undefined, allowed);
    if (machine.failure !== null)
      throw new VmStartError(`\`${name}\` failed: ${machine.failure.message}`, { cause: machine.failure });
    return answer;
  };
  run(machine.callback("_initialize") ? "_initialize" : "_start", undefined, undefined, Allowed.LogOnly);
  machine.pluginConfigurationReadable = true;
  run("proxy_on_context_create", root.id, 0);
  machine.pluginConfigurationReadable = false;
  if (run("proxy_on_vm_start", root.id, vmConfiguration.length) === 0)
    throw new VmStartError("`proxy_on_vm_start` answered false");
  machine.pluginConfigurationReadable = true;
  if (run("proxy_on_configure", root.id, pluginConfiguration.length) === 0)
    throw new VmStartError("`proxy_on_configure` answered false: the filter refuses its configuration");
  machine.pluginConfigurationReadable = false;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
