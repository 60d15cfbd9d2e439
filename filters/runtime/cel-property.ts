// Properties of the proxy that expressions ask for, each read at most once in a callback: every read costs more than all of
// an expression's own work.
import { arenaGeneration } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { ANSWER, answerPointer, answerSize } from "proxy-wasm-assemblyscript-sdk/abi/answer";
import { proxy_get_property } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { fail } from "./cel-failure";
import { pointerOf, sizeOf, text, Text } from "./cel-text";

// For each property: {u64 value, u32 the callback it was read in, u32 whether there is one}.
const MEMO: usize = memory.data(512, 8);
const ENTRY: usize = 16;

/** Reads a property, unless this callback has already; answers where its entry is. */
function read(index: u32, path: usize, size: u32): usize {
  const entry = MEMO + <usize>index * ENTRY;
  const now = arenaGeneration() + 1;
  if (load<u32>(entry, 8) == now) return entry;
  store<u32>(entry, now, 8);
  const found = proxy_get_property(path, size, ANSWER, ANSWER + 4) == Status.Ok;
  store<u64>(entry, found ? text(answerPointer(), answerSize()) : 0);
  store<u32>(entry, u32(found), 12);
  return entry;
}

/** A property that is a text; `index` is its own among at most 32, `path` its path with NULs. Fails where there is none. */
export function propertyText(index: u32, path: usize, size: u32): Text {
  const entry = read(index, path, size);
  return load<u32>(entry, 12) == 0 ? fail() : load<u64>(entry);
}

/** As `propertyText`; an empty text fails as well: so the proxy says that a certificate has no such name. */
export function propertyTextNotEmpty(index: u32, path: usize, size: u32): Text {
  const value = propertyText(index, path, size);
  return sizeOf(value) == 0 ? fail() : value;
}

/** A property that is a number or a time. */
export function propertyInt(index: u32, path: usize, size: u32): i64 {
  const value = load<u64>(read(index, path, size));
  return sizeOf(value) == 8 ? load<i64>(pointerOf(value)) : fail();
}

/** A property that is true or false. */
export function propertyBool(index: u32, path: usize, size: u32): bool {
  const value = load<u64>(read(index, path, size));
  return (sizeOf(value) == 1 ? <u64>load<u8>(pointerOf(value)) : fail()) != 0;
}

export function hasProperty(index: u32, path: usize, size: u32): bool {
  return load<u32>(read(index, path, size), 12) != 0;
}

export function hasPropertyNotEmpty(index: u32, path: usize, size: u32): bool {
  return sizeOf(load<u64>(read(index, path, size))) != 0;
}
