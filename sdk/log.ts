// Writing to the proxy's log.
import { proxy_log } from "./abi/env";

/** Logs a text at one of the `LogLevel`s. Encodes and copies it: keep it off the hot path. */
export function log(level: u32, text: string): u32 {
  const buffer = String.UTF8.encode(text);
  return proxy_log(level, changetype<usize>(buffer), buffer.byteLength);
}
