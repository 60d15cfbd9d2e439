// proxy-wasm-assemblyscript-sdk: write Envoy filters in AssemblyScript. See README.md.
export { lastStatus } from "./abi/answer";
export {
  DataAction,
  GrpcStatus,
  HeadersAction,
  LogLevel,
  NetworkAction,
  PeerType,
  Status,
  TrailersAction,
} from "./abi/numbers";
export { Body } from "./body";
export { ByteBuilder } from "./byte-builder";
export { Bytes } from "./bytes";
export { calloutMessage, calloutStatus } from "./callout-status";
export { Context } from "./context";
export { currentContext } from "./current";
export { registerFilter } from "./filter";
export { callForeignFunction } from "./foreign/call";
export { GrpcStream } from "./grpc-stream";
export { HeaderPairs } from "./header-pairs";
export { Headers } from "./headers";
export { HttpCall } from "./http-call";
export { HttpCallResponse } from "./http-call-response";
export { HttpContext } from "./http-context";
export { NO_GRPC_STATUS, sendLocalResponse } from "./local-response";
export { isLogged, log } from "./log";
export { Counter, Gauge, Histogram, labelled } from "./metrics";
export {
  getBooleanProperty,
  getDoubleProperty,
  getIntegerProperty,
  getProperty,
  setProperty,
} from "./property";
export { SharedData } from "./shared-data";
export { SharedQueue } from "./shared-queue";
export { TcpContext } from "./tcp-context";
export { now, setTickPeriod } from "./time";
