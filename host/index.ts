/**
 * A Proxy-Wasm host in Node: loads an Envoy filter, runs it in V8 as Envoy does, and puts it in front of an HTTP
 * server. Where the written specification and Envoy differ, this host does what Envoy does.
 */
export { LogLevel, type AbiVersion } from "./abi.ts";
export {
  BootstrapRefused,
  startBootstrap,
  type RunningBootstrap,
  type StartBootstrapOptions,
} from "./bootstrap/index.ts";
export { fromBytes, toBytes } from "./bytes.ts";
export type {
  CalloutMessage,
  CalloutResponse,
  Clusters,
  ClusterTarget,
  GrpcReply,
  GrpcRequests,
  GrpcStart,
  GrpcUpstream,
  HttpUpstream,
} from "./callouts/cluster.ts";
export { Peer, TcpConnection, type ConnectionListener, type ConnectionResult } from "./connection.ts";
export { HeaderMap } from "./header-map.ts";
export {
  isGrpcRequest,
  renderLocalResponse,
  type LocalResponse,
  type RenderedResponse,
} from "./local-response.ts";
export type { Metric } from "./metrics.ts";
export { FilterModule, ModuleRejected } from "./module.ts";
export type { ModuleLimits } from "./module-limits.ts";
export { propertyPath, type PropertyValue, type StreamProperties } from "./properties.ts";
export {
  startProxy,
  type FailurePolicy,
  type FilterContext,
  type FilterFactory,
  type Proxy,
  type ProxyOptions,
  type ProxyRouting,
} from "./proxy/index.ts";
export {
  normalizePath,
  pathOptions,
  type PathNormalization,
  type PathOptions,
} from "./proxy/path-options.ts";
export {
  presentRequest,
  type Presentation,
  type Refusal,
  type RequestHead,
} from "./proxy/present-request.ts";
export { startTcpProxy, type TcpProxy, type TcpProxyOptions } from "./proxy/tcp-proxy.ts";
export type { RequestRecord } from "./proxy/request-record.ts";
export { SharedState } from "./shared-state.ts";
export { HttpStream, type BodyResult, type StreamListener, type StreamResult } from "./stream.ts";
export type { Timers } from "./timers.ts";
export { Vm, VmStartError, type VmOptions } from "./vm.ts";
