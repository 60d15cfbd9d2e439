// AssemblyScript: a filter that asks for every property in each phase and logs what it gets, for runtime-tests/properties:
// `<phase> <property>=<value>`, or `<phase> <property>` where there is none.
import {
  Body,
  Bytes,
  DataAction,
  Headers,
  HeadersAction,
  HttpContext,
  log,
  LogLevel,
  registerFilter,
  TrailersAction,
} from "proxy-wasm-assemblyscript-sdk";
import {
  connection,
  destination,
  filterState,
  metadata,
  Pairs,
  plugin,
  request,
  response,
  setProperty,
  source,
  toBoolean,
  toDouble,
  toInteger,
  upstream,
  upstreamFilterState,
  xds,
} from "proxy-wasm-assemblyscript-sdk/properties";

const NONE = i64.MIN_VALUE;

let phase: string = "";

function text(name: string, value: Bytes | null): void {
  log(LogLevel.Info, value === null ? `${phase} ${name}` : `${phase} ${name}=${value.toString()}`);
}

/** Bytes in hex; of very many only that they are. */
function hex(name: string, value: Bytes | null): void {
  if (value === null) return text(name, null);
  if (value.size > 500) {
    log(LogLevel.Info, `${phase} ${name}=long`);
    return;
  }
  let digits = "";
  for (let i: u32 = 0; i < value.size; i++) {
    const byte = value.at(i);
    digits += (byte < 16 ? "0" : "") + byte.toString(16);
  }
  log(LogLevel.Info, `${phase} ${name}=${digits}`);
}

function integer(name: string, value: i64): void {
  log(LogLevel.Info, value == NONE ? `${phase} ${name}` : `${phase} ${name}=${value}`);
}

/** Two calls tell false from absent. */
function truth(name: string, orTrue: bool, orFalse: bool): void {
  log(LogLevel.Info, orTrue && !orFalse ? `${phase} ${name}` : `${phase} ${name}=${orTrue}`);
}

/** A map's keys and values in order of the keys, which is Envoy's to choose. */
function map(name: string, pairs: Pairs | null): void {
  if (pairs === null) return text(name, null);
  const all: string[] = [];
  const key = new Bytes();
  const value = new Bytes();
  for (let i: u32 = 0; i < pairs.length; i++) {
    pairs.read(i, key, value);
    all.push(`${key.toString()}: ${value.toString()}`);
  }
  log(LogLevel.Info, `${phase} ${name}=${all.sort().join("; ")}`);
}

function readRequest(): void {
  text("request.path", request.path());
  text("request.url_path", request.urlPath());
  text("request.query", request.query());
  text("request.host", request.host());
  text("request.scheme", request.scheme());
  text("request.method", request.method());
  text("request.referer", request.referer());
  text("request.useragent", request.userAgent());
  text("request.id", request.id());
  text("request.headers.x-twice", request.header("X-Twice"));
  text("request.headers.x-none", request.header("x-none"));
  text("request.headers.", request.header(""));
  map("request.headers", request.headers());
  integer("request.headers_bytes", request.headersBytes(NONE));
  text("request.protocol", request.protocol());
  integer("request.time", request.time(NONE));
  integer("request.duration", request.duration(NONE));
  integer("request.size", request.size(NONE));
  integer("request.total_size", request.totalSize(NONE));
}

function readResponse(): void {
  integer("response.code", response.code(NONE));
  text("response.code_details", response.codeDetails());
  integer("response.flags", response.flags(NONE));
  integer("response.grpc_status", response.grpcStatus(NONE));
  text("response.headers.x-reply", response.header("x-reply"));
  map("response.headers", response.headers());
  integer("response.headers_bytes", response.headersBytes(NONE));
  text("response.trailers.x-sum", response.trailer("x-sum"));
  map("response.trailers", response.trailers());
  integer("response.size", response.size(NONE));
  integer("response.total_size", response.totalSize(NONE));
  integer("response.backend_latency", response.backendLatency(NONE));
}

function readConnection(): void {
  text("source.address", source.address());
  integer("source.port", source.port(NONE));
  text("destination.address", destination.address());
  integer("destination.port", destination.port(NONE));
  integer("connection.id", connection.id(NONE));
  integer("connection_id", connection.connectionId(NONE));
  truth("connection.mtls", connection.mtls(true), connection.mtls(false));
  truth(
    "connection.peer_certificate_valid",
    connection.peerCertificateValid(true),
    connection.peerCertificateValid(false),
  );
  text("connection.requested_server_name", connection.requestedServerName());
  text("connection.tls_version", connection.tlsVersion());
  text("connection.subject_local_certificate", connection.subjectLocalCertificate());
  text("connection.subject_peer_certificate", connection.subjectPeerCertificate());
  text("connection.dns_san_local_certificate", connection.dnsSanLocalCertificate());
  text("connection.dns_san_peer_certificate", connection.dnsSanPeerCertificate());
  text("connection.uri_san_local_certificate", connection.uriSanLocalCertificate());
  text("connection.uri_san_peer_certificate", connection.uriSanPeerCertificate());
  text("connection.sha256_peer_certificate_digest", connection.sha256PeerCertificateDigest());
  text("connection.peer_certificate", connection.peerCertificate());
  text("connection.transport_failure_reason", connection.transportFailureReason());
  text("connection.termination_details", connection.terminationDetails());
}

