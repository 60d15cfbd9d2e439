/** Runs an Envoy bootstrap in this host: its listeners, plugins, routes and clusters, without Envoy. */
import type { LogLevel } from "../abi.ts";
import { GrpcClient } from "../callouts/grpc-client.ts";
import type { ClusterTarget } from "../callouts/cluster.ts";
import type { Metric } from "../metrics.ts";
import { connectionProperties } from "../proxy/addresses.ts";
import type { RequestRecord } from "../proxy/request-record.ts";
import { listenTcp } from "../proxy/tcp-proxy.ts";
import { SharedState } from "../shared-state.ts";
import type { ClusterConfig } from "./clusters.ts";
import type { ListenerConfig } from "./listener.ts";
import type { PluginConfig } from "./plugin.ts";
import { readBootstrap, type BootstrapConfig } from "./read.ts";
import { originOf, serveHttp } from "./serve-http.ts";
import { Turns } from "./turns.ts";
import { Worker, type Surroundings } from "./workers.ts";

export { BootstrapRefused } from "./message.ts";

/** What a bootstrap file does not say. */
export interface StartBootstrapOptions {
  /** Workers, each with its own VMs. Default: 2, as with `startEnvoy`. */
  concurrency?: number;
  /** Takes what filters log, and why a VM failed. Default: nothing is written. */
  log?: (level: LogLevel, message: string) => void;
  /** Told of each HTTP request when it is over. */
  onRequest?: (record: RequestRecord) => void;
}

/** A bootstrap that is being served. */
export interface RunningBootstrap {
  /** Listener name → port. */
  readonly ports: ReadonlyMap<string, number>;
  /** What plugins defined, by name, all VMs together. */
  readonly metrics: ReadonlyMap<string, Metric>;
  /** Shared data, queues and metrics of all VMs. */
  readonly shared: SharedState;
  /** Stops listening, lets HTTP requests under way finish for at most five seconds, then ends every plugin. */
  close(): Promise<void>;
}

/**
 * Starts what a bootstrap describes: an object as a YAML or JSON parser gives it, field names as in the .proto files.
 * As in Envoy, plugins with the same vm_id, code and VM configuration share a VM on each worker and one on the main
 * thread, which is where services run and where each plugin is tried out in a throw-away VM first.
 *
 * Rejects with {@link BootstrapRefused} where Envoy would refuse the bootstrap, where a plugin does not start, and where
 * the bootstrap asks for what this host cannot do; with Node's own error where an address cannot be listened on.
 *
 * @example
 * const running = await startBootstrap(parse(await readFile("envoy.yaml", "utf8")), { concurrency: 1 });
 * await fetch(`http://127.0.0.1:${running.ports.get("main")}/`);
 * await running.close();
 */
export async function startBootstrap(
  bootstrap: unknown,
  options: StartBootstrapOptions = {},
): Promise<RunningBootstrap> {
  const config = readBootstrap(bootstrap);
  const shared = new SharedState();
  const { targets, closeTargets } = calloutTargets(config);
  const surroundings: Surroundings = { clusters: targets, shared, log: options.log ?? (() => {}) };
  const main = new Worker(surroundings, true);
  const first = new Worker(surroundings, false);
  const others = Array.from(
    { length: (options.concurrency ?? 2) - 1 },
    () => new Worker(surroundings, false),
  );
  const workers = [main, first, ...others];
  const listeners: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()));
    for (const worker of workers) worker.close();
    closeTargets();
  };
  try {
    startPlugins(config, main, [first, ...others]);
    const turns = new Turns([first, ...others]);
    const ports = new Map<string, number>();
    for (const listener of config.listeners) {
      const running = await serve(listener, config, turns, options);
      listeners.push(running);
      ports.set(listener.name, running.port);
    }
    return { ports, metrics: shared.metrics.byName, shared, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** In Envoy's order: listeners' plugins and then services on the main thread, then each worker's. */
function startPlugins(
  { listeners, services }: BootstrapConfig,
  main: Worker,
  workers: readonly Worker[],
): void {
  const plugins = listeners.flatMap(pluginsOf);
  const everywhere = services.filter(({ singleton }) => !singleton).map(({ plugin }) => plugin);
  for (const plugin of [...plugins, ...services.map(({ plugin }) => plugin)]) main.start(plugin);
  for (const worker of workers) for (const plugin of [...plugins, ...everywhere]) worker.start(plugin);
}

function pluginsOf({ serves }: ListenerConfig): readonly PluginConfig[] {
  if (serves.kind === "http") return serves.plugins;
  return serves.plugin === undefined ? [] : [serves.plugin];
}

async function serve(
  listener: ListenerConfig,
  { clusters }: BootstrapConfig,
  turns: Turns,
  { onRequest }: StartBootstrapOptions,
): Promise<{ port: number; close(): Promise<void> }> {
  const { serves } = listener;
  if (serves.kind === "http") return serveHttp(listener, serves, { turns, clusters, onRequest });
  const { plugin, cluster, connectMode } = serves;
  return listenTcp({
    port: listener.port,
    address: listener.host,
    upstream: { host: cluster.host, port: cluster.port },
    connectMode,
    open: (socket) => {
      const slot = plugin === undefined ? undefined : turns.of(socket).slot(plugin);
      return slot?.openConnection(connectionProperties(socket, undefined)) ?? "pass";
    },
  });
}

/** What plugins may call. A cluster that speaks HTTP/2 takes gRPC, any other HTTP. */
function calloutTargets({ clusters }: BootstrapConfig): {
  targets: Map<string, ClusterTarget>;
  closeTargets: () => void;
} {
  const clients = new Map<string, GrpcClient>();
  const target = (cluster: ClusterConfig): ClusterTarget => {
    if (!cluster.http2) return originOf(cluster);
    const client = new GrpcClient(originOf(cluster));
    clients.set(cluster.name, client);
    return client;
  };
  const targets = new Map([...clusters].map(([name, cluster]) => [name, target(cluster)] as const));
  return {
    targets,
    closeTargets: () => {
      for (const client of clients.values()) client.close();
    },
  };
}
