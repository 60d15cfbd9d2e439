// AssemblyScript, for cookie.test.ts and bytes.test.ts.
export { cookiePointer, cookieSize, findCookie } from "../cookie";
export { same, sameIgnoringCase } from "../bytes";
export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export { scratch } from "./scratch";
export { readRequest } from "./slots";
