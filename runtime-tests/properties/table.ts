// Which property has which value in which phase: what the accessors in sdk/properties say of themselves.
import { X509Certificate } from "node:crypto";

type Value = string | RegExp;

/**
 * A property, and in which phases it has which value: request headers, the request's last piece of body, response
 * headers, response trailers, log; `-` stands for no value, `?` for this one or none. A property can have several rows.
 */
export type Row = readonly [property: string, phases: string, value: Value | ((exchange: Exchange) => Value)];

/** What the values depend on. */
export interface Exchange {
  /** Over mutual TLS, and TLS to the upstream. */
  readonly secure: boolean;
  readonly port: number;
  readonly upstreamPort: number;
  /** In PEM. */
  readonly clientCertificate: string;
  readonly serverCertificate: string;
}

/** In the order of the rows' letters. */
export const PHASES = ["request-headers", "request-body", "response-headers", "response-trailers", "log"];
const ALWAYS = "rbhtl";
const REQUEST_HEADERS = "r---l";
const RESPONSE_HEADERS = "--h-l";
/** The request's body can come to its end before or after there is a connection to the upstream. */
const CONNECTED = "-?htl";

const NUMBER = /^[1-9]\d*$/;
const NANOSECONDS_SINCE_1970 = /^\d{19}$/;
const PEM = /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/;

const fingerprint = (cert: string): string =>
  new X509Certificate(cert).fingerprint256.replaceAll(":", "").toLowerCase();

/** What is the same with and without TLS. */
const both: Row[] = [
  ["request.path", REQUEST_HEADERS, "/a%20b/c?x=1&y=2"],
  ["request.url_path", REQUEST_HEADERS, "/a%20b/c"],
  ["request.query", REQUEST_HEADERS, "x=1&y=2"],
  ["request.host", REQUEST_HEADERS, "example.test:81"],
  ["request.scheme", REQUEST_HEADERS, ({ secure }) => (secure ? "https" : "http")],
  ["request.method", REQUEST_HEADERS, "POST"],
  ["request.referer", REQUEST_HEADERS, "http://referer.test/"],
  ["request.useragent", REQUEST_HEADERS, "agent/1"],
  ["request.id", REQUEST_HEADERS, /^[0-9a-f-]{36}$/],
  ["request.headers.x-twice", REQUEST_HEADERS, "1,2"],
  ["request.headers.x-none", "-----", ""],
  ["request.headers.", "-----", ""],
  [
    "request.headers",
    REQUEST_HEADERS,
    /^:authority: example\.test:81; .*; user-agent: agent\/1; .*; x-twice: 1,2$/,
  ],
  ["request.headers", "-bht-", ""],
  ["request.headers_bytes", REQUEST_HEADERS, NUMBER],
  ["request.headers_bytes", "-bht-", "0"],
  ["request.protocol", ALWAYS, "HTTP/1.1"],
  ["request.time", ALWAYS, NANOSECONDS_SINCE_1970],
  ["request.duration", "----l", NUMBER],
  ["request.size", "r----", "0"],
  ["request.size", "-bhtl", "11"],
  ["request.total_size", REQUEST_HEADERS, NUMBER],
  ["request.total_size", "-bht-", "11"],
  ["response.code", "--htl", "200"],
  ["response.code_details", "--htl", "via_upstream"],
  ["response.flags", ALWAYS, "0"],
  ["response.grpc_status", "--h--", "2"],
  ["response.grpc_status", "---tl", "7"],
  ["response.headers.x-reply", RESPONSE_HEADERS, "one,two"],
  ["response.headers", RESPONSE_HEADERS, /^:status: 200; .*; x-reply: one,two$/],
  ["response.headers", "rb-t-", ""],
  ["response.headers_bytes", RESPONSE_HEADERS, NUMBER],
  ["response.headers_bytes", "rb-t-", "0"],
  ["response.trailers.x-sum", "---tl", "42"],
  ["response.trailers", "---tl", "grpc-status: 7; x-sum: 42"],
  ["response.trailers", "rbh--", ""],
  ["response.size", "rbh--", "0"],
  ["response.size", "---tl", "6"],
  ["response.total_size", "rb---", "0"],
  ["response.total_size", "--htl", NUMBER],
  ["response.backend_latency", "---tl", NUMBER],
  ["source.address", ALWAYS, /^127\.0\.0\.1:[1-9]\d*$/],
  ["source.port", ALWAYS, NUMBER],
  ["destination.address", ALWAYS, ({ port }) => `127.0.0.1:${port}`],
  ["destination.port", ALWAYS, ({ port }) => `${port}`],
  ["connection.id", ALWAYS, NUMBER],
  ["connection_id", ALWAYS, NUMBER],
  ["connection.mtls", ALWAYS, ({ secure }) => `${secure}`],
  ["connection.peer_certificate_valid", ALWAYS, ({ secure }) => `${secure}`],
  ["connection.requested_server_name", ALWAYS, ({ secure }) => (secure ? "example.test" : "")],
  ["connection.uri_san_local_certificate", "-----", ""],
  ["connection.transport_failure_reason", "-----", ""],
  ["connection.termination_details", "-----", ""],
  ["upstream.address", CONNECTED, ({ upstreamPort }) => `127.0.0.1:${upstreamPort}`],
  ["upstream.port", CONNECTED, ({ upstreamPort }) => `${upstreamPort}`],
  ["upstream.local_address", CONNECTED, /^127\.0\.0\.1:[1-9]\d*$/],
  ["upstream.transport_failure_reason", CONNECTED, ""],
  ["upstream.request_attempt_count", "r----", "0"],
  ["upstream.request_attempt_count", "-bhtl", "1"],
  ["upstream.cx_pool_ready_duration", CONNECTED, NUMBER],
  ["upstream.num_endpoints", ALWAYS, "1"],
  ["upstream.uri_san_peer_certificate", "-----", ""],
  ["xds.node", ALWAYS, "long"],
  ["xds.node.id", ALWAYS, "probe-node"],
  ["xds.node.metadata.ROLE", ALWAYS, "sidecar"],
  ["xds.cluster_name", ALWAYS, ({ secure }) => (secure ? "secure" : "clear")],
  ["xds.route_name", ALWAYS, ({ secure }) => (secure ? "everything" : "")],
  ["xds.virtual_host_name", ALWAYS, ({ secure }) => (secure ? "all" : "plain")],
  ["xds.filter_chain_name", ALWAYS, ({ secure }) => (secure ? "mutual" : "")],
  ["plugin_name", ALWAYS, "probe"],
  ["plugin_root_id", ALWAYS, "probe-root"],
  ["plugin_vm_id", ALWAYS, "probe-vm"],
  ["filter_state.wasm.mark", ALWAYS, "set by the filter"],
  ["metadata.none", "-----", ""],
];

