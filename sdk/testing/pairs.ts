// AssemblyScript: reading pairs, for properties/pairs.test.ts.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { Bytes } from "proxy-wasm-assemblyscript-sdk/bytes";
import { Pairs } from "proxy-wasm-assemblyscript-sdk/properties";

const SCRATCH: usize = memory.data(65536, 16);

export function scratch(): usize {
  return SCRATCH;
}

let pairs: Pairs = new Pairs(new Bytes());
const key = new Bytes();
const value = new Bytes();

/** Reads pairs out of so many bytes and says how many there are. */
export function parse(size: u32): u32 {
  pairs = new Pairs(Bytes.view(SCRATCH, size));
  return pairs.length;
}

export function length(): u32 {
  return pairs.length;
}

export function read(index: u32): void {
  pairs.read(index, key, value);
}

export function keyPointer(): usize {
  return key.pointer;
}

export function keySize(): u32 {
  return key.size;
}

export function valuePointer(): usize {
  return value.pointer;
}

export function valueSize(): u32 {
  return value.size;
}

/** Looks up the key `"a"`; -1 where there is none, else its value's size. */
export function sizeOfA(): i32 {
  const found = pairs.get("a");
  return found === null ? -1 : <i32>found.size;
}

export function nextCallback(): void {
  resetArena();
}
