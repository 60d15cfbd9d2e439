// AssemblyScript, for host-properties.test.ts.
export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export { parsedHigh, parsedLow } from "../address";
export { readAddress, readNumber, readProperty } from "../property";
export { firstValue, isNotAsked, nextValue, readNothing, valuePointer, valueSize } from "../request";
export { scratch } from "./scratch";