const withoutTls: Row[] = [
  ["connection.tls_version", "-----", ""],
  ["connection.subject_local_certificate", "-----", ""],
  ["connection.subject_peer_certificate", "-----", ""],
  ["connection.dns_san_local_certificate", "-----", ""],
  ["connection.dns_san_peer_certificate", "-----", ""],
  ["connection.uri_san_peer_certificate", "-----", ""],
  ["connection.sha256_peer_certificate_digest", "-----", ""],
  ["connection.peer_certificate", "-----", ""],
];

const withTls: Row[] = [
  ["connection.tls_version", ALWAYS, "TLSv1.3"],
  ["connection.subject_local_certificate", ALWAYS, "CN=example.test,O=Tollgate"],
  ["connection.subject_peer_certificate", ALWAYS, "CN=client,O=Tollgate"],
  ["connection.dns_san_local_certificate", ALWAYS, "example.test"],
  ["connection.dns_san_peer_certificate", ALWAYS, "client.test"],
  ["connection.uri_san_peer_certificate", ALWAYS, "spiffe://tollgate/client"],
  [
    "connection.sha256_peer_certificate_digest",
    ALWAYS,
    ({ clientCertificate }) => fingerprint(clientCertificate),
  ],
  ["connection.peer_certificate", ALWAYS, PEM],
];

