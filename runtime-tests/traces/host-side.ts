// The host's side: its proxy, with the module in it.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import {
  FilterModule,
  LogLevel,
  propertyPath,
  SharedState,
  startProxy,
  startTcpProxy,
  Vm,
} from "../../host/index.ts";
import type { Clusters, FilterFactory } from "../../host/index.ts";
import { logLine } from "./observed.ts";
import { withoutExports } from "./exports.ts";
import { readModule } from "./module.ts";
import {
  NOT_STARTED,
  PLUGIN_NAME,
  RELOAD_BACKOFF_MS,
  Surroundings,
  upstreamOf,
  vmIdOf,
  type Side,
  type TracedProxy,
} from "./side.ts";
import { configurationText, type Trace, type TraceFile } from "./trace.ts";

/** Traces run in one process with one shared state, as in one Envoy. */
export async function hostSide(wasm: Uint8Array, file: TraceFile): Promise<Side> {
  const ping = await pingServer();
  const around = await Surroundings.start(file, ping.settle);
  const shared = new SharedState();
  const clusters: Clusters = new Map(
    around.clusters.map(({ name, port }) => [
      name,
      port === undefined ? null : new URL(`http://127.0.0.1:${port}`),
    ]),
  );

  const service = await startService(file, shared, clusters);
  const opened = new Map<Trace, Promise<OpenProxy>>();

  const start = async (trace: Trace): Promise<OpenProxy> => {
    const log: string[] = [];
    const { plugin = {} } = trace;
    const bytes = typeof trace.alone === "object" ? Buffer.from(trace.alone.raw, "hex") : wasm;
    const module = FilterModule.compile(withoutExports(bytes, plugin.without ?? []));
    const filter: FilterFactory = () =>
      Vm.start(module, {
        pluginConfiguration: Buffer.from(configurationText(trace) ?? ""),
        vmConfiguration: Buffer.from(plugin.vmConfiguration ?? ""),
        pluginName: PLUGIN_NAME,
        allowOnHeadersStopIteration: plugin.allowOnHeadersStopIteration ?? false,
        rootId: plugin.rootId ?? "",
        vmId: vmIdOf(trace, file.traces.indexOf(trace)),
        shared,
        clusters,
        log: (level, text) => {
          if (level >= LogLevel.Info && !text.startsWith("the VM failed")) log.push(logLine(text));
        },
      });
    const options = {
      port: 0,
      filter,
      failurePolicy: plugin.failurePolicy ?? "FAIL_RELOAD",
      reloadBackoffMs: RELOAD_BACKOFF_MS,
    } as const;
    const proxy =
      trace.tcp === undefined
        ? await startProxy({
            ...options,
            upstream: around.upstreamOf(trace),
            revealDetails: true,
            properties: new Map([[propertyPath("xds", "cluster_name"), upstreamOf(trace, file)]]),
            trailers: trace.trailers ?? false,
          })
        : await startTcpProxy({ ...options, upstream: { host: "127.0.0.1", port: around.tcpPort } });
    return {
      port: proxy.port,
      close: () => proxy.close(),
      takeLog: () => Promise.resolve(log.splice(0)),
      metrics: () => Promise.resolve(metricsOf(shared)),
    };
  };

  return {
    name: "host",
    run: async (trace, requests) => {
      let proxy = opened.get(trace);
      if (proxy === undefined) opened.set(trace, (proxy = start(trace)));
      const started = await proxy.catch(() => undefined);
      return started === undefined ? NOT_STARTED : around.play(trace, started, requests);
    },
    close: async () => {
      for (const proxy of opened.values()) await proxy.then((open) => open.close()).catch(() => {});
      service?.close();
      await around.close();
      await ping.close();
    },
  };
}

/** The main thread's VM; its timer is the host's own. */
async function startService(
  { service }: TraceFile,
  shared: SharedState,
  clusters: Clusters,
): Promise<Pick<Vm, "close"> | undefined> {
  if (service === undefined) return undefined;
  const wasm = await readModule(service.module, fileURLToPath(new URL(".", import.meta.url)));
  if (wasm === undefined) return undefined;
  const { vmId, configuration = "" } = service;
  const vm = Vm.start(FilterModule.compile(wasm), {
    vmId,
    shared,
    clusters,
    canary: true,
    pluginName: vmId,
    pluginConfiguration: Buffer.from(configuration),
  });
  let period = 0;
  let timer: NodeJS.Timeout | undefined;
  const keepTime = (): void => {
    if (vm.tickPeriodMs === period) return;
    period = vm.tickPeriodMs;
    clearInterval(timer);
    if (period > 0)
      timer = setInterval(() => {
        vm.tick();
        keepTime();
      }, period);
  };
  vm.afterCallback = keepTime;
  keepTime();
  // Its first ticks, which Envoy's main thread has behind it when it listens.
  await new Promise((resolve) => setTimeout(resolve, 100));
  return {
    close: () => {
      clearInterval(timer);
      vm.close();
    },
  };
}

interface OpenProxy extends TracedProxy {
  close(): Promise<void>;
}

function metricsOf(shared: SharedState): Record<string, number> {
  return Object.fromEntries(
    [...shared.metrics.byName]
      .filter(([, metric]) => metric.kind !== "histogram")
      .map(([name, metric]) => [name, Number(metric.value)]),
  );
}

/** A round trip through the process's own loopback: what was written before it has been read when it is over. */
async function pingServer(): Promise<{ settle: () => Promise<void>; close: () => Promise<void> }> {
  const server = http.createServer((_request, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const once = (): Promise<void> =>
    new Promise((resolve, reject) => {
      http
        .get({ port, host: "127.0.0.1", agent: false }, (response) =>
          response.resume().on("end", () => setImmediate(resolve)),
        )
        .on("error", reject);
    });
  return {
    settle: async () => {
      await once();
      await once();
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
