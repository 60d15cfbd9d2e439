// `destination.*`: the address that the client connected to. Everywhere but on the filter object.
import { Bytes } from "../bytes";
import { getIntegerProperty, getProperty } from "../property";

/** `destination.address`: `ip:port`, `[ip]:port` for IPv6, or the path of a Unix socket. Everywhere. */
export function address(): Bytes | null {
  return getProperty("destination\0address");
}

/** `destination.port`; absent for a Unix socket. Everywhere. */
export function port(otherwise: i64 = -1): i64 {
  return getIntegerProperty("destination\0port", otherwise);
}
