// AssemblyScript, for split.test.ts.
import { beginSplit, chosenArm, drawArm, stickToHeader, stickToNothing, stickToPeer } from "../split";
import { readRequest } from "./slots";
export { beginSplit, chosenArm, drawArm } from "../split";
export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export { scratch } from "./scratch";

/** Takes the key as an emitted filter does: header, else peer, else nothing. Tells which it was. */
export function stick(name: usize, size: u32): u32 {
  readRequest(name, size);
  if (stickToHeader(0)) return 1;
  if (stickToPeer()) return 2;
  stickToNothing();
  return 3;
}

/** The arms of the split lie at `arms`: {u64 seed, f64 weight} each. */
export function choose(arms: usize, count: u32): u32 {
  beginSplit();
  for (let i: u32 = 0; i < count; i++) {
    const arm = arms + ((<usize>i) << 4);
    drawArm(i, load<u64>(arm), load<f64>(arm, 8));
  }
  return chosenArm();
}
