// One listener: HTTP/1.1 and h2c in, the filters, and out to one upstream or to what the filters chose.
import { accessLog } from "./access-log.ts";
import type { AccessLog } from "./access-log.ts";
import { directRemoteAddressFilter, followedFilter, routerFilter, wasmFilter } from "./http-filters.ts";
import type { FilterConfig } from "./http-filters.ts";
import { INTERNAL_HEADERS, removeFromClients } from "./internal-headers.ts";
import { pathOptions } from "./path-normalization.ts";
import type { PathNormalization } from "./path-normalization.ts";
import { routes, type Routing } from "./routing.ts";
import { fromFile, typed } from "./typed.ts";
import { clusterName } from "./upstream.ts";
import type { UpstreamConfig } from "./upstream.ts";

export interface ListenerConfig extends Partial<UpstreamConfig> {
  /** Unique within the bootstrap; also the listener's name in statistics (`http.<name>.…`). */
  name: string;
  /** IP address to listen on. Default 127.0.0.1. */
  address?: string;
  /** 0: Envoy chooses a free one, see RunningEnvoy.ports. */
  port: number;
  /** In the order in which requests pass them. */
  filters: readonly FilterConfig[];
  /** Adds `x-tollgate-details` (the response-code details) to what Envoy or a filter answers itself. For tests and demos. */
  revealDetails?: boolean;
  /** Default "off". */
  accessLog?: AccessLog;
  /** Default BASE. */
  pathNormalization?: PathNormalization;
  /** Where the filters send requests. Absent: all go to `upstream`, which may be absent only where `routing` says `always`. */
  routing?: Routing;
}

/** Files with what a running listener takes anew whenever they change. */
export interface ListenerFiles {
  /** Absolute path of the routes' file. */
  readonly routes: string;
  /** By the filters' names: what the filter is called in its file, and the file's absolute path. */
  readonly filters: ReadonlyMap<string, { readonly resource: string; readonly path: string }>;
}

/**
 * The listener as Envoy's `envoy.config.listener.v3.Listener`. What `files` names it reads there, routes and filters; the
 * rest, and without files everything, is in it.
 */
export function listener(config: ListenerConfig, files?: ListenerFiles): object {
  return {
    name: config.name,
    address: { socket_address: { address: config.address ?? "127.0.0.1", port_value: config.port } },
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: typed(
              "filters.network.http_connection_manager.v3.HttpConnectionManager",
              connectionManager(config, files),
            ),
          },
        ],
      },
    ],
  };
}

function connectionManager(config: ListenerConfig, files: ListenerFiles | undefined): object {
  return {
    stat_prefix: config.name,
    // Tells HTTP/1.1 from HTTP/2 without TLS (h2c, prior knowledge) by the connection's first bytes.
    codec_type: "AUTO",
    // A sidecar stands behind a proxy that has set x-forwarded-for: as in Istio's inbound listeners the header is
    // neither extended nor replaced. So the header names the client, and is why policies on the *direct* peer read
    // the filter state that the first filter sets.
    use_remote_address: false,
    ...pathOptions(config.pathNormalization ?? "BASE"),
    // The upstream's own `server` header, or none, as if there were no proxy.
    server_header_transformation: "PASS_THROUGH",
    common_http_protocol_options: {
      idle_timeout: "300s",
      // Services behind CGI, WSGI or PHP read `x_user` and `x-user` as the same variable, and policies look at one of them.
      headers_with_underscores_action: "REJECT_REQUEST",
    },
    http2_protocol_options: HTTP2_LIMITS,
    request_headers_timeout: "30s",
    stream_idle_timeout: "300s",
    upgrade_configs: [{ upgrade_type: "websocket" }],
    ...accessLog(config.accessLog ?? "off"),
    ...(config.revealDetails === true ? { local_reply_config: detailsInLocalReplies() } : {}),
    ...(files || config.routing ? { early_header_mutation_extensions: [removeFromClients()] } : {}),
    http_filters: [
      directRemoteAddressFilter(),
      ...config.filters.map((filter) => {
        const file = files?.filters.get(filter.name);
        return file === undefined ? wasmFilter(filter) : followedFilter(file.resource, file.path);
      }),
      routerFilter(),
    ],
    ...(files
      ? { rds: { route_config_name: config.name, config_source: fromFile(files.routes) } }
      : { route_config: routeConfiguration(config) }),
  };
}

/** The routes as Envoy's `envoy.config.route.v3.RouteConfiguration`. */
export function routeConfiguration({ name, upstream, routing, revealDetails }: ListenerConfig): object {
  return {
    name,
    // So that whoever reads the details knows that no upstream wrote them. Local replies get theirs after this.
    ...(revealDetails === true ? { response_headers_to_remove: [DETAILS_HEADER] } : {}),
    // The cluster is chosen by then.
    ...(routing ? { request_headers_to_remove: INTERNAL_HEADERS } : {}),
    virtual_hosts: [
      {
        name,
        domains: ["*"],
        routes: routes(upstream === undefined ? undefined : clusterName(name), routing),
      },
    ],
  };
}

/**
 * What one HTTP/2 client may make Envoy hold: what Envoy's own guide to edge configurations names. The defaults are 1,024
 * streams with windows of 16 MiB.
 */
const HTTP2_LIMITS = {
  max_concurrent_streams: 100,
  initial_stream_window_size: 64 * 1024,
  initial_connection_window_size: 1024 * 1024,
};

const DETAILS_HEADER = "x-tollgate-details";

function detailsInLocalReplies(): object {
  const everyStatus = { op: "GE", value: { default_value: 100, runtime_key: "tollgate.reveal_details" } };
  return {
    mappers: [
      {
        filter: { status_code_filter: { comparison: everyStatus } },
        headers_to_add: [
          {
            header: { key: DETAILS_HEADER, value: "%RESPONSE_CODE_DETAILS%" },
            append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
          },
        ],
      },
    ],
  };
}
