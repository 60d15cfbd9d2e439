/** Properties of a request or a connection as tests write them, under the names that filters read. */
import { NO_BYTES } from "../bytes.ts";
import { encodeBytePairs } from "../pairs.ts";
import { propertyPath, type PropertyValue, type StreamProperties } from "../properties.ts";
import { toBinary } from "./text.ts";

/** One end's certificate, as far as a filter can read it. The first name of each kind is the one it sees. */
export interface CertificateProperties {
  /** Such as `CN=kim,O=shop`. */
  subject?: string;
  uriSan?: string;
  dnsSan?: string;
  /** SHA-256 of the certificate, in hexadecimal digits. A filter reads the peer's only. */
  sha256?: string;
}

/** What TLS says of a connection. */
export interface TlsProperties {
  /** Default: `TLSv1.3`. */
  version?: string;
  /** The name the client asked for. Default: none. */
  serverName?: string;
  /** The client's certificate. With it the connection is mutual TLS. */
  peer?: CertificateProperties;
  /** Envoy's own certificate. */
  local?: CertificateProperties;
}

/** Dynamic metadata is made of these. */
export type MetadataValue =
  string | number | boolean | readonly MetadataValue[] | { readonly [name: string]: MetadataValue };

/** What a filter can ask about a request or a connection, besides its headers. */
export interface RequestProperties {
  /** `address:port` of the client. Default: `127.0.0.1:50000`. */
  source?: string;
  /** `address:port` that it reached. Default: `127.0.0.1:10000`. */
  destination?: string;
  /** Default: no TLS. */
  tls?: TlsProperties;
  /** Dynamic metadata by filter: `{ "envoy.lb": { tier: "gold" } }`. */
  metadata?: Readonly<Record<string, { readonly [name: string]: MetadataValue }>>;
  /** Filter state by key, as other filters left it. */
  filterState?: Readonly<Record<string, string | Uint8Array>>;
  /** Any other property by its path with dots. Whole numbers are integers; a bigint that is one, a time in nanoseconds. */
  attributes?: Readonly<Record<string, PropertyValue>>;
}

/** @internal */
export function streamProperties(given: RequestProperties, connectionId: number): StreamProperties {
  const { source = "127.0.0.1:50000", destination = "127.0.0.1:10000", tls } = given;
  const properties = new Map<string, PropertyValue>();
  const set = (value: PropertyValue | undefined, ...path: string[]): void => {
    if (value !== undefined)
      properties.set(toBinary(propertyPath(...path)), typeof value === "string" ? toBinary(value) : value);
  };
  for (const [name, address] of [
    ["source", source],
    ["destination", destination],
  ] as const) {
    set(address, name, "address");
    set(portOf(address), name, "port");
  }
  set(BigInt(connectionId), "connection_id");
  set(BigInt(connectionId), "connection", "id");
  set(tls?.peer !== undefined, "connection", "mtls");
  set(tls?.serverName ?? "", "connection", "requested_server_name");
  if (tls !== undefined) {
    set(tls.version ?? "TLSv1.3", "connection", "tls_version");
    for (const side of ["peer", "local"] as const) {
      const certificate = tls[side];
      set(certificate?.subject, "connection", `subject_${side}_certificate`);
      set(certificate?.uriSan, "connection", `uri_san_${side}_certificate`);
      set(certificate?.dnsSan, "connection", `dns_san_${side}_certificate`);
    }
    set(tls.peer?.sha256, "connection", "sha256_peer_certificate_digest");
  }
  for (const [key, value] of Object.entries(given.filterState ?? {})) set(value, "filter_state", key);
  for (const [path, value] of Object.entries(given.attributes ?? {})) set(value, ...path.split("."));
  const setMetadata = (value: MetadataValue, path: string[]): void => {
    set(typeof value === "object" || typeof value === "number" ? structBytes(value) : value, ...path);
    if (typeof value === "object" && !isList(value))
      for (const [name, below] of Object.entries(value)) setMetadata(below, [...path, name]);
  };
  for (const [filter, values] of Object.entries(given.metadata ?? {}))
    setMetadata(values, ["metadata", "filter_metadata", filter]);
  return properties;
}

function portOf(address: string): number | undefined {
  const port = /:(\d+)$/.exec(address)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** A value of a `Struct` as Envoy gives it to a filter: numbers are doubles, lists and objects are pairs. */
function structBytes(value: MetadataValue): Uint8Array {
  if (typeof value === "string") return Buffer.from(value);
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return bytes;
  }
  return encodeBytePairs(
    isList(value)
      ? value.map((item) => [structBytes(item), NO_BYTES])
      : Object.entries(value).map(([name, item]) => [Buffer.from(name), structBytes(item)]),
  );
}

function isList(value: object): value is readonly MetadataValue[] {
  return Array.isArray(value);
}
