// W1 with the one header asked for by its name.
import {
  proxy_add_header_map_value,
  proxy_get_header_map_value,
  proxy_replace_header_map_value,
} from "./env";
import { OUT } from "./memory";
import { GOLD, isGold, OK, REQUEST, RESPONSE, STD, X_POLICY, X_ROUTE, X_TIER } from "./w1-texts";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "./memory";

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  const found = proxy_get_header_map_value(REQUEST, X_TIER, 6, OUT, OUT + 4) == 0;
  if (found && isGold(load<usize>(OUT), load<u32>(OUT, 4))) {
    proxy_replace_header_map_value(REQUEST, X_ROUTE, 7, GOLD, 4);
  } else {
    proxy_replace_header_map_value(REQUEST, X_ROUTE, 7, STD, 3);
  }
  return 0;
}

export function proxy_on_response_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  proxy_add_header_map_value(RESPONSE, X_POLICY, 8, OK, 2);
  return 0;
}
