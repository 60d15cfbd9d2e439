/**
 * Differential traces: a trace file says what a filter is configured with, what upstreams do and what clients send, and
 * nothing of what should come of it. The host's proxy and a real Envoy are given it with the same module, and what the
 * clients got, what reached the upstreams, what the filter logged and counted has to be the same.
 *
 * A file `<name>.trace.yaml` in this folder is run by `traces.test.ts`; its `module` is `probe`, a wasm file or a filter's
 * entry file, as seen from the trace file.
 */
export { readModule, probeModule } from "./module.ts";
export type { Observation } from "./observed.ts";
export { openTraces, type Comparison, type OpenTraces } from "./run.ts";
export { readTraceFile, type Trace, type TraceFile, type TraceRequest } from "./trace.ts";
