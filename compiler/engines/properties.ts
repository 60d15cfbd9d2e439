// What the proxy says of a request beside its headers, where a listener without TLS and hops would say it.
import type { CelRequest } from "../cel/request.ts";
import type { Request } from "../ir/interpret.ts";
import { propertyPath, type PropertyValue } from "../../host/index.ts";

/** The port that clients have who do not say. */
const SOURCE_PORT = 50_000;
const PROTOCOL = "HTTP/1.1";
const TLS_VERSION = "TLSv1.3";

/** For expressions of the interpreter: what the request itself does not know. */
export function celProperties(request: Request, at: bigint): CelRequest["properties"] {
  return {
    "request.time": at,
    "request.protocol": PROTOCOL,
    ...(request.client !== undefined && {
      "source.address": endpoint(request.client, SOURCE_PORT),
      "source.port": BigInt(SOURCE_PORT),
    }),
    ...(isTls(request) && { "connection.tls_version": TLS_VERSION }),
  };
}

const PEER = propertyPath("filter_state", "tollgate.direct_remote_address");
const METADATA = propertyPath("metadata", "filter_metadata", "");

/** For the host: looked up only where a filter asks, so that a request costs nothing for what nobody wants to know. */
export class RequestProperties extends Map<string, PropertyValue> {
  request: Request = { headers: [] };

  override get(path: string): PropertyValue | undefined {
    const { request } = this;
    const { peer, client, destination, sni, identity } = request;
    switch (path) {
      case PEER:
        return peer;
      case "source\0address":
        return client === undefined ? undefined : endpoint(client, SOURCE_PORT);
      case "source\0port":
        return client === undefined ? undefined : SOURCE_PORT;
      case "destination\0address":
        return destination && endpoint(destination.address, destination.port);
      case "destination\0port":
        return destination?.port;
      case "connection\0requested_server_name":
        return sni;
      case "connection\0mtls":
        return identity !== undefined;
      case "connection\0tls_version":
        return isTls(request) ? TLS_VERSION : undefined;
      case "connection\0uri_san_peer_certificate":
        return identity?.uri;
      case "connection\0dns_san_peer_certificate":
        return identity?.dns;
      case "connection\0subject_peer_certificate":
        return identity?.subject;
      default:
        return path.startsWith(METADATA) ? metadata(request, path.slice(METADATA.length)) : undefined;
    }
  }
}

/** A text in the metadata; what is none has no value for policies. */
function metadata(request: Request, path: string): string | undefined {
  let found: unknown = request.metadata;
  for (const name of path.split("\0")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return typeof found === "string" ? found : undefined;
}

function isTls({ sni, identity }: Request): boolean {
  return sni !== undefined || identity !== undefined;
}

function endpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
