import { randomBytes } from "node:crypto";
import { LogLevel } from "./abi.ts";
import { NO_BYTES } from "./bytes.ts";
import { TcpConnection } from "./connection.ts";
import type { Clusters } from "./callouts/cluster.ts";
import { Machine, type GuestFunction, type MachineOptions } from "./machine.ts";
import type { Metric } from "./metrics.ts";
import type { FilterModule } from "./module.ts";
import type { StreamProperties } from "./properties.ts";
import { Caller } from "./restrictions.ts";
import { SharedState } from "./shared-state.ts";
import type { Plugin, RootContext } from "./stream-context.ts";
import { HttpStream, streamCallbacks, type StreamCallbacks } from "./stream.ts";
import { systemTimers, type Timers } from "./timers.ts";

/** What tells a plugin from the others of its VM. */
export interface PluginOptions {
  /** What the filter reads in `on_configure`: the bytes of a StringValue or BytesValue. Default: empty. */
  pluginConfiguration?: Uint8Array;
  /** Property `plugin_root_id`. Default: empty. */
  rootId?: string;
  /** Property `plugin_name`. Default: empty. */
  pluginName?: string;
  /**
   * As Envoy's field of that name: StopIteration on headers holds the headers only, and the filter goes on to see the
   * body. Default: false, it holds everything.
   */
  allowOnHeadersStopIteration?: boolean;
}

/** How a VM is started; what Envoy has a name for is called so. */
export interface VmOptions extends PluginOptions {
  /** What the filter reads in `on_vm_start`. Default: empty. */
  vmConfiguration?: Uint8Array;
  /** What the filter sees as environment variables, through WASI. Default: none. */
  environment?: ReadonlyMap<string, string>;
  /** Which shared data and queues the VM sees. Default: empty. */
  vmId?: string;
  /** Nanoseconds since the epoch. Default: the machine's clock. */
  clock?: () => bigint;
  /** What callouts' timeouts wait with. Default: Node's timers. */
  timers?: Timers;
  /** Random bytes for WASI's `random_get`. Default: Node's, fit for keys. */
  random?: (size: number) => Uint8Array;
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
 * A plugin, started, and the WebAssembly VM it runs in: its own, or one that it shares with others (see
 * {@link Vm.startPlugin}). Like one of Envoy's worker threads it handles any number of streams, one callback at a time.
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
  private readonly root: RootContext;
  private readonly options: VmOptions;
  private readonly callbacks: StreamCallbacks;
  private readonly onContextCreate: GuestFunction | undefined;
  private readonly onTick: GuestFunction | undefined;
  /** The calls counted when {@link resetHostCalls} was last called. */
  private countedBefore: number[] = [];

  private constructor(machine: Machine, root: RootContext, options: VmOptions) {
    this.machine = machine;
    this.root = root;
    this.options = options;
    this.callbacks = streamCallbacks(machine);
    this.onContextCreate = machine.callback("proxy_on_context_create");
    this.onTick = machine.callback("proxy_on_tick");
  }

  /**
   * Instantiates a module and starts it: `_initialize` and `main`, or `_start`, then `on_context_create`, `on_vm_start` and
   * `on_configure` of the root context.
   * @throws VmStartError
   */
  static start(module: FilterModule, options: VmOptions = {}): Vm {
    if (options.canary === true) tryOut(module, options);
    const machine = startMachine(module, options);
    return new Vm(machine, machine.root, options);
  }

  /**
   * Starts another plugin in the same VM, as Envoy does where several have the same `vm_id`, code and VM
   * configuration: it has a root context of its own and shares memory, and a trap, with the others.
   * @throws VmStartError also where the VM has failed; a plugin that traps here fails the VM.
   */
  startPlugin(plugin: PluginOptions): Vm {
    const { machine } = this;
    const options: VmOptions = { ...this.options, ...describePlugin(plugin) };
    if (machine.failure !== null) throw new VmStartError("the VM has failed", { cause: machine.failure });
    if (options.canary === true) tryOut(machine.module, options);
    const root = machine.newRoot(describePlugin(plugin));
    startRoot(machine, root, false);
    return new Vm(machine, root, options);
  }

  /**
   * A new HTTP stream; runs `on_context_create`. Close it when the exchange is over. On a failed VM the stream
   * answers `failed` to everything.
   */
  openStream(properties: StreamProperties | null = null): HttpStream {
    const { machine } = this;
    const context = machine.newStream(this.root, properties);
    if (this.onContextCreate !== undefined && machine.failure === null)
      machine.run(context, this.onContextCreate, context.id, this.root.id);
    const stream = new HttpStream(machine, this.callbacks, context);
    stream.allowOnHeadersStopIteration = this.root.plugin.allowOnHeadersStopIteration;
    return stream;
  }

