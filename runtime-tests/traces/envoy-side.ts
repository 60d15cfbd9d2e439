// Envoy's side: one Envoy for all traces of a file, a listener and a VM for each.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bootstrap, startEnvoy, type RunningEnvoy } from "../../envoy/index.ts";
import { logLine, type Observation } from "./observed.ts";
import { withoutExports } from "./exports.ts";
import { probeModule, readModule } from "./module.ts";
import {
  listenerName,
  NOT_STARTED,
  PLUGIN_NAME,
  RELOAD_BACKOFF_MS,
  Surroundings,
  vmIdOf,
  type ClusterPort,
  type Side,
  type TracedProxy,
} from "./side.ts";
import { configurationText, type Trace, type TraceFile, type TraceRequest } from "./trace.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const MARKER = "marker";
// "[time][thread][level][wasm] [place] wasm log plugin root vm: text"
const WASM_LINE =
  /^\[[^\]]+\]\[(\d+)\]\[\w+\]\[wasm\] \[[^\]]*context\.cc:\d+\] wasm log((?: [^:]*)?): (.*)$/;

/** Starts an Envoy with every trace of the file that does not want one of its own. */
export async function envoySide(envoyPath: string, wasm: Uint8Array, file: TraceFile): Promise<Side> {
  const together = file.traces.filter((trace) => trace.alone === undefined || trace.alone === false);
  const shared = await startTraces(envoyPath, wasm, file, together);
  return {
    name: "envoy",
    run: async (trace, requests) => {
      if (together.includes(trace)) return shared.run(trace, requests);
      let own: TracesInEnvoy;
      try {
        own = await startTraces(envoyPath, wasm, file, [trace]);
      } catch {
        return NOT_STARTED;
      }
      try {
        return await own.run(trace, requests);
      } finally {
        await own.close();
      }
    },
    close: () => shared.close(),
  };
}

interface TracesInEnvoy {
  run(trace: Trace, requests?: readonly TraceRequest[]): Promise<Observation>;
  close(): Promise<void>;
}

async function startTraces(
  envoyPath: string,
  wasm: Uint8Array,
  file: TraceFile,
  traces: readonly Trace[],
): Promise<TracesInEnvoy> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-trace-"));
  const log = new WorkerLog();
  let envoy: RunningEnvoy | undefined;
  let marks = 0;
  let started = (): void => {};
  const up = new Promise<void>((resolve) => (started = resolve));
  const mark = async (): Promise<void> => {
    // A timer's callout may come before Envoy says that it is there.
    await up;
    const name = `/mark-${++marks}-`;
    const seen = log.seen(name);
    await get(envoy?.ports.get(MARKER) ?? 0, name);
    await seen;
  };
  const settle = async (): Promise<void> => {
    await mark();
    await mark();
  };
  const around = await Surroundings.start(file, settle);
  const close = async (): Promise<void> => {
    await envoy?.stop();
    await around.close();
    await rm(directory, { recursive: true, force: true });
  };
  const vmIds = new Map(traces.map((trace) => [trace, vmIdOf(trace, file.traces.indexOf(trace))]));
  try {
    const config = await configure(directory, wasm, file, vmIds, around);
    envoy = await startEnvoy({
      envoy: envoyPath,
      directory,
      bootstrap: config,
      concurrency: 1,
      onLog: (line) => {
        log.add(line);
        if (process.env["TRACE_LOG"] !== undefined) process.stderr.write(`${line}\n`);
      },
    });
    started();
    await mark();
  } catch (error) {
    await close();
    throw error;
  }
  const running = envoy;
  let ended = false;
  void running.exited.then(() => (ended = true));
  const traced = (trace: Trace): TracedProxy => ({
    port: running.ports.get(listenerName(trace, file)) ?? 0,
    takeLog: () => Promise.resolve(log.take(vmIds.get(trace) ?? "")),
    metrics: async () => {
      const stats = await running.stats("wasmcustom.");
      return Object.fromEntries(
        Object.entries(stats).map(([name, value]) => [name.slice("wasmcustom.".length), value]),
      );
    },
  });
  return {
    run: async (trace, requests) => {
      try {
        return await around.play(trace, traced(trace), requests);
      } catch (error) {
        // A trace that ends Envoy is worth more than the refused connection that shows it.
        await new Promise((resolve) => setTimeout(resolve, 200));
        if (!ended) throw error;
        throw new Error(`Envoy ended during the trace \`${trace.name}\`:\n${running.log().slice(-4000)}`, {
          cause: error,
        });
      }
    },
    close,
  };
}

/** What the worker's VMs logged. The main thread and the throw-away VM have the same to say, at other times. */
class WorkerLog {
  private worker: string | undefined;
  private readonly lines: { thread: string; vm: string; text: string }[] = [];
  private readonly waiting = new Map<string, () => void>();

  add(line: string): void {
    const [, thread = "", prefix = "", escaped = ""] = WASM_LINE.exec(line) ?? [];
    if (thread === "") return;
    const text = logLine(escaped.replace(/\\(['"\\])/g, "$1"));
    const vm = prefix.split(" ").at(-1) ?? "";
    if (vm !== MARKER) {
      this.lines.push({ thread, vm, text });
      return;
    }
    const mark = /"(\/mark-\d+-)"/.exec(text)?.[1];
    if (mark === undefined) return;
    this.worker = thread;
    this.waiting.get(mark)?.();
    this.waiting.delete(mark);
  }

  seen(mark: string): Promise<void> {
    return new Promise((resolve) => this.waiting.set(mark, resolve));
  }

  take(vm: string): string[] {
    const mine = this.lines.filter((line) => line.vm === vm);
    for (const line of mine) this.lines.splice(this.lines.indexOf(line), 1);
    return mine.filter(({ thread }) => thread === this.worker).map(({ text }) => text);
  }
}

function get(port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: "127.0.0.1", port, path, agent: false }, (response) =>
        response.resume().on("end", resolve),
      )
      .on("error", reject);
  });
}

