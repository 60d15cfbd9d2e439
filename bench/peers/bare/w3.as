// W3: a token bucket for each `x-user` in shared data, written with the version that was read.
import {
  proxy_get_current_time_nanoseconds,
  proxy_get_header_map_value,
  proxy_get_shared_data,
  proxy_send_local_response,
  proxy_set_shared_data,
} from "./env";
import { OUT } from "./memory";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "./memory";

const TOKENS_PER_SECOND: u64 = 1_000_000;
const BURST: u64 = 1_000_000_000;
const ATTEMPTS: u32 = 10;

const X_USER: usize = memory.data<u8>([0x78, 0x2d, 0x75, 0x73, 0x65, 0x72]);
// `rl:` and the user.
const KEY: usize = memory.data(512);
const MOST: u32 = 509;
// When the bucket was last filled, and the tokens that were then in it.
const BUCKET: usize = memory.data(16, 8);
// {"error":"limited"}
const BODY: usize = memory.data<u8>([
  0x7b, 0x22, 0x65, 0x72, 0x72, 0x6f, 0x72, 0x22, 0x3a, 0x22, 0x6c, 0x69, 0x6d, 0x69, 0x74, 0x65, 0x64, 0x22,
  0x7d,
]);
// The list of the one header `content-type: application/json`.
const HEADERS: usize = memory.data<u8>([
  1, 0, 0, 0, 12, 0, 0, 0, 16, 0, 0, 0, 0x63, 0x6f, 0x6e, 0x74, 0x65, 0x6e, 0x74, 0x2d, 0x74, 0x79, 0x70,
  0x65, 0, 0x61, 0x70, 0x70, 0x6c, 0x69, 0x63, 0x61, 0x74, 0x69, 0x6f, 0x6e, 0x2f, 0x6a, 0x73, 0x6f, 0x6e, 0,
]);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  const keySize = makeKey();
  proxy_get_current_time_nanoseconds(OUT + 8);
  const now = load<u64>(OUT, 8);
  for (let i: u32 = 0; i < ATTEMPTS; i++) {
    let filled = now;
    let tokens = BURST;
    store<u32>(OUT, 0, 16);
    if (proxy_get_shared_data(KEY, keySize, OUT, OUT + 4, OUT + 16) == 0 && load<u32>(OUT, 4) == 16) {
      filled = load<u64>(load<usize>(OUT));
      tokens = load<u64>(load<usize>(OUT), 8);
    }
    const more = now > filled ? (((now - filled) / 1000) * TOKENS_PER_SECOND) / 1_000_000 : 0;
    if (more > 0) {
      tokens = min(BURST, tokens + more);
      filled = now;
    }
    if (tokens == 0) {
      proxy_send_local_response(429, 0, 0, BODY, 19, HEADERS, 42, -1);
      return 1;
    }
    store<u64>(BUCKET, filled);
    store<u64>(BUCKET, tokens - 1, 8);
    if (proxy_set_shared_data(KEY, keySize, BUCKET, 16, load<u32>(OUT, 16)) == 0) break;
  }
  return 0;
}

function makeKey(): usize {
  store<u32>(KEY, 0x3a6c72);
  if (proxy_get_header_map_value(0, X_USER, 6, OUT, OUT + 4) != 0) return 3;
  const size = min(load<u32>(OUT, 4), MOST);
  memory.copy(KEY + 3, load<usize>(OUT), size);
  return 3 + size;
}
