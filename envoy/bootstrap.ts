// Writes Envoy's bootstrap: a complete, static configuration with one listener for each workload.
import path from "node:path";
import { listener } from "./listener.ts";
import type { ListenerConfig } from "./listener.ts";
import { typed } from "./typed.ts";
import { cluster, clusterName } from "./upstream.ts";
import type { UpstreamConfig } from "./upstream.ts";

export interface BootstrapOptions {
  /** At least one; names unique. */
  listeners: readonly ListenerConfig[];
  /** What filters call out to, by the cluster's name. Default: nothing. */
  callouts?: ReadonlyMap<string, UpstreamConfig>;
  /** Default 0: Envoy chooses a free one. */
  adminPort?: number;
  /** Default 127.0.0.1. Whoever reaches the admin interface can stop Envoy and read its configuration. */
  adminAddress?: string;
}

/**
 * Envoy's v3 bootstrap as plain JSON: the same options give the same object, keys in the same order. Throws TypeError
 * where an option makes no sense: a relative path, an upstream URL with a path, a name twice.
 */
export function bootstrap(options: BootstrapOptions): object {
  const { listeners } = options;
  checkListeners(listeners);
  return {
    ...surroundings(options),
    static_resources: { listeners: listeners.map((config) => listener(config)), clusters: clusters(options) },
  };
}

/** What a bootstrap has beside listeners and clusters. */
export function surroundings({
  adminAddress = "127.0.0.1",
  adminPort = 0,
}: Pick<BootstrapOptions, "adminAddress" | "adminPort">): object {
  return {
    admin: { address: { socket_address: { address: adminAddress, port_value: adminPort } } },
    // Without a limit Envoy warns at each start that a flood of connections could exhaust its memory.
    overload_manager: {
      resource_monitors: [
        {
          name: "envoy.resource_monitors.global_downstream_max_connections",
          typed_config: typed("resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig", {
            max_active_downstream_connections: 50_000,
          }),
        },
      ],
    },
  };
}

/** The clusters behind listeners, what their filters choose and what they call. A name that several have is one cluster. */
export function clusters({
  listeners,
  callouts = new Map(),
}: Pick<BootstrapOptions, "listeners" | "callouts">): object[] {
  const all = new Map<string, UpstreamConfig>();
  for (const { name, upstream, ...config } of listeners)
    if (upstream) all.set(clusterName(name), { ...config, upstream });
  for (const { routing } of listeners)
    for (const [name, config] of routing?.clusters ?? []) all.set(name, config);
  // Behind the others: what is called may have to be asked by HTTP/2.
  for (const [name, config] of callouts) all.set(name, config);
  return [...all].map(([name, config]) => cluster(name, config));
}

/** The bootstrap as text: JSON, which is YAML too, indented, in the object's own order, with a final newline. */
export function renderBootstrap(bootstrap: object): string {
  return JSON.stringify(bootstrap, undefined, 2) + "\n";
}

/** Throws TypeError where an option of theirs makes no sense. */
export function checkListeners(listeners: readonly ListenerConfig[]): void {
  if (listeners.length === 0) throw new TypeError("a bootstrap needs at least one listener");
  const names = new Set<string>();
  for (const { name, filters, accessLog, upstream, routing } of listeners) {
    if (name === "") throw new TypeError("a listener needs a name");
    if (names.has(name)) throw new TypeError(`two listeners are called \`${name}\``);
    names.add(name);
    if (!upstream && routing?.always !== true)
      throw new TypeError(
        `the listener \`${name}\` needs an upstream: its filters do not choose a cluster for each request`,
      );
    if (routing?.clusters.has(clusterName(name)) === true)
      throw new TypeError(`\`${clusterName(name)}\` is the listener's own upstream, and a filter's cluster`);
    for (const filter of filters) {
      if (!path.isAbsolute(filter.wasmPath))
        throw new TypeError(`\`${filter.wasmPath}\` is not an absolute path`);
    }
    if (typeof accessLog === "object" && !path.isAbsolute(accessLog.file)) {
      throw new TypeError(`\`${accessLog.file}\` is not an absolute path`);
    }
  }
}
