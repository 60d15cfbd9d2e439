/** A bootstrap, read: what this host will run. */
import { readCluster, type ClusterConfig } from "./clusters.ts";
import { readListener, type ListenerConfig } from "./listener.ts";
import { expectType, read, type Message } from "./message.ts";
import { PluginReader, type PluginConfig } from "./plugin.ts";

export interface ServiceConfig {
  readonly plugin: PluginConfig;
  /** One VM on the main thread; otherwise one more on each worker. */
  readonly singleton: boolean;
}

export interface BootstrapConfig {
  readonly listeners: readonly ListenerConfig[];
  readonly clusters: ReadonlyMap<string, ClusterConfig>;
  readonly services: readonly ServiceConfig[];
}

/** Parts of a bootstrap that concern Envoy's own running. */
const WITHOUT_EFFECT = ["admin", "node", "overload_manager", "stats_config", "stats_flush_on_admin"];

/** @throws BootstrapRefused */
export function readBootstrap(bootstrap: unknown): BootstrapConfig {
  const plugins = new PluginReader();
  return read(bootstrap, "", (message) => {
    message.ignore(...WITHOUT_EFFECT);
    const { clusters, listeners } = message.message("static_resources", (resources) => {
      const clusters = byName(resources, "clusters", resources.list("clusters", readCluster));
      const listeners = resources.list("listeners", (listener) => readListener(listener, clusters, plugins));
      byName(resources, "listeners", listeners);
      return { clusters, listeners };
    });
    const services = message.list("bootstrap_extensions", (extension) => readService(extension, plugins));
    return { clusters, listeners, services };
  });
}

const WASM_SERVICE = "envoy.extensions.wasm.v3.WasmService";

function readService(extension: Message, plugins: PluginReader): ServiceConfig {
  extension.ignore("name");
  return extension.any("typed_config", (typed) => {
    const message = expectType(typed, WASM_SERVICE);
    return { plugin: message.message("config", plugins.read), singleton: message.boolean("singleton") };
  });
}

function byName<T extends { name: string }>(
  message: Message,
  field: string,
  items: readonly T[],
): Map<string, T> {
  const map = new Map<string, T>();
  for (const item of items) {
    if (map.has(item.name)) message.refuse(field, `two of them are called \`${item.name}\``);
    map.set(item.name, item);
  }
  return map;
}
