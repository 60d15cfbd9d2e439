/** Network filters in front of a TCP proxy. */
import { clusterNamed, type ClusterConfig } from "./clusters.ts";
import { readAccessLogs } from "./http-listener.ts";
import { expectType, type Message, type TypedMessage } from "./message.ts";
import type { PluginConfig, PluginReader } from "./plugin.ts";

export interface TcpConfig {
  readonly kind: "tcp";
  readonly plugin: PluginConfig | undefined;
  readonly cluster: ClusterConfig;
  readonly connectMode: "IMMEDIATE" | "ON_DOWNSTREAM_DATA";
}

const NETWORK_WASM = "envoy.extensions.filters.network.wasm.v3.Wasm";
const TCP_PROXY = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

/** `filters`: the chain's network filters, in order. */
export function readTcp(
  chain: Message,
  filters: readonly TypedMessage[],
  clusters: ReadonlyMap<string, ClusterConfig>,
  plugins: PluginReader,
): TcpConfig {
  const last = filters.at(-1);
  if (last === undefined) chain.refuse("filters", "is missing");
  const rest = filters.slice(0, -1);
  if (rest.length > 1)
    chain.refuse("filters", "this host runs at most one Wasm filter in front of `tcp_proxy`");
  const plugin = rest.map((typed) => expectType(typed, NETWORK_WASM).message("config", plugins.read))[0];
  if (plugin?.allowOnHeadersStopIteration === true)
    chain.refuse("filters", "`allow_on_headers_stop_iteration` is for HTTP filters");
  return { kind: "tcp", plugin, ...readTcpProxy(expectType(last, TCP_PROXY), clusters) };
}

function readTcpProxy(
  message: Message,
  clusters: ReadonlyMap<string, ClusterConfig>,
): Pick<TcpConfig, "cluster" | "connectMode"> {
  message.ignore("stat_prefix");
  readAccessLogs(message);
  const connectMode = message.word("upstream_connect_mode", "IMMEDIATE", "ON_DOWNSTREAM_DATA");
  if (connectMode !== "IMMEDIATE" && !message.has("max_early_data_bytes"))
    message.refuse("max_early_data_bytes", "is missing, which Envoy needs with this `upstream_connect_mode`");
  // How much is kept while the upstream is being connected to: here the socket's own buffer bounds it.
  message.number("max_early_data_bytes");
  const cluster = clusterNamed(clusters, message.requiredString("cluster"), message.at("cluster"));
  return { cluster, connectMode };
}
