// AssemblyScript, for request.test.ts.
import {
  beginRequest,
  firstValue,
  headersComplete,
  keep,
  keepPath,
  nameIs,
  nameSize,
  nextHeader,
  nextValue,
  readHeaders,
  valuePointer,
  valueSize,
} from "../request";
export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export { scratch } from "./scratch";

const SLOTS: usize = memory.data(24, 4);
const PATH: usize = memory.data<u8>([58, 112, 97, 116, 104]); // :path
let seen: u32 = 0;

/** Slot 0 gets the header that the bytes name, slot 1 `:path`, slot 2 every header. */
export function readAll(name: usize, size: u32): bool {
  seen = 0;
  beginRequest();
  readHeaders(SLOTS, 3);
  while (nextHeader()) {
    seen++;
    keep(2);
    if (nameSize() == 5 && nameIs(PATH)) keepPath(1);
    else if (nameSize() == size && nameIs(name)) keep(0);
  }
  return headersComplete();
}

/** How many headers the walk passed. */
export function headersSeen(): u32 {
  return seen;
}

export function countOf(slot: u32): u32 {
  let count: u32 = 0;
  for (let v = slotStart(slot); v != 0; v = nextValue(v)) count++;
  return count;
}

/** Value `index` of a slot, or 0. */
export function valueAt(slot: u32, index: u32): usize {
  let v = slotStart(slot);
  while (v != 0 && index-- > 0) v = nextValue(v);
  return v;
}

export function pointerOf(entry: usize): usize {
  return valuePointer(entry);
}

export function sizeOf(entry: usize): u32 {
  return valueSize(entry);
}

function slotStart(slot: u32): usize {
  return firstValue(slot);
}
