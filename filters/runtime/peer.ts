// The direct peer: the address at the other end of the connection. It comes from filter state that the proxy's own
// `set_filter_state` filter wrote in front of this one. The property `source.address` would not do: under a default
// listener a client's own `x-forwarded-for` decides it.
import { proxy_get_property } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { FAMILY_NONE, FAMILY_V4, FAMILY_V6, parseAddress, parsedHigh, parsedLow } from "./address";

// "filter_state" NUL "tollgate.direct_remote_address"
const PROPERTY: usize = memory.data<u8>([
  102, 105, 108, 116, 101, 114, 95, 115, 116, 97, 116, 101, 0, 116, 111, 108, 108, 103, 97, 116, 101, 46, 100,
  105, 114, 101, 99, 116, 95, 114, 101, 109, 111, 116, 101, 95, 97, 100, 100, 114, 101, 115, 115,
]);
const PROPERTY_SIZE: usize = 43;
const ANSWER: usize = memory.data(8, 4);

let known: bool = false;
let family: u32 = FAMILY_NONE;
let high: u64 = 0;
let low: u64 = 0;

/** Called when a request begins: the next question reads the peer anew. */
export function forgetPeer(): void {
  known = false;
}

/** The peer's family, read at most once a request; `FAMILY_NONE` where the proxy does not say: rules fail closed then. */
export function peerFamily(): u32 {
  if (known) return family;
  known = true;
  family = FAMILY_NONE;
  if (proxy_get_property(PROPERTY, PROPERTY_SIZE, ANSWER, ANSWER + 4) == Status.Ok) {
    family = parseAddress(load<usize>(ANSWER), load<u32>(ANSWER, 4));
    high = parsedHigh();
    low = parsedLow();
  }
  return family;
}

/** The peer's address cut to a prefix length, as a number to make keys of; the halves come one after the other. */
export function peerHigh(maskV6: u64): u64 {
  return peerFamily() == FAMILY_V6 ? high & maskV6 : 0;
}

/** The lower half, see `peerHigh`. */
export function peerLow(maskV4: u32, maskV6: u64): u64 {
  const f = peerFamily();
  return f == FAMILY_V6 ? low & maskV6 : f == FAMILY_V4 ? low & (<u64>maskV4) : 0;
}
