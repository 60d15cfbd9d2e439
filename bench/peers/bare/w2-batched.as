// W2: who may pass by method, path and role, with all headers read at once and the prefixes in a trie.
import { proxy_send_local_response } from "./env";
import { find, read, size } from "./pairs";
import { startsWithPrefix } from "./trie";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "./memory";

const METHOD: usize = memory.data<u8>([0x3a, 0x6d, 0x65, 0x74, 0x68, 0x6f, 0x64]);
const PATH: usize = memory.data<u8>([0x3a, 0x70, 0x61, 0x74, 0x68]);
const X_ROLE: usize = memory.data<u8>([0x78, 0x2d, 0x72, 0x6f, 0x6c, 0x65]);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  if (read() && isAllowed()) return 0;
  proxy_send_local_response(403, 0, 0, 0, 0, 0, 0, -1);
  return 1;
}

function isAllowed(): bool {
  const method = find(METHOD, 7);
  const get = size == 3 && load<u16>(method) == 0x4547 && load<u8>(method, 2) == 0x54;
  if (!get && !(size == 4 && load<u32>(method) == 0x54534f50)) return false;
  const path = find(PATH, 5);
  if (path != 0 && startsWithPrefix(path, size)) return true;
  const role = find(X_ROLE, 6);
  return size == 5 && load<u32>(role) == 0x696d6461 && load<u8>(role, 4) == 0x6e;
}
