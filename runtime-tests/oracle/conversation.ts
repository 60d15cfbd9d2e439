// What a client says, and how each engine is told of it: Envoy by a real connection, the interpreter and the host as Envoy
// would present it to a filter.
import { isJoined } from "../../compiler/http/joined-headers.ts";
import type { Request } from "../../compiler/ir/interpret.ts";
import { parseAddress } from "../../compiler/net/block.ts";
import { propertyPath, type PropertyValue } from "../../host/index.ts";
import { subjectOf, type Identities, type IdentityCredentials } from "./identities.ts";
import type { Connection, Endpoint, WireRequest } from "./wire.ts";

/** Requests on one connection. */
export interface Conversation {
  readonly client: Client;
  readonly requests: readonly WireRequest[];
}

export interface Client extends Omit<Connection, "tls"> {
  readonly tls?: { readonly servername?: string; readonly identity?: string };
}

export function connectionOf({ tls, ...rest }: Client, credentials: IdentityCredentials): Connection {
  if (!tls) return rest;
  const { servername, identity } = tls;
  const shown = identity === undefined ? undefined : credentials.get(identity);
  if (identity !== undefined && !shown) throw new Error(`no certificate for ${identity}`);
  return {
    ...rest,
    tls: { ...(servername !== undefined && { servername }), ...(shown && { credentials: shown }) },
  };
}

/** The request as Envoy shows it to filters, which the client sent to `port` of 127.0.0.1. */
export function seenBy(
  client: Client,
  request: WireRequest,
  port: number,
  identities: Identities,
  metadata: Readonly<Record<string, unknown>> = {},
): Request {
  const headers = joined(request.headers.map(([name, value]) => [name.toLowerCase(), trimmed(value)]));
  const host = headers.find(([name]) => name === "host")?.[1] ?? "";
  const name = client.tls?.identity;
  const named = name === undefined ? undefined : identities[name];
  const [uri] = named?.uris ?? [];
  const [dns] = named?.dns ?? [];
  return {
    headers: [
      [":authority", host],
      [":path", request.path],
      [":method", request.method],
      [":scheme", client.tls ? "https" : "http"],
      ...headers.filter(([n]) => n !== "host"),
    ],
    peer: client.from,
    client: clientAddress(client, headers),
    destination: client.proxied?.destination ?? { address: "127.0.0.1", port },
    ...(client.tls?.servername !== undefined && { sni: client.tls.servername.toLowerCase() }),
    ...(name !== undefined && {
      identity: { ...(uri && { uri }), ...(dns && { dns }), subject: subjectOf(name) },
    }),
    metadata,
  };
}

/** The last address of `x-forwarded-for`, where that is one: no hop is trusted beyond the direct peer. */
function clientAddress(client: Client, headers: WireRequest["headers"]): string {
  const forwarded = headers.find(([name]) => name === "x-forwarded-for")?.[1];
  const last = forwarded?.replace(/^.*,(?=.)/s, "").trim();
  const known = last !== undefined && parseAddress(last) !== undefined;
  return known ? last : (client.proxied?.source.address ?? client.from);
}

const trimmed = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, "");

/** Of some headers Envoy keeps one value, with commas; what is empty adds nothing to it. */
function joined(headers: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const result: [string, string][] = [];
  for (const [name, value] of headers) {
    const first = isJoined(name) ? result.find(([n]) => n === name) : undefined;
    if (first) first[1] = [first[1], value].filter((part) => part !== "").join(",");
    else result.push([name, value]);
  }
  return result;
}

/** The properties by which the host says the same. */
export function propertiesOf(request: Request): Map<string, PropertyValue> {
  const { peer, client, destination, sni, identity, metadata } = request;
  const properties = new Map<string, PropertyValue>();
  const set = (path: readonly string[], value: PropertyValue | undefined): void => {
    if (value !== undefined) properties.set(propertyPath(...path), value);
  };
  set(["filter_state", "tollgate.direct_remote_address"], peer);
  set(["source", "address"], client && endpointText({ address: client, port: 1234 }));
  set(["destination", "address"], destination && endpointText(destination));
  set(["destination", "port"], destination?.port);
  set(["connection", "requested_server_name"], sni);
  set(["connection", "uri_san_peer_certificate"], identity?.uri);
  set(["connection", "dns_san_peer_certificate"], identity?.dns);
  set(["connection", "subject_peer_certificate"], identity?.subject);
  for (const [filter, tree] of Object.entries(metadata ?? {})) {
    for (const [key, value] of Object.entries(tree as Record<string, string>))
      set(["metadata", "filter_metadata", filter, key], value);
  }
  return properties;
}

function endpointText({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
