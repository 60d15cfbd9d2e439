import { lowerCase } from "./bytes.ts";
import { HeaderMap } from "./header-map.ts";
import { encodePairs } from "./pairs.ts";
import type { StreamContext } from "./stream-context.ts";
import type { StreamInfo } from "./stream-info.ts";

/**
 * A property's value: strings (binary) and bytes are given as they are, a bigint and a whole number as int64, any
 * other number as double, a boolean as one byte; all little-endian.
 */
export type PropertyValue = string | number | bigint | boolean | Uint8Array;

/**
 * Properties of a stream by path, made with {@link propertyPath}. What stands here wins over what the host
 * derives from the headers itself.
 *
 * @example
 * const properties: StreamProperties = new Map([
 *   [propertyPath("source", "address"), "10.0.0.9:1234"],
 *   [propertyPath("filter_state", "tollgate.direct_remote_address"), "10.0.0.9"],
 * ]);
 */
export type StreamProperties = ReadonlyMap<string, PropertyValue>;

/** The key of a property: its segments joined with NUL, the form in which a filter asks for it. */
export function propertyPath(...segments: string[]): string {
  return segments.join("\0");
}

/** Nothing a filter sets under these names is ever asked for. */
const reserved = new Set([
  "metadata",
  "request",
  "response",
  "connection",
  "upstream",
  "source",
  "destination",
  "xds",
  "filter_state",
  "connection_id",
  "",
]);

/** @internal A property that is there and has no form in bytes. */
export const NOT_SERIALIZABLE = Symbol("a property without a form in bytes");

/** @internal A property as the bytes or binary string a filter gets, or undefined where there is none to give. */
export function readStreamProperty(stream: StreamContext, path: string): string | Uint8Array | undefined {
  const property = streamProperty(stream, path);
  return property === NOT_SERIALIZABLE ? undefined : property;
}

/** @internal As {@link readStreamProperty}, which tells less of why there is none. */
export function streamProperty(
  stream: StreamContext,
  path: string,
): string | Uint8Array | typeof NOT_SERIALIZABLE | undefined {
  const own = reserved.has(path) || (path.includes("\0") && !path.startsWith("filter_state\0"));
  const given =
    stream.properties?.get(path) ??
    (own ? undefined : stream.filterState?.get(path)) ??
    derived(stream, path);
  return given === undefined || given === NOT_SERIALIZABLE ? given : serialize(given);
}

type Derived = PropertyValue | typeof NOT_SERIALIZABLE | undefined;

function derived(stream: StreamContext, path: string): Derived {
  if (path === "") return NOT_SERIALIZABLE;
  if (path === "connection\0requested_server_name") return "";
  if (path === "connection\0peer_certificate_valid" && stream.properties?.get("connection\0mtls") === false)
    return false;
  if (path === "xds\0listener_direction") return 0;
  if (path === "source" || path === "destination" || path === "connection" || path === "upstream")
    return NOT_SERIALIZABLE;
  if (path.startsWith("upstream\0")) return upstreamProperty(stream.info, path.slice(9));
  if (stream.tcp !== null) return undefined;
  if (path === "request" || path === "response") return NOT_SERIALIZABLE;
  if (path === "xds\0route_name" || path === "metadata") return "";
  if (path === "metadata\0filter_metadata") return NO_PAIRS;
  if (path.startsWith("request\0")) return requestProperty(stream, path.slice(8));
  if (path.startsWith("response\0")) return responseProperty(stream, path.slice(9));
  return undefined;
}

