/** Clusters: where routes lead and callouts go. */
import { BootstrapRefused, expectType, type Message } from "./message.ts";

export interface ClusterConfig {
  readonly name: string;
  readonly path: string;
  readonly host: string;
  readonly port: number;
  /** HTTP/2, which this host speaks for gRPC callouts only. */
  readonly http2: boolean;
  /** Whether trailers are passed on over HTTP/1.1. */
  readonly trailers: boolean;
}

/** `envoy.config.cluster.v3.Cluster`, with one endpoint and no TLS. */
export function readCluster(message: Message): ClusterConfig {
  const name = message.requiredString("name");
  message.word("type", "STATIC", "STRICT_DNS", "LOGICAL_DNS");
  message.word("lb_policy", "ROUND_ROBIN", "LEAST_REQUEST", "RANDOM"); // all one with one endpoint
  message.ignore("connect_timeout", "dns_lookup_family", "alt_stat_name");
  const address = message.message("load_assignment", (assignment) => {
    assignment.ignore("cluster_name");
    return assignment.only("endpoints", (locality) => locality.only("lb_endpoints", readEndpoint));
  });
  const deprecated = message.optional("http2_protocol_options", anything) ?? false;
  const protocol = message.optional("typed_extension_protocol_options", readProtocols);
  return {
    name,
    path: message.path,
    ...address,
    http2: protocol?.http2 ?? deprecated,
    trailers: protocol?.trailers ?? false,
  };
}

function readEndpoint(message: Message): { host: string; port: number } {
  return message.message("endpoint", (endpoint) => endpoint.message("address", readAddress));
}

/** A `core.v3.Address` of a TCP socket. */
export function readAddress(message: Message): { host: string; port: number } {
  return message.message("socket_address", (socket) => {
    socket.word("protocol", "TCP");
    const port = socket.number("port_value");
    if (port > 65535) socket.refuse("port_value", "a port is a number up to 65535");
    return { host: socket.requiredString("address"), port };
  });
}

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

function readProtocols(message: Message): { http2: boolean; trailers: boolean } {
  return message.any(HTTP_OPTIONS, (typed) =>
    expectType(typed, HTTP_OPTIONS).message("explicit_http_config", (config) => {
      const http2 = config.optional("http2_protocol_options", anything) ?? false;
      const trailers = config.optional("http_protocol_options", readProtocolTrailers) ?? false;
      return { http2, trailers };
    }),
  );
}

/** `core.v3.Http1ProtocolOptions`. */
export function readProtocolTrailers(message: Message): boolean {
  return message.boolean("enable_trailers");
}

/** HTTP/2's windows and bounds make no difference to what a filter sees. */
function anything(message: Message): true {
  message.ignore("initial_stream_window_size", "initial_connection_window_size", "max_concurrent_streams");
  return true;
}

/** A name that must be that of a cluster. */
export function clusterNamed(
  clusters: ReadonlyMap<string, ClusterConfig>,
  name: string,
  path: string,
): ClusterConfig {
  const cluster = clusters.get(name);
  if (cluster === undefined) throw new BootstrapRefused(path, `there is no cluster \`${name}\``);
  return cluster;
}
