// W0: one callback that does nothing.
export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "./memory";

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  return 0;
}
