import { lowerCase } from "./bytes.ts";
import type { HeaderMap } from "./header-map.ts";
import { encodePairs } from "./pairs.ts";
import type { StreamContext } from "./stream-context.ts";

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

/** @internal A property as the bytes or binary string a filter gets, or undefined where there is none. */
export function readStreamProperty(stream: StreamContext, path: string): string | Uint8Array | undefined {
  const given = stream.properties?.get(path) ?? stream.filterState?.get(path) ?? derived(stream, path);
  return given === undefined ? undefined : serialize(given);
}

function derived(stream: StreamContext, path: string): PropertyValue | undefined {
  if (stream.tcp !== null) return undefined;
  if (path.startsWith("request\0")) return requestProperty(stream, path.slice(8));
  if (path.startsWith("response\0")) return responseProperty(stream, path.slice(9));
  return undefined;
}

function requestProperty(stream: StreamContext, field: string): PropertyValue | undefined {
  if (field === "time") return stream.startedAt();
  if (field === "protocol") return "HTTP/1.1";
  // Where the headers are out of a filter's reach, so are the properties made of them.
  const headers = stream.requestHeaders ?? stream.logRequestHeaders;
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
    case "size":
      return declaredSize(headers);
    case "total_size":
      return declaredSize(headers) + headers.byteSize;
    default:
      return headerProperty(headers, field);
  }
}

function responseProperty(stream: StreamContext, field: string): PropertyValue | undefined {
  const headers = stream.responseHeaders ?? stream.logResponseHeaders;
  if (field === "code_details") return stream.responseCodeDetails;
  if (headers === null) return undefined;
  switch (field) {
    case "code":
      return Number(headers.get(":status"));
    case "grpc_status": {
      const status = headers.get("grpc-status");
      return status === undefined ? undefined : Number(status);
    }
    case "flags":
      return 0;
    case "size":
      return declaredSize(headers);
    case "total_size":
      return declaredSize(headers) + headers.byteSize;
    default:
      return headerProperty(headers, field);
  }
}

/** `headers` is the whole map; `headers`, NUL, a name is that header, several values joined with commas. */
function headerProperty(headers: HeaderMap, field: string): PropertyValue | undefined {
  if (field === "headers") return encodePairs(headers);
  if (!field.startsWith("headers\0")) return undefined;
  const values = headers.getAll(lowerCase(field.slice(8)));
  return values.length === 0 ? undefined : values.join(",");
}

function declaredSize(headers: HeaderMap): number {
  const length = Number(headers.get("content-length"));
  return Number.isSafeInteger(length) ? length : 0;
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
