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
import type { SharedState, SharedValue } from "./shared-state.ts";
import { Instance, Memory, type WasmInstance, type WasmMemory } from "./web-assembly.ts";
import { RootContext, StreamContext, type Context } from "./stream-context.ts";

/** A callback of the guest. Wasm ignores arguments a callback does not take. */
export type GuestFunction = (a?: number, b?: number, c?: number) => number | undefined;

/** Which host functions may be called now: the allocator and the start function may only log. */
export const Allowed = { Everything: 0, LogOnly: 1, Nothing: 2 } as const;

export interface MachineOptions {
  pluginConfiguration: Uint8Array;
  vmConfiguration: Uint8Array;
  rootId: string;
  pluginName: string;
  vmId: string;
  /** Null: the machine's own. */
  clock: (() => bigint) | null;
  log: (level: LogLevel, message: string) => void;
  shared: SharedState;
  clusters: Clusters;
}

export const ROOT_CONTEXT_ID = 1;

export class Machine {
  readonly module: FilterModule;
  readonly options: MachineOptions;
  readonly memory: GuestMemory;
  readonly root = new RootContext(ROOT_CONTEXT_ID);
  readonly streams = new Map<number, StreamContext>();
  readonly data: Map<string, SharedValue>;
  readonly metricIds: MetricIds;
  readonly callouts: Callouts;
  /** Calls so far by import, in the order of `module.imports`, and all together. */
  readonly counts: number[];
  totalCalls = 0;

  /** Whose callback runs, and who the host functions act for: `set_effective_context` changes the latter. */
  current: Context = this.root;
  context: Context = this.root;
  tickPeriodMs = 0;
  pluginConfigurationReadable = false;
  /** Set once the root context's `on_done` answered 0; then `proxy_done` ends it. */
  donePending = false;
  /** Why the VM can run no more. */
  failure: Error | null = null;
  /** Whether the root context is gone: nothing happens by itself any more. */
  ended = false;
  /** Told after callbacks that nobody outside asked for. */
  afterOwnCallback: (() => void) | undefined = undefined;

  private allowed: number = Allowed.Nothing;
  private readonly instance: WasmInstance;
  private readonly deferred: StreamContext[] = [];
  private nextContextId = ROOT_CONTEXT_ID + 1;

  /** Instantiates; throws what the module's start section throws. */
  constructor(module: FilterModule, options: MachineOptions) {
    this.module = module;
    this.options = options;
    this.data = options.shared.dataOf(options.vmId);
    this.metricIds = new MetricIds(options.shared.metrics);
    this.callouts = new Callouts(this, options.clusters);
    this.counts = module.imports.map(() => 0);
    const { imports, importedMemory } = linkImports(this);
    this.instance = new Instance(module.compiled, imports);
    const isMemory = (item: unknown): item is WasmMemory => item instanceof Memory;
    const memory = Object.values(this.instance.exports).find(isMemory) ?? importedMemory;
    if (memory === undefined) throw new Error("the module has no memory");
    const allocator = this.instance.exports[module.allocator] as (size: number) => number;
    this.memory = new GuestMemory(memory, (size) => {
      const before = this.allowed;
      this.allowed = Allowed.LogOnly;
      const address = allocator(size);
      this.allowed = before;
      return address;
    });
  }

  /** A callback by its full name, or undefined where the guest exports none. */
  callback(name: string): GuestFunction | undefined {
    const exported = this.instance.exports[name];
    return typeof exported === "function" ? (exported as GuestFunction) : undefined;
  }

  newStream(properties: StreamContext["properties"]): StreamContext {
    const stream = new StreamContext(this.nextContextId++, properties, this.options.clock?.() ?? Date.now());
    this.streams.set(stream.id, stream);
    return stream;
  }

  /** Nanoseconds since the epoch. */
  now(): bigint {
    return this.options.clock?.() ?? BigInt(Date.now()) * 1_000_000n;
  }

  /** The context of an id, or undefined where there is none. */
  find(id: number): Context | undefined {
    return id === ROOT_CONTEXT_ID ? this.root : this.streams.get(id);
  }

  /**
   * Calls the guest for a context. A trap fails the VM and is answered with -1; look at `failure` to tell.
   * `allowed` says which host functions it may use.
   */
  run(
    context: Context,
    callback: GuestFunction,
    a?: number,
    b?: number,
    c?: number,
    allowed: number = Allowed.Everything,
  ): number {
    const outerCurrent = this.current;
    const outerContext = this.context;
    this.current = context;
    this.context = context;
    this.allowed = allowed;
    try {
      return callback(a, b, c) ?? 0;
    } catch (error) {
      this.fail(error);
      return -1;
    } finally {
      this.allowed = Allowed.Nothing;
      this.current = outerCurrent;
      this.context = outerContext;
      if (this.deferred.length > 0) this.deliverDeferred();
    }
  }

  /** Calls the guest for the root context because of something the host met: a callout's end, a queue's item. */
  runByItself(callback: () => unknown): void {
    if (this.failure !== null || this.ended) return;
    this.run(this.root, () => {
      callback();
      return undefined;
    });
    this.afterOwnCallback?.();
  }

  /** The end of the root context and of its callouts; no callback runs on a failed VM. */
  deleteRoot(): void {
    const onDelete = this.callback("proxy_on_delete");
    if (onDelete !== undefined && this.failure === null) this.run(this.root, onDelete, this.root.id);
    this.abandon();
  }

  /** Lets go of everything outside, without a word to the guest. */
  abandon(): void {
    this.ended = true;
    this.callouts.close();
  }

  /** What every host function does first: counts the call, refuses it where it may not be made. */
  enter(call: number): void {
    this.counts[call] = (this.counts[call] as number) + 1;
    this.totalCalls++;
    if (this.allowed !== Allowed.Everything) this.refuseUnlessLog(call);
  }

  /** A host function asked something of a stream whose callback is not the one running. */
  defer(stream: StreamContext): void {
    if (stream !== this.current && !this.deferred.includes(stream)) this.deferred.push(stream);
  }

  private deliverDeferred(): void {
    for (const stream of this.deferred.splice(0)) stream.owner?.deliver();
  }

  private refuseUnlessLog(call: number): void {
    const name = this.module.imports[call] ?? "";
    if (this.allowed === Allowed.LogOnly && (name === "proxy_log" || name === "wasi:fd_write")) return;
    const when = this.allowed === Allowed.LogOnly ? "the allocator or the start function" : "a start section";
    throw new Error(`\`${name}\` may not be called from ${when}`);
  }

  fail(error: unknown): void {
    if (this.failure !== null) return;
    this.failure = error instanceof Error ? error : new Error(String(error));
    this.options.log(LogLevel.Critical, `the VM failed: ${this.failure.message}`);
    this.callouts.close();
    // Nobody else would wake them.
    for (const stream of this.streams.values()) if (stream.paused) this.defer(stream);
  }
}