  /**
   * A new TCP connection through a network filter; runs `on_context_create`. Call its `newConnection` next, and
   * `downstreamClosed` when it is over.
   */
  openConnection(properties: StreamProperties | null = null): TcpConnection {
    const { machine } = this;
    const context = machine.newStream(this.root, properties);
    const connection = new TcpConnection(machine, context);
    if (this.onContextCreate !== undefined && machine.failure === null)
      machine.run(context, this.onContextCreate, context.id, this.root.id);
    return connection;
  }

  /** Runs `on_tick`, which is due every {@link tickPeriodMs}. Nothing happens on a failed VM. */
  tick(): void {
    if (this.onTick !== undefined && this.machine.failure === null)
      this.machine.run(this.root, this.onTick, this.root.id);
  }

  /** The period the filter asked for; 0: no timer. The owner of the VM keeps time and calls {@link tick}. */
  get tickPeriodMs(): number {
    return this.root.tickPeriodMs;
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

  /**
   * Called after each callback that came by itself (a callout's end, an item in a queue), and when the filter sets its
   * timer: time to look at {@link tickPeriodMs}.
   */
  set afterCallback(listener: (() => void) | undefined) {
    this.root.afterOwnCallback = listener;
  }

  /** How many streams and connections of the plugin are open. */
  get streams(): number {
    let count = 0;
    for (const stream of this.machine.streams.values()) if (stream.root === this.root) count++;
    return count;
  }

  /**
   * Ends the plugin, and with the last one the VM: `on_done` of the root context and, where it answers true, `on_delete`. A filter that answers
   * false ends itself later by calling `proxy_done`.
   */
  close(): void {
    const { machine, root } = this;
    if (machine.failure !== null) return;
    const onDone = machine.callback("proxy_on_done");
    root.donePending = true;
    if (onDone === undefined || machine.run(root, onDone, root.id) !== 0) root.donePending = false;
    if (!root.donePending) machine.deleteRoot(root);
  }
}

function startMachine(module: FilterModule, options: VmOptions): Machine {
  let machine: Machine;
  const machineOptions: MachineOptions = {
    vmConfiguration: options.vmConfiguration ?? NO_BYTES,
    environment: options.environment ?? new Map<string, never>(),
    vmId: options.vmId ?? "",
    clock: options.clock ?? null,
    timers: options.timers ?? systemTimers,
    random: options.random ?? randomBytes,
    log: options.log ?? (() => {}),
    shared: options.shared ?? new SharedState(),
    clusters: options.clusters ?? new Map<string, never>(),
  };
  try {
    machine = new Machine(module, machineOptions, describePlugin(options));
  } catch (error) {
    throw new VmStartError(`the module cannot be instantiated: ${messageOf(error)}`, { cause: error });
  }
  startRoot(machine, machine.root, true);
  return machine;
}

/** Starts a throw-away VM and forgets it. */
function tryOut(module: FilterModule, options: VmOptions): void {
  const machine = startMachine(module, options);
  machine.abandon(machine.root);
}

function describePlugin(options: PluginOptions): Plugin {
  return {
    pluginConfiguration: options.pluginConfiguration ?? NO_BYTES,
    rootId: options.rootId ?? "",
    pluginName: options.pluginName ?? "",
    allowOnHeadersStopIteration: options.allowOnHeadersStopIteration ?? false,
  };
}

/** Starts a plugin, `first` with the module itself; lets go of it where that fails. */
function startRoot(machine: Machine, root: RootContext, first: boolean): void {
  const run = (name: string, a?: number, b?: number, caller?: Caller): number => {
    const callback = machine.callback(name);
    const answer = callback === undefined ? 1 : machine.run(root, callback, a, b, undefined, caller);
    if (machine.failure !== null)
      throw new VmStartError(`\`${name}\` failed: ${machine.failure.message}`, { cause: machine.failure });
    return answer;
  };
  try {
    if (first) startModule(machine, run);
    root.configurationReadable = true;
    run("proxy_on_context_create", root.id, 0);
    root.configurationReadable = false;
    if (run("proxy_on_vm_start", root.id, machine.options.vmConfiguration.length) === 0)
      throw new VmStartError("`proxy_on_vm_start` answered false");
    root.configurationReadable = true;
    if (run("proxy_on_configure", root.id, root.plugin.pluginConfiguration.length) === 0)
      throw new VmStartError("`proxy_on_configure` answered false: the filter refuses its configuration");
    root.configurationReadable = false;
  } catch (error) {
    machine.abandon(root);
    throw error;
  }
}

/** A WASI reactor, which may have a `main` for its SDK to be set up in, or a WASI command. */
function startModule(
  machine: Machine,
  run: (name: string, a?: number, b?: number, caller?: Caller) => number,
): void {
  if (machine.callback("_initialize") === undefined) {
    run("_start", undefined, undefined, Caller.Start);
    return;
  }
  run("_initialize", undefined, undefined, Caller.Start);
  run("main", 0, 0, Caller.Start);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
