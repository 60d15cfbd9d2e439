// proxy-wasm-assemblyscript-sdk: write Envoy filters in AssemblyScript. See README.md.
export { HeaderMap, HeadersAction, LogLevel, Status } from "./abi/numbers";
export { Bytes } from "./bytes";
export { Headers } from "./headers";
export { HttpFilter, registerHttpFilter } from "./http-filter";
export { NO_GRPC_STATUS, sendLocalResponse } from "./local-response";
export { log } from "./log";
