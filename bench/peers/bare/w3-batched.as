// W3 for one worker thread: all headers in one read, and buckets in linear memory, in a table of fixed size in which the user
// who comes to a place takes it from whoever had it.
import { proxy_get_current_time_nanoseconds, proxy_send_local_response } from "./env";
import { OUT } from "./memory";
import { find, read, size } from "./pairs";
import { BURST, LIMIT, WINDOW } from "./rate";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "./memory";

const X_USER: usize = memory.data<u8>([0x78, 0x2d, 0x75, 0x73, 0x65, 0x72]);

const PLACES: u64 = 4096;
// {u64 hash of the user, u64 when it was last filled, u64 the tokens that were then in it}
const BUCKET_BYTES: usize = 24;
const BUCKETS: usize = memory.data(98304, 8);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  if (read() && isAllowed()) return 0;
  proxy_send_local_response(429, 0, 0, 0, 0, 0, 0, -1);
  return 1;
}

function isAllowed(): bool {
  const user = find(X_USER, 6);
  const key = hash(user, size);
  const bucket = BUCKETS + <usize>((key >>> 1) % PLACES) * BUCKET_BYTES;
  proxy_get_current_time_nanoseconds(OUT);
  const now = load<u64>(OUT);
  let filled = now;
  let tokens = BURST;
  if (load<u64>(bucket) == key) {
    filled = load<u64>(bucket, 8);
    tokens = load<u64>(bucket, 16);
  }
  const more = now > filled ? (((now - filled) / 1000) * LIMIT) / WINDOW : 0;
  if (more > 0) {
    tokens = min(BURST, tokens + more);
    filled = now;
  }
  if (tokens == 0) return false;
  store<u64>(bucket, key);
  store<u64>(bucket, filled, 8);
  store<u64>(bucket, tokens - 1, 16);
  return true;
}

/** FNV-1a; never 0, which is a place that nobody has. */
function hash(text: usize, length: u32): u64 {
  let value: u64 = 0xcbf29ce484222325;
  for (let i: u32 = 0; i < length; i++) value = (value ^ <u64>load<u8>(text + i)) * 0x100000001b3;
  return value | 1;
}
