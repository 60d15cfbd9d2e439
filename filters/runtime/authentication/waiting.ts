// Requests that wait for a key set. A fetch ends within its timeout, well or not, and then all that waited for it are
// asked again; so none waits longer, and none waits twice.
import { proxy_set_effective_context } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { isUnderWay } from "./sources";

// {u32 stream, usize source}; further requests are refused.
const WAITING_MAX: u32 = 1024;
const WAITING: usize = memory.data(8192, 8);
let waiting: u32 = 0;

/** Has a stream wait for a source; false where nothing is to come, or too many wait. */
export function waitFor(source: usize, stream: u32): bool {
  if (waiting == WAITING_MAX || !isUnderWay(source, stream)) return false;
  const at = WAITING + ((<usize>waiting) << 3);
  store<u32>(at, stream);
  store<usize>(at, source, 4);
  waiting++;
  return true;
}

/** Takes out one stream that waits for a source, and makes it the one in effect; 0: none is left. */
export function nextWaiting(source: usize): u32 {
  let i: u32 = 0;
  while (i < waiting) {
    const at = WAITING + ((<usize>i) << 3);
    if (load<usize>(at, 4) != source) {
      i++;
      continue;
    }
    const stream = load<u32>(at);
    waiting--;
    store<u64>(at, load<u64>(WAITING + ((<usize>waiting) << 3)));
    // Where the client has gone meanwhile, so has the stream.
    if (proxy_set_effective_context(stream) == Status.Ok) return stream;
  }
  return 0;
}
