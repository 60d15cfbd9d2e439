// W1 with all headers read at once and the one looked up among them.
import {
  proxy_add_header_map_value,
  proxy_get_header_map_pairs,
  proxy_replace_header_map_value,
} from "./env";
import { OUT } from "./memory";
import { GOLD, isGold, OK, REQUEST, RESPONSE, STD, X_POLICY, X_ROUTE, X_TIER } from "./w1-texts";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "./memory";

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  if (requestIsGold()) proxy_replace_header_map_value(REQUEST, X_ROUTE, 7, GOLD, 4);
  else proxy_replace_header_map_value(REQUEST, X_ROUTE, 7, STD, 3);
  return 0;
}

export function proxy_on_response_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  proxy_add_header_map_value(RESPONSE, X_POLICY, 8, OK, 2);
  return 0;
}

/** The host's list: a count, two sizes for each header, then names and values, each with a NUL behind it. */
function requestIsGold(): bool {
  if (proxy_get_header_map_pairs(REQUEST, OUT, OUT + 4) != 0) return false;
  const list = load<usize>(OUT);
  const count = load<u32>(list);
  let sizes = list + 4;
  let text = sizes + ((<usize>count) << 3);
  for (let i: u32 = 0; i < count; i++) {
    const nameSize = load<u32>(sizes);
    const valueSize = load<u32>(sizes, 4);
    if (nameSize == 6 && memory.compare(text, X_TIER, 6) == 0) return isGold(text + 7, valueSize);
    text += nameSize + valueSize + 2;
    sizes += 8;
  }
  return false;
}
