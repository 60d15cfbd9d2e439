import { isIP, type Socket } from "node:net";
import { propertyPath, type StreamProperties } from "../properties.ts";
import type { UpstreamAddress } from "../stream-info.ts";

const DIRECT_ADDRESS = propertyPath("filter_state", "tollgate.direct_remote_address");
const SOURCE_ADDRESS = propertyPath("source", "address");
const SOURCE_PORT = propertyPath("source", "port");
const DESTINATION_ADDRESS = propertyPath("destination", "address");
const DESTINATION_PORT = propertyPath("destination", "port");
const CONNECTION_ID = propertyPath("connection", "id");
const CONNECTION_MTLS = propertyPath("connection", "mtls");

/** An address as Envoy shows it: IPv4 that came in over an IPv6 socket is plain IPv4. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return "";
  return address.startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

const connectionIds = new WeakMap<Socket, bigint>();
let lastConnectionId = 0n;

function connectionId(socket: Socket): bigint {
  let id = connectionIds.get(socket);
  if (id === undefined) connectionIds.set(socket, (id = ++lastConnectionId));
  return id;
}

/**
 * The properties of a request that come from its connection. `source` is the client as a listener with
 * `use_remote_address: false` sees it: the last entry of `x-forwarded-for` where that is an address, else the peer.
 */
export function connectionProperties(socket: Socket, forwardedFor: string | undefined): StreamProperties {
  const peer = plainAddress(socket.remoteAddress);
  const client = lastForwarded(forwardedFor);
  const sourcePort = client === undefined ? (socket.remotePort ?? 0) : 0;
  const id = connectionId(socket);
  return new Map<string, string | number | bigint | boolean>([
    [DIRECT_ADDRESS, peer],
    [SOURCE_ADDRESS, withPort(client ?? peer, sourcePort)],
    [SOURCE_PORT, sourcePort],
    [DESTINATION_ADDRESS, withPort(plainAddress(socket.localAddress), socket.localPort ?? 0)],
    [DESTINATION_PORT, socket.localPort ?? 0],
    ["connection_id", id],
    [CONNECTION_ID, id],
    [CONNECTION_MTLS, false],
  ]);
}

/** Where a connection that the proxy made leads; undefined where it is gone. */
export function upstreamAddress(socket: Socket): UpstreamAddress | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return {
    address: withPort(plainAddress(remoteAddress), remotePort),
    port: remotePort,
    localAddress: withPort(plainAddress(localAddress), localPort ?? 0),
    failure: "",
  };
}

/** Where a connection that has yet to be made will lead; undefined for a name, which says nothing of the address. */
export function upstreamTarget({ host, port }: { host: string; port: number }): UpstreamAddress | undefined {
  return isIP(host) === 0
    ? undefined
    : { address: withPort(host, port), port, localAddress: undefined, failure: "" };
}

function lastForwarded(forwardedFor: string | undefined): string | undefined {
  const last = forwardedFor?.slice(forwardedFor.lastIndexOf(",") + 1).trim();
  return last !== undefined && isIP(last) !== 0 ? last : undefined;
}

function withPort(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
