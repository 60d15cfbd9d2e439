/** The HTTP connection manager of a listener, as far as this host can be one. */
import type { PathOptions } from "../proxy/path-options.ts";
import { readProtocolTrailers, type ClusterConfig } from "./clusters.ts";
import { expectType, type Message, type TypedMessage } from "./message.ts";
import type { PluginConfig, PluginReader } from "./plugin.ts";
import { RouteTable } from "./routes.ts";

export interface HttpConfig {
  readonly kind: "http";
  /** In the order in which requests pass them. */
  readonly plugins: readonly PluginConfig[];
  readonly routes: RouteTable;
  readonly paths: PathOptions;
  /** Whether trailers are passed on, both ways. */
  readonly trailers: boolean;
}

export const HTTP_CONNECTION_MANAGER =
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const HTTP_WASM = "envoy.extensions.filters.http.wasm.v3.Wasm";
const ROUTER = "envoy.extensions.filters.http.router.v3.Router";

/** Timeouts this host does not have: longer ones than this are not what a test or a try would see. */
const TIMEOUTS = ["request_headers_timeout", "request_timeout", "stream_idle_timeout"];
const LONG_MS = 60_000;

export function readHttp(
  message: Message,
  clusters: ReadonlyMap<string, ClusterConfig>,
  plugins: PluginReader,
): HttpConfig {
  // This host adds no `server` header, and keeps no statistics of its own.
  message.ignore("server_header_transformation", "stat_prefix");
  for (const name of TIMEOUTS) refuseShortTimeout(message, name);
  message.optional("common_http_protocol_options", (options) => refuseShortTimeout(options, "idle_timeout"));
  readAccessLogs(message);
  message.word("codec_type", "AUTO", "HTTP1");
  if (message.boolean("use_remote_address"))
    message.refuse("use_remote_address", "this host takes the client's address from `x-forwarded-for` only");
  const routes = message.message("route_config", (table) => RouteTable.read(table, clusters));
  for (const cluster of routes.clusters)
    if (cluster.http2)
      message.refuse(
        "route_config",
        `this host routes over HTTP/1.1 only, and \`${cluster.name}\` speaks HTTP/2`,
      );
  const paths = readPathOptions(message);
  const trailers = message.optional("http_protocol_options", readProtocolTrailers) ?? false;
  return { kind: "http", plugins: readFilters(message, plugins), routes, paths, trailers };
}

function readPathOptions(message: Message): PathOptions {
  const escapedSlashes = message.word(
    "path_with_escaped_slashes_action",
    "IMPLEMENTATION_SPECIFIC_DEFAULT",
    "KEEP_UNCHANGED",
    "REJECT_REQUEST",
    "UNESCAPE_AND_FORWARD",
  );
  return {
    normalize: message.boolean("normalize_path"),
    mergeSlashes: message.boolean("merge_slashes"),
    escapedSlashes: escapedSlashes === "IMPLEMENTATION_SPECIFIC_DEFAULT" ? "KEEP_UNCHANGED" : escapedSlashes,
  };
}

function refuseShortTimeout(message: Message, name: string): void {
  const timeout = message.milliseconds(name) ?? 0;
  if (timeout > 0 && timeout < LONG_MS)
    message.refuse(name, "this host has no such timeout, and this one is short enough to be seen");
}

/** Lines for people, which this host does not write. */
const WRITTEN_LOGS = [
  "envoy.extensions.access_loggers.file.v3.FileAccessLog",
  "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
  "envoy.extensions.access_loggers.stream.v3.StderrAccessLog",
];

/** Also a TCP proxy's. */
export function readAccessLogs(message: Message): void {
  message.list("access_log", (log) => {
    log.ignore("name", "filter");
    const { type } = log.typed("typed_config");
    if (!WRITTEN_LOGS.includes(type)) log.refuse("typed_config", `\`${type}\` is not supported by this host`);
  });
}

function readFilters(message: Message, plugins: PluginReader): PluginConfig[] {
  const filters = message.list("http_filters", (filter) => {
    filter.ignore("name");
    return filter.any("typed_config", (typed) =>
      typed.type === ROUTER
        ? readRouter(typed)
        : expectType(typed, HTTP_WASM).message("config", plugins.read),
    );
  });
  if (filters.at(-1) !== "router") message.refuse("http_filters", "the last filter must be the router");
  return filters.slice(0, -1).map((filter, i) => {
    if (filter !== "router") return filter;
    return message.refuse(`http_filters[${i}]`, "the router must be the last filter");
  });
}

function readRouter({ message }: TypedMessage): "router" {
  // This host adds none of the headers that it would keep Envoy from adding.
  message.ignore("suppress_envoy_headers");
  return "router";
}
