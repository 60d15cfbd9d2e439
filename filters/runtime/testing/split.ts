// AssemblyScript, for split.test.ts.
import {
  beginSplit,
  chosenArm,
  drawArm,
  stickToBytes,
  stickToSlot,
  stickToNothing,
  stickToPeer,
} from "../split";
import { readRequest } from "./slots";
export { beginSplit, chosenArm, drawArm } from "../split";
export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export { scratch } from "./scratch";

/** Takes the key as an emitted filter does: header, else peer, else nothing. Tells which it was. */
export function stick(name: usize, size: u32): u32 {
  readRequest(name, size);
  if (stickToSlot(0)) return 1;
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

const TEXT: usize = memory.data(8, 8);

/** The arms of the keys from `first` on, a byte each at `out`. A key is its number in eight hexadecimal digits. */
export function chooseMany(arms: usize, count: u32, first: u32, keys: u32, out: usize): void {
  for (let i: u32 = 0; i < keys; i++) {
    for (let digit: u32 = 0; digit < 8; digit++) {
      const nibble = ((first + i) >>> ((7 - digit) << 2)) & 15;
      store<u8>(TEXT + digit, nibble < 10 ? 48 + nibble : 87 + nibble);
    }
    stickToBytes(TEXT, 8);
    store<u8>(out + i, <u8>choose(arms, count));
  }
}
