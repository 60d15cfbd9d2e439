import { readFile } from "node:fs/promises";
import { NO_BYTES } from "../bytes.ts";
import { FilterModule } from "../module.ts";
import type { ModuleLimits } from "../module-limits.ts";
import type { FailurePolicy } from "../proxy/filter-slot.ts";
import { SharedState } from "../shared-state.ts";
import { VmStartError, type VmOptions } from "../vm.ts";
import { Activity } from "./activity.ts";
import { fakeClock, type FakeClock } from "./clock.ts";
import { clusterMap, type ClusterInit } from "./clusters.ts";
import { milliseconds, type Duration } from "./duration.ts";
import { FakeUpstream, fakeUpstream, type FakeScript } from "./fake-upstream.ts";
import { TestFilter } from "./filter.ts";
import { levelName, type LogEntry } from "./logs.ts";
import { repeatableRandom } from "./random.ts";
import { settled } from "./settle.ts";
import { Worker } from "./worker.ts";

/** A text, bytes, or what arrives as JSON, as if a `StringValue` had it. (A `Struct` arrives as serialised protobuf.) */
export type Configuration = string | Uint8Array | object;

/** How a filter is loaded; what Envoy has a name for is called so and does the same. */
export interface LoadOptions {
  /** What `on_configure` reads. Default: nothing. */
  configuration?: Configuration;
  /** What `on_vm_start` reads. Default: nothing. */
  vmConfiguration?: Configuration;
  /** Property `plugin_name`. Default: empty. */
  pluginName?: string;
  /** Property `plugin_root_id`. Default: empty. */
  rootId?: string;
  /** Whose data and queues it sees. Default: empty. */
  vmId?: string;
  /** Environment variables, through WASI. Default: none. */
  environment?: Readonly<Record<string, string>>;
  /** What it may call out to, by name. Default: nothing. */
  clusters?: Readonly<Record<string, ClusterInit>>;
  /** What answers requests that get through. Default: 200 without a body. */
  upstream?: FakeScript | FakeUpstream;
  /** Default: one of its own. */
  clock?: FakeClock;
  /** How many worker threads there would be: VMs that share data, queues and metrics. Default: 1. */
  workers?: number;
  /** Whether a throw-away VM runs `on_vm_start` and `on_configure` first, as always in Envoy. Default: false. */
  canary?: boolean;
  /** Whether `StopIteration` on headers holds the headers only, and the filter goes on to see the body. Default: false. */
  allowOnHeadersStopIteration?: boolean;
  /** What a trap leads to. Default: `FAIL_CLOSED`, as in Envoy. */
  failurePolicy?: FailurePolicy;
  /** With `FAIL_RELOAD`: how old a VM must be before another takes its place. Default: `1s`, as in Envoy. */
  reloadBackoff?: Duration;
  /** Of a `FilterModule` they were set when it was compiled. */
  limits?: ModuleLimits;
  /** What `random_get` begins with: the same bytes for the same seed. Default: 1. */
  seed?: number;
  /** Data, queues and metrics; give one to several filters that are to share them. Default: its own. */
  shared?: SharedState;
}

/**
 * Loads a filter: a file's path or URL, the module's bytes, or a compiled module.
 *
 * Rejects with `ModuleRejected` where Envoy would refuse the module, with `VmStartError` and what it logged where the filter
 * does not start, and with Node's error where there is no such file.
 *
 * @example
 * const filter = await loadFilter("build/limits.wasm", { configuration: { perMinute: 60 } });
 */
export async function loadFilter(
  source: string | URL | Uint8Array | FilterModule,
  options: LoadOptions = {},
): Promise<TestFilter> {
  const module =
    source instanceof FilterModule
      ? source
      : FilterModule.compile(source instanceof Uint8Array ? source : await readFile(source), options.limits);
  const {
    clock = fakeClock(),
    shared = new SharedState(),
    vmId = "",
    workers: count = 1,
    upstream,
  } = options;
  const activity = new Activity();
  const logs: LogEntry[] = [];
  const clusters = clusterMap(options.clusters ?? {}, clock, activity);
  const vmOptions: VmOptions = {
    pluginConfiguration: configurationBytes(options.configuration),
    vmConfiguration: configurationBytes(options.vmConfiguration),
    pluginName: options.pluginName ?? "",
    rootId: options.rootId ?? "",
    environment: new Map(Object.entries(options.environment ?? {})),
    allowOnHeadersStopIteration: options.allowOnHeadersStopIteration ?? false,
    vmId,
    shared,
    clusters,
    clock: clock.now,
    timers: clock,
    random: repeatableRandom(options.seed ?? 1),
  };
  const startWorker = (worker: number): Worker => {
    const log: VmOptions["log"] = (level, message) => logs.push({ level: levelName(level), message, worker });
    return new Worker(
      module,
      // The canary is Envoy's main thread's.
      { ...vmOptions, log, canary: options.canary === true && worker === 0 },
      { clusters, shared },
      options.failurePolicy ?? "FAIL_CLOSED",
      options.reloadBackoff === undefined ? undefined : milliseconds(options.reloadBackoff),
      clock,
    );
  };
  if (!Number.isInteger(count) || count < 1) throw new RangeError("`workers` is a number of at least 1");
  let workers: Worker[];
  try {
    workers = Array.from({ length: count }, (_, worker) => startWorker(worker));
  } catch (error) {
    throw error instanceof VmStartError ? withLogs(error, logs) : error;
  }
  const filter = new TestFilter({
    workers,
    clock,
    upstream: upstream instanceof FakeUpstream ? upstream : fakeUpstream(upstream),
    shared,
    vmId,
    logs,
    activity,
  });
  await settled();
  return filter;
}

function configurationBytes(configuration: Configuration | undefined): Uint8Array {
  if (configuration === undefined) return NO_BYTES;
  if (configuration instanceof Uint8Array) return configuration;
  return Buffer.from(typeof configuration === "string" ? configuration : JSON.stringify(configuration));
}

function withLogs(error: VmStartError, logs: readonly LogEntry[]): VmStartError {
  const lines = logs.map(({ level, message }) => `\n  ${level}: ${message}`);
  return new VmStartError(`${error.message}${lines.join("")}`, { cause: error.cause });
}
