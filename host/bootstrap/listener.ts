/** Listeners: where clients connect, in the clear or over TLS, and what is behind. */
import type { ServerTls } from "../proxy/http-server.ts";
import { readAddress, type ClusterConfig } from "./clusters.ts";
import { expectType, type Message, type TypedMessage } from "./message.ts";
import { HTTP_CONNECTION_MANAGER, readHttp, type HttpConfig } from "./http-listener.ts";
import type { PluginReader } from "./plugin.ts";
import { readTcp, type TcpConfig } from "./tcp-listener.ts";
import { readServerTls } from "./tls.ts";

export interface ListenerConfig {
  readonly name: string;
  readonly path: string;
  readonly host: string;
  readonly port: number;
  readonly filterChainName: string;
  /** Whether it looks for the server's name that a client asks for. */
  readonly inspectsTls: boolean;
  readonly tls: ServerTls | undefined;
  readonly serves: HttpConfig | TcpConfig;
}

const MIB = 1024 * 1024;

/** `envoy.config.listener.v3.Listener` with one filter chain. */
export function readListener(
  message: Message,
  clusters: ReadonlyMap<string, ClusterConfig>,
  plugins: PluginReader,
): ListenerConfig {
  const name = message.requiredString("name");
  const { host, port } = message.message("address", readAddress);
  message.ignore("enable_reuse_port", "stat_prefix");
  if (
    message.has("per_connection_buffer_limit_bytes") &&
    message.number("per_connection_buffer_limit_bytes") !== MIB
  )
    message.refuse(
      "per_connection_buffer_limit_bytes",
      "this host keeps 1 MiB of a body, as Envoy does by default",
    );
  const chain = message.only("filter_chains", (chain) => {
    const filters = networkFilters(chain);
    const http = filters.some(({ type }) => type === HTTP_CONNECTION_MANAGER);
    if (http && filters.length > 1)
      chain.refuse("filters", "this host runs no network filters in front of an HTTP connection manager");
    const [first] = filters;
    const serves =
      http && first !== undefined
        ? readHttp(first.message, clusters, plugins)
        : readTcp(chain, filters, clusters, plugins);
    for (const filter of filters) filter.message.end();
    const tls = chain.optional("transport_socket", readServerTls);
    if (tls !== undefined && serves.kind === "tcp")
      chain.refuse("transport_socket", "this host speaks TLS with HTTP clients only");
    return { filterChainName: chain.string("name"), serves, tls };
  });
  const inspectsTls = message.list("listener_filters", readListenerFilter).length > 0;
  return { name, path: message.path, host, port, inspectsTls, ...chain };
}

const TLS_INSPECTOR = "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";

function readListenerFilter(filter: Message): void {
  filter.ignore("name");
  filter.any("typed_config", (typed) => void expectType(typed, TLS_INSPECTOR));
}

/** The filters' configurations; whoever reads them calls their `end`. */
function networkFilters(chain: Message): TypedMessage[] {
  return chain.list("filters", (filter) => {
    filter.ignore("name");
    return filter.typed("typed_config");
  });
}
