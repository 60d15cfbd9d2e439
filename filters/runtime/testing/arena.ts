// AssemblyScript, for arena.test.ts.
export { allocate, resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
export { scratch } from "./scratch";

/** Grows memory as another part of a filter would. */
export function growElsewhere(pages: i32): i32 {
  return memory.grow(pages);
}
