// AssemblyScript, for address.test.ts and peer.test.ts.
export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export { parseAddress, parsedHigh, parsedLow } from "../address";
export { forgetPeer, peerFamily, peerHigh, peerLow } from "../peer";
export { scratch } from "./scratch";
