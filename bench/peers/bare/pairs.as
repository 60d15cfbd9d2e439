// All request headers in one read, looked up where they lie.
import { proxy_get_header_map_pairs } from "./env";
import { OUT } from "./memory";

let list: usize = 0;
let count: u32 = 0;

/** Size of the value that `find` found last. */
export let size: u32 = 0;

/** Reads the headers of the request. False: the host has none to give. */
export function read(): bool {
  if (proxy_get_header_map_pairs(0, OUT, OUT + 4) != 0) return false;
  list = load<usize>(OUT);
  count = load<u32>(list);
  return true;
}

/** Where the value of the first header of this name lies; 0: there is none. */
export function find(name: usize, length: u32): usize {
  let sizes = list + 4;
  let text = sizes + ((<usize>count) << 3);
  for (let i: u32 = 0; i < count; i++) {
    const nameSize = load<u32>(sizes);
    const valueSize = load<u32>(sizes, 4);
    if (nameSize == length && memory.compare(text, name, length) == 0) {
      size = valueSize;
      return text + nameSize + 1;
    }
    text += nameSize + valueSize + 2;
    sizes += 8;
  }
  size = 0;
  return 0;
}