/** Routes, listeners and clusters that say the least that is possible. */
const bare: Row[] = [
  ["upstream.locality", CONNECTED, ""],
  ["upstream.locality.zone", CONNECTED, ""],
  ["upstream.server_name", "-----", ""],
  ["upstream.tls_version", "-----", ""],
  ["upstream.subject_local_certificate", "-----", ""],
  ["upstream.subject_peer_certificate", "-----", ""],
  ["upstream.dns_san_local_certificate", "-----", ""],
  ["upstream.dns_san_peer_certificate", "-----", ""],
  ["upstream.uri_san_local_certificate", "-----", ""],
  ["upstream.sha256_peer_certificate_digest", "-----", ""],
  ["upstream.peer_certificate", "-----", ""],
  ["xds.listener_direction", ALWAYS, "0"],
  ["xds.cluster_metadata", ALWAYS, ""],
  ["xds.cluster_metadata.of", "-----", ""],
  ["xds.route_metadata", ALWAYS, ""],
  ["xds.route_metadata.of", "-----", ""],
  ["xds.virtual_host_metadata", ALWAYS, ""],
  ["xds.virtual_host_metadata.of", "-----", ""],
  ["xds.upstream_host_metadata", "-----", ""],
  ["xds.upstream_host_metadata.of", "-----", ""],
  ["xds.upstream_host_locality_metadata", "-----", ""],
  ["xds.upstream_host_locality_metadata.of", "-----", ""],
  ["xds.listener_metadata", ALWAYS, ""],
  ["xds.listener_metadata.of", "-----", ""],
  ["metadata", ALWAYS, ""],
  ["metadata.text", "-----", ""],
  ["metadata.number", ALWAYS, "-1.0"],
  ["metadata.truth", ALWAYS, "false"],
  ["metadata.map.inner", "-----", ""],
  ["metadata.map", "-----", ""],
  ["metadata.list", "-----", ""],
  ["metadata.typed", "-----", ""],
  ["filter_state.probe.text", "-----", ""],
  ["filter_state.probe.address.ip", "-----", ""],
  ["filter_state.probe.address.port", "-----", ""],
  ["upstream_filter_state.probe.text", "-----", ""],
  ["upstream_filter_state.probe.address.ip", "-----", ""],
];

/** A `Metadata` in which the filter `probe` says one thing, in hex. */
const metadataOf = (value: string): RegExp => new RegExp(`^0a.*${Buffer.from(value).toString("hex")}$`);

/** And such as say all there is to say. */
const rich: Row[] = [
  ["upstream.locality", CONNECTED, Buffer.from("\n\x05north\x12\x07harbour").toString("hex")],
  ["upstream.locality.zone", CONNECTED, "harbour"],
  ["upstream.server_name", CONNECTED, "example.test"],
  ["upstream.tls_version", CONNECTED, /^TLSv1\.[23]$/],
  ["upstream.subject_local_certificate", CONNECTED, "CN=client,O=Tollgate"],
  ["upstream.subject_peer_certificate", CONNECTED, "CN=example.test,O=Tollgate"],
  ["upstream.dns_san_local_certificate", CONNECTED, "client.test"],
  ["upstream.dns_san_peer_certificate", CONNECTED, "example.test"],
  ["upstream.uri_san_local_certificate", CONNECTED, "spiffe://tollgate/client"],
  [
    "upstream.sha256_peer_certificate_digest",
    CONNECTED,
    ({ serverCertificate }) => fingerprint(serverCertificate),
  ],
  ["upstream.peer_certificate", CONNECTED, PEM],
  ["xds.listener_direction", ALWAYS, "1"],
  ["xds.cluster_metadata", ALWAYS, metadataOf("cluster")],
  ["xds.cluster_metadata.of", ALWAYS, "cluster"],
  ["xds.route_metadata", ALWAYS, metadataOf("route")],
  ["xds.route_metadata.of", ALWAYS, "route"],
  ["xds.virtual_host_metadata", ALWAYS, metadataOf("virtual-host")],
  ["xds.virtual_host_metadata.of", ALWAYS, "virtual-host"],
  ["xds.upstream_host_metadata", CONNECTED, metadataOf("host")],
  ["xds.upstream_host_metadata.of", CONNECTED, "host"],
  ["xds.upstream_host_locality_metadata", CONNECTED, metadataOf("locality")],
  ["xds.upstream_host_locality_metadata.of", CONNECTED, "locality"],
  ["xds.listener_metadata", ALWAYS, metadataOf("listener")],
  ["xds.listener_metadata.of", ALWAYS, "listener"],
  ["metadata", ALWAYS, /^0a[0-9a-f]+$/],
  ["metadata.text", ALWAYS, "grüß"],
  ["metadata.number", ALWAYS, "1.5"],
  ["metadata.truth", ALWAYS, "true"],
  ["metadata.map.inner", ALWAYS, "deep"],
  ["metadata.map", ALWAYS, "inner: deep; other: flat"],
  ["metadata.list", ALWAYS, "one: ; two: "],
  ["metadata.typed", ALWAYS, Buffer.from("typed").toString("hex")],
  ["filter_state.probe.text", ALWAYS, "state"],
  ["filter_state.probe.address.ip", ALWAYS, "10.1.2.3"],
  ["filter_state.probe.address.port", ALWAYS, "80"],
  ["upstream_filter_state.probe.text", CONNECTED, "state"],
  ["upstream_filter_state.probe.address.ip", CONNECTED, "10.1.2.3"],
];

