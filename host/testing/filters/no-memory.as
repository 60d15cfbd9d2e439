// An allocator that has nothing to give.
import { proxy_get_header_map_value, proxy_log } from "./env";

const NAME: usize = memory.data<u8>([0x3a, 0x70, 0x61, 0x74, 0x68]); // :path
const OUT: usize = memory.data(8, 8);

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return 0;
}

export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  const status = proxy_get_header_map_value(0, NAME, 5, OUT, OUT + 4);
  store<u8>(OUT, 0x30 + status);
  proxy_log(2, OUT, 1);
  return 0;
}
