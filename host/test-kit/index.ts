/**
 * The kit for tests of filters, without anything of a test runner: loads a filter as Envoy would, sends it requests, shows
 * what became of them.
 */
export { FilterModule, ModuleRejected } from "../module.ts";
export type { Metric } from "../metrics.ts";
export type { ModuleLimits } from "../module-limits.ts";
export type { PropertyValue } from "../properties.ts";
export type { FailurePolicy } from "../proxy/filter-slot.ts";
export { SharedState } from "../shared-state.ts";
export { VmStartError } from "../vm.ts";
export { fakeClock, type FakeClock } from "./clock.ts";
export type { ClusterInit } from "./clusters.ts";
export type { ClosingPeer, Connection, ConnectionPhaseResult } from "./connection.ts";
export type { Duration } from "./duration.ts";
export type { Exchange, ExchangeState, PhaseResult } from "./exchange.ts";
export {
  fakeGrpc,
  type FakeGrpc,
  type FakeGrpcAnswer,
  type FakeGrpcCall,
  type FakeGrpcMethod,
} from "./fake-grpc.ts";
export {
  fakeUpstream,
  type FakeAnswer,
  type FakeResponse,
  type FakeScript,
  type FakeUpstream,
  type UpstreamRequest,
} from "./fake-upstream.ts";
export type { Fields, FieldsInit } from "./fields.ts";
export type { RequestInit, StreamOptions, TestFilter } from "./filter.ts";
export { loadFilter, type Configuration, type LoadOptions } from "./load-filter.ts";
export type { LogEntry, LogLevelName } from "./logs.ts";
export { matchers, type FilterMatchers } from "./matchers/index.ts";
export type { BodyInit, RequestHead, ResponseHead } from "./message.ts";
export type { CertificateProperties, MetadataValue, RequestProperties, TlsProperties } from "./properties.ts";
export type { SeenRequest, SeenResponse } from "./seen.ts";
export type { SharedData, SharedQueue } from "./shared-data.ts";
export type { Transcript } from "./transcript.ts";
export type { Worker } from "./worker.ts";
