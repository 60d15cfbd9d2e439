// AssemblyScript, for limit-key.test.ts.
import { addHeader, addHost } from "../limit-key";
import { readRequest } from "./slots";
export { addPeer, beginKey, now, seedKeys } from "../limit-key";
export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export { scratch } from "./scratch";

/** Reads the request and adds the header that the bytes name to a key. */
export function keyOfHeader(key: u64, name: usize, size: u32): u64 {
  readRequest(name, size);
  return addHeader(key, 0);
}

/** The same for a header that names a host. */
export function keyOfHost(key: u64, name: usize, size: u32): u64 {
  readRequest(name, size);
  return addHost(key, 0);
}
