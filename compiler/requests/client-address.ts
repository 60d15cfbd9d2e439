// Who the client is where proxies stand between it and the listener.
import { parseAddress } from "../net/block.ts";

/** The last address of `x-forwarded-for`, where that is one: no hop is trusted beyond the peer. */
export function clientAddress(headers: readonly (readonly [string, string])[], peer: string): string {
  const forwarded = headers.find(([name]) => name === "x-forwarded-for")?.[1];
  const last = forwarded?.replace(/^.*,(?=.)/s, "").trim();
  return last !== undefined && parseAddress(last) ? last : peer;
}
