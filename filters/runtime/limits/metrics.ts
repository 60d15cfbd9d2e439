// The counters of a limit: what became of the requests that it counted.
import { defineCounter } from "../counters";

const NAME_MAX: u32 = 640;
const NAME: usize = memory.data(680);
// "tollgate.rate_limit."
const BEGIN: usize = memory.data<u8>([
  116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46,
]);
const BEGIN_SIZE: u32 = 20;
const DOT: u8 = 0x2e;
const COUNTER_BYTES: usize = 16;

// "allowed", "limited", "shadowed", "errors", "evictions", each behind its size
const ENDS: usize = memory.data<u8>([
  7, 97, 108, 108, 111, 119, 101, 100, 7, 108, 105, 109, 105, 116, 101, 100, 8, 115, 104, 97, 100, 111, 119,
  101, 100, 6, 101, 114, 114, 111, 114, 115, 9, 101, 118, 105, 99, 116, 105, 111, 110, 115,
]);
const COUNTERS: u32 = 5;

/** Defines the counters that stand side by side, of a limit of this name. False: the name is too long, or the proxy refused. */
export function defineLimitCounters(counters: usize, name: usize, size: u32): bool {
  if (size > NAME_MAX) return false;
  memory.copy(NAME, BEGIN, BEGIN_SIZE);
  memory.copy(NAME + BEGIN_SIZE, name, size);
  size += BEGIN_SIZE;
  store<u8>(NAME + size++, DOT);
  let end = ENDS;
  for (let i: u32 = 0; i < COUNTERS; i++) {
    const endSize = <u32>load<u8>(end);
    memory.copy(NAME + size, end + 1, endSize);
    if (!defineCounter(counters + <usize>i * COUNTER_BYTES, NAME, size + endSize)) return false;
    end += endSize + 1;
  }
  return true;
}
