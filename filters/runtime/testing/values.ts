// AssemblyScript, for match.test.ts and cookie.test.ts.
export { cookieIs, cookiePointer, cookieSize, findCookie } from "../cookie";
export {
  endsWith,
  endsWithIgnoringCase,
  is,
  isIgnoringCase,
  isNotEmpty,
  isPresent,
  startsWith,
  startsWithIgnoringCase,
} from "../match";
export { same, sameIgnoringCase } from "../bytes";
export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export { scratch } from "./scratch";
export { readRequest } from "./slots";
