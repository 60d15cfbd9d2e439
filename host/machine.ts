/**
 * One instantiated module: calls into the guest, the bookkeeping around a call (current context, what may be
 * called, counters, failure) and the state the host functions share.
 */
import { LogLevel } from "./abi.ts";
import { Callouts } from "./callouts/callouts.ts";
import type { Clusters } from "./callouts/cluster.ts";
import { linkImports } from "./host-calls/index.ts";
import { GuestMemory } from "./memory.ts";
import { MetricIds } from "./metrics.ts";
import type { FilterModule } from "./module.ts";
import { Caller, mayCall } from "./restrictions.ts";
import type { SharedState, SharedValue } from "./shared-state.ts";
import type { Timers } from "./timers.ts";
import { Instance, Memory, type WasmImports, type WasmInstance, type WasmMemory } from "./web-assembly.ts";
import { RootContext, StreamContext, type Context, type Plugin } from "./stream-context.ts";

/** A callback of the guest. Wasm ignores arguments a callback does not take. */
export type GuestFunction = (a?: number, b?: number, c?: number) => number | undefined;

export interface MachineOptions {
  vmConfiguration: Uint8Array;
  environment: ReadonlyMap<string, string>;
  vmId: string;
  /** Null: the machine's own. */
  clock: (() => bigint) | null;
  timers: Timers;
  random: (size: number) => Uint8Array;
  log: (level: LogLevel, message: string) => void;
  shared: SharedState;
  clusters: Clusters;
}

export class Machine {
  readonly module: FilterModule;
  readonly options: MachineOptions;
  readonly memory: GuestMemory;
  /** The plugins by their contexts' ids; those that ended are gone. */
  readonly roots = new Map<number, RootContext>();
  readonly streams = new Map<number, StreamContext>();
  readonly data: Map<string, SharedValue>;
  readonly metricIds: MetricIds;
  readonly callouts: Callouts;
  /** Calls so far by import, in the order of `module.imports`, and all together. */
  readonly counts: number[];
  totalCalls = 0;

  /** Whose callback runs, and who the host functions act for: `set_effective_context` changes the latter. */
  current: Context;
  context: Context;
  /** Set by a local response: whatever the callback answers, its stream goes no further. */
  stopNextIteration = false;
  /** Whether that was so in the callback that ran last. */
  iterationStopped = false;
  /** Why the VM can run no more. */
  failure: Error | null = null;

  private caller: Caller = Caller.Nowhere;
  private readonly instance: WasmInstance;
  private readonly deferred: StreamContext[] = [];
  private nextContextId = 1;

  /** Instantiates, with the first plugin's root context; throws what the module's start section throws. */
  constructor(module: FilterModule, options: MachineOptions, plugin: Plugin) {
    this.module = module;
    this.options = options;
    this.current = this.context = this.newRoot(plugin);
    this.data = options.shared.dataOf(options.vmId);
    this.metricIds = new MetricIds(options.shared.metrics);
    this.callouts = new Callouts(this, options.clusters);
    this.counts = module.imports.map(() => 0);
    const { imports, importedMemory } = linkImports(this);
    this.instance = this.instantiate(imports);
    const isMemory = (item: unknown): item is WasmMemory => item instanceof Memory;
    const memory = Object.values(this.instance.exports).find(isMemory) ?? importedMemory;
    if (memory === undefined) throw new Error("the module has no memory");
    const allocator = this.instance.exports[module.allocator] as (size: number) => number;
    this.memory = new GuestMemory(memory, (size) => {
      const before = this.caller;
      this.caller = Caller.Allocator;
      const address = allocator(size);
      this.caller = before;
      return address;
    });
  }

  /** A start section that calls the host crashes Envoy: nothing that a host function needs is there by then. */
  private instantiate(imports: WasmImports): WasmInstance {
    let failure: unknown;
    try {
      const instance = new Instance(this.module.compiled, imports);
      if (this.totalCalls === 0) return instance;
    } catch (error) {
      failure = error;
    }
    if (this.totalCalls === 0) throw failure;
    const called = this.module.imports[this.counts.findIndex((count) => count > 0)] ?? "";
    throw new Error(
      `its start section calls \`${called}\`, which crashes Envoy: ` +
        "start from an export `_initialize` instead (asc: `--exportStart _initialize`)",
    );
  }

