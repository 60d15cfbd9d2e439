// One listener: HTTP/1.1 and h2c in, the filters, one upstream cluster out.
import { accessLog } from "./access-log.ts";
import type { AccessLog } from "./access-log.ts";
import { directRemoteAddressFilter, routerFilter, wasmFilter } from "./http-filters.ts";
import type { FilterConfig } from "./http-filters.ts";
import { pathOptions } from "./path-normalization.ts";
import type { PathNormalization } from "./path-normalization.ts";
import { typed } from "./typed.ts";
import { clusterName } from "./upstream.ts";
import type { UpstreamConfig } from "./upstream.ts";

export interface ListenerConfig extends UpstreamConfig {
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
}

/** The listener as Envoy's `envoy.config.listener.v3.Listener`. */
export function listener(config: ListenerConfig): object {
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
              connectionManager(config),
            ),
          },
        ],
      },
    ],
  };
}

function connectionManager(config: ListenerConfig): object {
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
    http_filters: [directRemoteAddressFilter(), ...config.filters.map(wasmFilter), routerFilter()],
    route_config: {
      name: config.name,
      // So that whoever reads the details knows that no upstream wrote them. Local replies get theirs after this.
      ...(config.revealDetails === true ? { response_headers_to_remove: [DETAILS_HEADER] } : {}),
      virtual_hosts: [
        {
          name: config.name,
          domains: ["*"],
          routes: [
            {
              match: { prefix: "/" },
              // Bounds a stream as a whole; one that stands still ends by stream_idle_timeout long before.
              route: { cluster: clusterName(config.name), timeout: "3600s" },
            },
          ],
        },
      ],
    },
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