function readUpstream(): void {
  text("upstream.address", upstream.address());
  integer("upstream.port", upstream.port(NONE));
  text("upstream.local_address", upstream.localAddress());
  hex("upstream.locality", upstream.locality());
  text("upstream.locality.zone", upstream.localityField("zone"));
  text("upstream.transport_failure_reason", upstream.transportFailureReason());
  integer("upstream.request_attempt_count", upstream.requestAttemptCount(NONE));
  integer("upstream.cx_pool_ready_duration", upstream.cxPoolReadyDuration(NONE));
  integer("upstream.num_endpoints", upstream.numEndpoints(NONE));
  text("upstream.server_name", upstream.serverName());
  text("upstream.tls_version", upstream.tlsVersion());
  text("upstream.subject_local_certificate", upstream.subjectLocalCertificate());
  text("upstream.subject_peer_certificate", upstream.subjectPeerCertificate());
  text("upstream.dns_san_local_certificate", upstream.dnsSanLocalCertificate());
  text("upstream.dns_san_peer_certificate", upstream.dnsSanPeerCertificate());
  text("upstream.uri_san_local_certificate", upstream.uriSanLocalCertificate());
  text("upstream.uri_san_peer_certificate", upstream.uriSanPeerCertificate());
  text("upstream.sha256_peer_certificate_digest", upstream.sha256PeerCertificateDigest());
  text("upstream.peer_certificate", upstream.peerCertificate());
}

function readXds(): void {
  hex("xds.node", xds.node());
  text("xds.node.id", xds.nodeField("id"));
  text("xds.node.metadata.ROLE", xds.nodeField("metadata\0ROLE"));
  text("xds.cluster_name", xds.clusterName());
  text("xds.route_name", xds.routeName());
  text("xds.virtual_host_name", xds.virtualHostName());
  text("xds.filter_chain_name", xds.filterChainName());
  integer("xds.listener_direction", xds.listenerDirection());
  hex("xds.cluster_metadata", xds.clusterMetadata());
  text("xds.cluster_metadata.of", xds.clusterMetadataValue("probe", "of"));
  hex("xds.route_metadata", xds.routeMetadata());
  text("xds.route_metadata.of", xds.routeMetadataValue("probe", "of"));
  hex("xds.virtual_host_metadata", xds.virtualHostMetadata());
  text("xds.virtual_host_metadata.of", xds.virtualHostMetadataValue("probe", "of"));
  hex("xds.upstream_host_metadata", xds.upstreamHostMetadata());
  text("xds.upstream_host_metadata.of", xds.upstreamHostMetadataValue("probe", "of"));
  hex("xds.upstream_host_locality_metadata", xds.upstreamHostLocalityMetadata());
  text("xds.upstream_host_locality_metadata.of", xds.upstreamHostLocalityMetadataValue("probe", "of"));
  hex("xds.listener_metadata", xds.listenerMetadata());
  text("xds.listener_metadata.of", xds.listenerMetadataValue("probe", "of"));
}

function readState(): void {
  text("plugin_name", plugin.name());
  text("plugin_root_id", plugin.rootId());
  text("plugin_vm_id", plugin.vmId());
  hex("metadata", metadata.message());
  text("metadata.text", metadata.value("probe", "text"));
  log(LogLevel.Info, `${phase} metadata.number=${toDouble(metadata.value("probe", "number"), -1)}`);
  log(LogLevel.Info, `${phase} metadata.truth=${toBoolean(metadata.value("probe", "truth"))}`);
  text("metadata.map.inner", metadata.value("probe", "map\0inner"));
  const map_ = metadata.value("probe", "map");
  map("metadata.map", map_ === null ? null : new Pairs(map_));
  const list = metadata.value("probe", "list");
  map("metadata.list", list === null ? null : new Pairs(list));
  text("metadata.none", metadata.value("probe", "none"));
  hex("metadata.typed", metadata.typed("probe"));
  text("filter_state.probe.text", filterState.value("probe.text"));
  text("filter_state.probe.address.ip", filterState.field("probe.address", "ip"));
  integer("filter_state.probe.address.port", toInteger(filterState.field("probe.address", "port"), NONE));
  text("filter_state.wasm.mark", filterState.value("wasm.mark"));
  text("upstream_filter_state.probe.text", upstreamFilterState.value("probe.text"));
  text("upstream_filter_state.probe.address.ip", upstreamFilterState.field("probe.address", "ip"));
}

function readAll(now: string): void {
  phase = now;
  readRequest();
  readResponse();
  readConnection();
  readUpstream();
  readXds();
  readState();
}

class Probe extends HttpContext {
  override onConfigure(configuration: Bytes): bool {
    readAll("configure");
    return true;
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    setProperty("mark", "set by the filter");
    readAll("request-headers");
    return HeadersAction.Continue;
  }

  override onRequestBody(body: Body, endOfStream: bool): DataAction {
    if (endOfStream) readAll("request-body");
    return DataAction.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    readAll("response-headers");
    return HeadersAction.Continue;
  }

  override onResponseTrailers(trailers: Headers): TrailersAction {
    readAll("response-trailers");
    return TrailersAction.Continue;
  }

  override onLog(): void {
    readAll("log");
  }
}

registerFilter(() => new Probe());