/** What the Node host knows not at all or not always; what it does say has to be right. */
const unknownToTheHost = new Set([
  "connection.peer_certificate",
  "connection.peer_certificate_valid",
  "upstream.locality",
  "upstream.locality.zone",
  "upstream.cx_pool_ready_duration",
  "upstream.num_endpoints",
  "xds.node",
  "xds.node.id",
  "xds.node.metadata.ROLE",
  "xds.cluster_metadata",
  "xds.route_metadata",
  "xds.virtual_host_metadata",
  "xds.listener_metadata",
]);

/** Where the Node host says something else. */
const otherwiseInTheHost: Row[] = [
  // Envoy counts an attempt when the headers go on, the host when there is a connection.
  ["upstream.request_attempt_count", "r----", "0"],
  ["upstream.request_attempt_count", "-b---", /^[01]$/],
  ["upstream.request_attempt_count", "--htl", "1"],
  // The host may have forgotten the trailers when it comes to the log.
  ["response.trailers.x-sum", "---t?", "42"],
  ["response.trailers", "---t-", "grpc-status: 7; x-sum: 42"],
  ["response.trailers", "rbh--", ""],
  ["response.trailers", "----l", /^(grpc-status: 7; x-sum: 42)?$/],
  ["response.grpc_status", "--h--", "2"],
  ["response.grpc_status", "---t-", "7"],
  ["response.grpc_status", "----l", /^[27]$/],
];

/** What a stream's properties are. */
export function streamRows(engine: "host" | "envoy", secure: boolean): readonly Row[] {
  const tls = secure ? withTls : withoutTls;
  if (engine === "envoy") return [...both, ...tls, ...(secure ? rich : bare)];
  const otherwise = new Set(otherwiseInTheHost.map(([property]) => property));
  const rows = [...both, ...tls, ...bare].filter(([property]) => !otherwise.has(property));
  const unsure = rows.map(([property, phases, value]): Row => [
    property,
    unknownToTheHost.has(property) ? phases.replace(/[^-]/g, "?") : phases,
    value,
  ]);
  return [...unsure, ...otherwiseInTheHost];
}

/** What there is before any stream. */
const configured: Row[] = [
  ["xds.listener_direction", "c", "0"],
  ["plugin_name", "c", "probe"],
  ["plugin_root_id", "c", "probe-root"],
  ["plugin_vm_id", "c", "probe-vm"],
  ["metadata.number", "c", "-1.0"],
  ["metadata.truth", "c", "false"],
];

/** In Envoy, beside those. */
const configuredInEnvoy: Row[] = [
  ["xds.node", "c", "long"],
  ["xds.node.id", "c", "probe-node"],
  ["xds.node.metadata.ROLE", "c", "sidecar"],
];

/** What the filter object's properties are; no others have a value. */
export function filterObjectRows(engine: "host" | "envoy"): readonly Row[] {
  return engine === "envoy" ? [...configured, ...configuredInEnvoy] : configured;
}

/** Says of each property what is not as the rows say; `at` is the phase's place in them. */
export function differences(
  values: ReadonlyMap<string, string | undefined>,
  rows: readonly Row[],
  at: number,
  exchange: Exchange,
): string[] {
  const properties = new Set([...values.keys(), ...rows.map(([property]) => property)]);
  return [...properties].flatMap((property) => {
    const own = rows.filter(([name]) => name === property);
    if (own.length === 0) return [`${property}: no row`];
    if (!values.has(property)) return [`${property}: not asked for`];
    const row = own.find(([, phases]) => phases[at] !== "-");
    const value = values.get(property);
    const wanted = typeof row?.[2] === "function" ? row[2](exchange) : row?.[2];
    if (value === undefined && (wanted === undefined || row?.[1][at] === "?")) return [];
    const fits = value !== undefined && (wanted instanceof RegExp ? wanted.test(value) : wanted === value);
    return fits ? [] : [`${property}: ${value ?? "no value"}, not ${String(wanted ?? "one")}`];
  });
}