  /** A callback by its full name, or undefined where the guest exports none. */
  callback(name: string): GuestFunction | undefined {
    const exported = this.instance.exports[name];
    return typeof exported === "function" ? (exported as GuestFunction) : undefined;
  }

  /** The plugin that host functions act for. */
  get root(): RootContext {
    return this.context.root;
  }

  newRoot(plugin: Plugin): RootContext {
    const root = new RootContext(this.nextContextId++, plugin);
    this.roots.set(root.id, root);
    return root;
  }

  newStream(root: RootContext, properties: StreamContext["properties"]): StreamContext {
    const startTime = this.options.clock?.() ?? Date.now();
    const stream = new StreamContext(this.nextContextId++, root, properties, startTime);
    this.streams.set(stream.id, stream);
    return stream;
  }

  /** Nanoseconds since the epoch. */
  now(): bigint {
    return this.options.clock?.() ?? BigInt(Date.now()) * 1_000_000n;
  }

  /** The context of an id, or undefined where there is none. */
  find(id: number): Context | undefined {
    return this.roots.get(id) ?? this.streams.get(id);
  }

  /**
   * Calls the guest for a context. A trap fails the VM and is answered with -1; look at `failure` to tell.
   * `caller` says which host functions it may use.
   */
  run(
    context: Context,
    callback: GuestFunction,
    a?: number,
    b?: number,
    c?: number,
    caller: Caller = Caller.Callback,
  ): number {
    const outerCurrent = this.current;
    const outerContext = this.context;
    const outerCaller = this.caller;
    this.current = context;
    this.context = context;
    this.caller = caller;
    try {
      return callback(a, b, c) ?? 0;
    } catch (error) {
      this.fail(error);
      return -1;
    } finally {
      this.caller = outerCaller;
      this.current = outerCurrent;
      this.context = outerContext;
      const stopped = this.stopNextIteration;
      this.stopNextIteration = false;
      if (this.deferred.length > 0) this.deliverDeferred();
      this.iterationStopped = stopped;
    }
  }

  /** Calls the guest for a plugin because of something the host met: a callout's end, a queue's item. */
  runByItself(root: RootContext, callback: () => unknown): void {
    if (this.failure !== null || root.ended) return;
    this.run(root, () => {
      callback();
      return undefined;
    });
    root.afterOwnCallback?.();
  }

  /** The end of a plugin; no callback runs on a failed VM. */
  deleteRoot(root: RootContext): void {
    const onDelete = this.callback("proxy_on_delete");
    if (onDelete !== undefined && this.failure === null) this.run(root, onDelete, root.id);
    this.abandon(root);
  }

  /** Lets go of a plugin without a word to the guest, and with the last one of everything outside. */
  abandon(root: RootContext): void {
    root.ended = true;
    this.roots.delete(root.id);
    if (this.roots.size === 0) this.callouts.close();
  }

  /** What every host function does first: counts the call, refuses it where it may not be made. */
  enter(call: number): void {
    this.counts[call] = (this.counts[call] as number) + 1;
    this.totalCalls++;
    if (this.caller !== Caller.Callback) this.refuseUnlessAllowed(call);
  }

  /** A host function asked something of a stream whose callback is not the one running. */
  defer(stream: StreamContext): void {
    if (stream !== this.current && !this.deferred.includes(stream)) this.deferred.push(stream);
  }

  private deliverDeferred(): void {
    for (const stream of this.deferred.splice(0)) stream.owner?.deliver();
  }

  private refuseUnlessAllowed(call: number): void {
    const name = this.module.imports[call] ?? "";
    if (mayCall(this.caller, name)) return;
    const where = this.caller === Caller.Allocator ? "allocator" : "start function";
    throw new Error(`\`${name}\` may not be called from the ${where}`);
  }

  fail(error: unknown): void {
    if (this.failure !== null) return;
    this.failure = error instanceof Error ? error : new Error(String(error));
    this.options.log(LogLevel.Critical, `the VM failed: ${this.failure.message}`);
    this.callouts.close();
  }
}