function requestProperty(stream: StreamContext, field: string): Derived {
  // Where the headers are out of a filter's reach, so are the properties made of them.
  const headers = stream.requestHeaders ?? stream.logRequestHeaders;
  switch (field) {
    case "time":
      return stream.startedAt();
    case "protocol":
      return "HTTP/1.1";
    case "duration":
      return stream.info.duration;
    case "size": {
      const length = headers?.get("content-length");
      return length !== undefined && /^\d+$/.test(length) ? Number(length) : stream.info.requestBytes;
    }
    case "total_size":
      return stream.info.requestBytes + (headers?.byteSize ?? 0);
    case "headers":
      return headers === null ? NO_PAIRS : encodeJoined(headers);
    case "headers_bytes":
      return headers?.byteSize ?? 0;
  }
  if (headers === null) return undefined;
  switch (field) {
    case "path":
      return headers.get(":path");
    case "url_path":
      return headers.get(":path")?.split("?", 1)[0];
    case "query": {
      const path = headers.get(":path") ?? "";
      const query = path.indexOf("?");
      return query < 0 ? "" : path.slice(query + 1);
    }
    case "host":
      return headers.get(":authority");
    case "scheme":
      return headers.get(":scheme");
    case "method":
      return headers.get(":method");
    case "referer":
      return headers.get("referer");
    case "useragent":
      return headers.get("user-agent");
    case "id":
      return headers.get("x-request-id");
    default:
      return headerProperty(headers, field);
  }
}

function responseProperty(stream: StreamContext, field: string): Derived {
  const headers = stream.responseHeaders ?? stream.logResponseHeaders;
  const trailers = stream.responseTrailers ?? stream.logResponseTrailers;
  const { info } = stream;
  switch (field) {
    case "code":
      return info.responseCode ?? (headers === null ? undefined : Number(headers.get(":status")));
    case "code_details":
      return info.responseCodeDetails;
    case "flags":
      return info.responseFlags;
    case "grpc_status": {
      const status = trailers?.get("grpc-status") ?? headers?.get("grpc-status");
      if (status !== undefined) return Number(status);
      const code = info.responseCode ?? headers?.get(":status");
      return code === undefined ? undefined : grpcStatusOf(Number(code));
    }
    case "size":
      return info.responseBytes;
    case "total_size":
      return info.responseBytes + (headers?.byteSize ?? 0) + (trailers?.byteSize ?? 0);
    case "headers":
      return headers === null ? NO_PAIRS : encodeJoined(headers);
    case "headers_bytes":
      return headers?.byteSize ?? 0;
    case "trailers":
      return trailers === null ? NO_PAIRS : encodeJoined(trailers);
    case "backend_latency":
      return info.backendLatency;
  }
  if (field.startsWith("trailers\0"))
    return trailers === null ? undefined : headerProperty(trailers, field.replace("trailers", "headers"));
  return headers === null ? undefined : headerProperty(headers, field);
}

function upstreamProperty({ upstream }: StreamInfo, field: string): Derived {
  if (field === "request_attempt_count") return upstream === undefined ? 0 : 1;
  if (upstream === undefined) return undefined;
  switch (field) {
    case "address":
      return upstream.address;
    case "port":
      return upstream.port;
    case "local_address":
      return upstream.localAddress;
    case "transport_failure_reason":
      return upstream.failure;
    default:
      return undefined;
  }
}

/** `headers`, NUL, a name is that header, several values joined with commas. */
function headerProperty(headers: HeaderMap, field: string): PropertyValue | undefined {
  if (!field.startsWith("headers\0")) return undefined;
  const values = headers.getAll(lowerCase(field.slice(8)));
  return values.length === 0 ? undefined : values.join(",");
}

/** What gRPC takes an HTTP status for where nobody says `grpc-status`. */
function grpcStatusOf(code: number): number {
  return grpcStatuses.get(code) ?? UNKNOWN;
}

const UNKNOWN = 2;
const grpcStatuses = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);

const NO_PAIRS = new Uint8Array(4);

/** A map as a property: each name once, several values joined with commas. */
function encodeJoined(headers: HeaderMap): Uint8Array {
  const names = new Set(headers.entries().map(([name]) => name));
  return encodePairs(
    new HeaderMap([...names].map((name) => [name, headers.getAll(name).join(",")] as const)),
  );
}

/** @internal */
export function serialize(value: PropertyValue): string | Uint8Array {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  const bytes = Buffer.alloc(8);
  if (typeof value === "bigint") bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  else if (Number.isSafeInteger(value)) bytes.writeBigInt64LE(BigInt(value));
  else bytes.writeDoubleLE(value);
  return bytes;
}