async function configure(
  directory: string,
  wasm: Uint8Array,
  file: TraceFile,
  vmIds: ReadonlyMap<Trace, string>,
  around: Surroundings,
): Promise<object> {
  const files = new Map<string, string>();
  const fileOf = async (trace: Trace): Promise<string> => {
    const without = trace.plugin?.without ?? [];
    const raw = typeof trace.alone === "object" ? trace.alone.raw : "";
    const key = `${raw}|${without.join()}`;
    const known = files.get(key);
    if (known !== undefined) return known;
    const name = path.join(directory, `module-${files.size}.wasm`);
    files.set(key, name);
    await writeFile(name, raw === "" ? withoutExports(wasm, without) : Buffer.from(raw, "hex"));
    return name;
  };
  const markerPath = path.join(directory, "marker.wasm");
  await writeFile(markerPath, await probeModule());
  const listeners = await Promise.all(
    [...vmIds].map(async ([trace, vmId]) => {
      const configuration = configurationText(trace);
      return {
        name: listenerName(trace, file),
        port: 0,
        upstream: around.upstreamOf(trace),
        revealDetails: true,
        filters: [
          {
            wasmPath: await fileOf(trace),
            name: PLUGIN_NAME,
            vmId,
            rootId: trace.plugin?.rootId ?? "",
            ...(configuration === undefined ? {} : { configuration }),
          },
        ],
      };
    }),
  );
  const marker = {
    name: MARKER,
    port: 0,
    upstream: new URL(`http://127.0.0.1:${around.httpPort}`),
    filters: [
      {
        wasmPath: markerPath,
        name: MARKER,
        vmId: MARKER,
        configuration:
          "on_request_headers: get_header_map_value 0 ':path @b; send_local_response 204 ' ' {} -1",
      },
    ],
  };
  const config = bootstrap({ listeners: [...listeners, marker] }) as Bootstrap;
  const resources = config.static_resources;
  [...vmIds.keys()].forEach((trace, index) => adapt(resources, index, trace));
  if (file.service !== undefined)
    Object.assign(config, { bootstrap_extensions: [await service(directory, file.service)] });
  resources.clusters.push(
    ...around.clusters.map(cluster),
    cluster({ name: "tcp", port: around.tcpPort, http2: false }),
  );
  return config;
}

async function service(
  directory: string,
  { module, vmId, configuration = "" }: NonNullable<TraceFile["service"]>,
): Promise<object> {
  const filename = path.join(directory, "service.wasm");
  await writeFile(filename, (await readModule(module, HERE)) ?? Buffer.of());
  return {
    name: "envoy.bootstrap.wasm",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.wasm.v3.WasmService",
      singleton: true,
      config: {
        name: vmId,
        configuration: text(configuration),
        vm_config: { vm_id: vmId, runtime: "envoy.wasm.runtime.v8", code: { local: { filename } } },
      },
    },
  };
}

interface Bootstrap {
  static_resources: { listeners: Listener[]; clusters: object[] };
}

interface Listener {
  name: string;
  filter_chains: { filters: { name: string; typed_config: Record<string, unknown> }[] }[];
}

/** What a trace asks of its listener beyond what every generated one does. */
function adapt(resources: Bootstrap["static_resources"], index: number, trace: Trace): void {
  const listener = resources.listeners[index];
  const chain = listener?.filter_chains[0];
  const manager = chain?.filters[0]?.typed_config;
  if (listener === undefined || chain === undefined || manager === undefined) return;
  const wasm = (manager["http_filters"] as { typed_config: { config: Record<string, unknown> } }[])[1];
  const config = wasm?.typed_config.config;
  if (config === undefined) return;
  const { plugin = {} } = trace;
  // A VM that trapped is soon replaced, else it would matter how long ago Envoy started.
  config["reload_config"] = { backoff: { base_interval: `${RELOAD_BACKOFF_MS / 1000}s` } };
  if (plugin.failurePolicy !== undefined) config["failure_policy"] = plugin.failurePolicy;
  if (plugin.allowOnHeadersStopIteration === true) config["allow_on_headers_stop_iteration"] = true;
  if (plugin.vmConfiguration !== undefined)
    Object.assign(config["vm_config"] as object, { configuration: text(plugin.vmConfiguration) });
  if (trace.tcp !== undefined) {
    chain.filters = [
      {
        name: "envoy.filters.network.wasm",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm",
          config,
        },
      },
      {
        name: "envoy.filters.network.tcp_proxy",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
          stat_prefix: listener.name,
          cluster: "tcp",
        },
      },
    ];
  } else if (trace.trailers === true) {
    manager["http_protocol_options"] = { enable_trailers: true };
    Object.assign(
      resources.clusters[index] ?? {},
      protocol({ http_protocol_options: { enable_trailers: true } }),
    );
  }
}

function text(value: string): object {
  return { "@type": "type.googleapis.com/google.protobuf.StringValue", value };
}

function protocol(options: object): object {
  return {
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: options,
      },
    },
  };
}

function cluster({ name, port, http2 }: ClusterPort): object {
  const endpoint = { address: { socket_address: { address: "127.0.0.1", port_value: port ?? 0 } } };
  return {
    name,
    type: "STATIC",
    connect_timeout: "2s",
    load_assignment: {
      cluster_name: name,
      endpoints: port === undefined ? [] : [{ lb_endpoints: [{ endpoint }] }],
    },
    ...(http2 ? protocol({ http2_protocol_options: {} }) : {}),
  };
}
