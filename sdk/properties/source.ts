// `source.*`: the client as Envoy sees it. Everywhere but on the filter object.
// Where the listener does not use the remote address (`use_remote_address: false`) a client's own `x-forwarded-for`
// decides what this is: no ground for an access decision.
import { Bytes } from "../bytes";
import { getIntegerProperty, getProperty } from "../property";

/** `source.address`: `ip:port`, `[ip]:port` for IPv6, or the path of a Unix socket. Everywhere. */
export function address(): Bytes | null {
  return getProperty("source\0address");
}

/** `source.port`; absent for a Unix socket. Everywhere. */
export function port(otherwise: i64 = -1): i64 {
  return getIntegerProperty("source\0port", otherwise);
}
