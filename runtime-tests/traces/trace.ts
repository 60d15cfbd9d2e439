// A trace: a filter's configuration, what upstreams do, and what clients send, in order. It says nothing of what should
// come of it: the host and Envoy are both given it, and must do the same.
import { readFile } from "node:fs/promises";
import { parse } from "yaml";

/** Names and values in order; a name may stand several times. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** What an HTTP server does with each request. */
export interface HttpBehaviour {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Pairs;
  /** A text is sent with its length, a list in chunks, each only once the proxy has seen the one before. */
  readonly body?: string | readonly string[];
  /** So many `x` as the body, with its length. */
  readonly fill?: number;
  readonly trailers?: Pairs;
  /** The body is what was asked, as text: request line, headers, body, trailers. */
  readonly echo?: boolean;
  /** The server cuts the connection: on the request, after the head, or after the body's first chunk. */
  readonly reset?: "request" | "head" | "body";
  /** Milliseconds before it answers. */
  readonly delay?: number;
  /** Nobody listens: only of a trace's own upstream. */
  readonly refused?: boolean;
  /** It reads and never answers. */
  readonly silent?: boolean;
  /** Answers without having read the request's body. */
  readonly early?: boolean;
}

/** What a gRPC server (h2c) does with each call. */
export interface GrpcBehaviour {
  readonly grpc: {
    readonly metadata?: Pairs;
    readonly messages?: readonly string[];
    /** They come only when the client has ended its half. */
    readonly late?: boolean;
    /** Each message is sent back, behind `echo:`. */
    readonly echo?: boolean;
    /** Default 0; null: there are no trailers. */
    readonly status?: number | null;
    readonly message?: string;
    readonly trailers?: Pairs;
    /** Another HTTP status than 200. */
    readonly http?: number;
    /** Only a head, which is the trailers too. */
    readonly trailersOnly?: boolean;
    readonly silent?: boolean;
    readonly reset?: boolean;
    /** Bytes that are no gRPC frame, in hexadecimal. */
    readonly garbage?: string;
  };
}

/** What a cluster's name leads to; `none`: nobody listens, or the cluster has no member. */
export type ClusterBehaviour = HttpBehaviour | GrpcBehaviour | { readonly none: "refused" | "empty" };

/** What a TCP server does with each connection. */
export interface TcpBehaviour {
  readonly greeting?: string;
  /** Each piece comes back behind `echo:`. */
  readonly echo?: boolean;
  /** When the server ends its side; default: when the client has ended. */
  readonly close?: "connect" | "data";
}

export interface TraceRequest {
  /** Default GET. */
  readonly method?: string;
  /** Default `/`. */
  readonly path?: string;
  /** `host` is sent by itself unless it stands here. Values are binary strings: `\u00ff` is the byte 255. */
  readonly headers?: Pairs;
  /** A text is sent with its length, a list in chunks, each only once the proxy has seen the one before. */
  readonly body?: string | readonly string[];
  /** So many `x` as the body, with its length. */
  readonly fill?: number;
  readonly trailers?: Pairs;
  /** Milliseconds before each of the body's chunks, for timers to do something in between. */
  readonly pause?: number;
  /** Head, body and trailers go out in one piece. */
  readonly together?: boolean;
  /** The client hangs up after the body's chunks, without the end of the message. */
  readonly truncated?: boolean;
  /** The client hangs up where there is no whole answer by then. Milliseconds; default 5,000. */
  readonly patience?: number;
  /** Requests sent while this one is under way, in order, once the proxy has seen its head. */
  readonly meanwhile?: readonly TraceRequest[];
}

export interface TraceConnection {
  /** Sent one by one, each once the proxy has seen the one before. */
  readonly sends: readonly string[];
  /** Whether the client ends its side then; default true. Otherwise it hangs up when nothing more comes. */
  readonly end?: boolean;
  /** Milliseconds after which the client hangs up. */
  readonly patience?: number;
}

export interface PluginSettings {
  readonly vmConfiguration?: string;
  readonly rootId?: string;
  /** Default: one of the trace's own, so that traces share nothing. */
  readonly vmId?: string;
  /** Default FAIL_RELOAD. */
  readonly failurePolicy?: "FAIL_CLOSED" | "FAIL_OPEN" | "FAIL_RELOAD";
  readonly allowOnHeadersStopIteration?: boolean;
  /** Callbacks that the module does not export this time. */
  readonly without?: readonly string[];
}

export interface Trace {
  readonly name: string;
  /** Text, or an object that the filter gets as JSON. */
  readonly configuration?: string | object;
  readonly plugin?: PluginSettings;
  /** Whether listener and upstream pass trailers on (Envoy's `enable_trailers`). */
  readonly trailers?: boolean;
  readonly upstream?: HttpBehaviour;
  readonly requests?: readonly TraceRequest[];
  /** Then the filter is a network filter. */
  readonly tcp?: { readonly upstream?: TcpBehaviour; readonly connections: readonly TraceConnection[] };
  /** Milliseconds before the first request, for what a timer does at the start: of that only the log is compared. */
  readonly ready?: number;
  /** Milliseconds between requests. */
  readonly between?: number;
  /** Milliseconds to wait at the end, for what timers and callouts do by themselves. */
  readonly wait?: number;
  /** Callbacks whose lines are not compared: how a large body is cut into pieces is each side's own. */
  readonly ignore?: readonly string[];
  /** An Envoy of its own, since the filter might not load. `raw`: the module's bytes, in hexadecimal. */
  readonly alone?: boolean | { readonly raw: string };
}

export interface TraceFile {
  /** `probe`, or the path of a wasm file as seen from the trace file. */
  readonly module: string;
  /** Every trace may call out to these. */
  readonly clusters?: Readonly<Record<string, ClusterBehaviour>>;
  /** A Wasm service beside the listeners: once, on Envoy's main thread. What it logs is not compared, its metrics are. */
  readonly service?: { readonly module: string; readonly vmId: string; readonly configuration?: string };
  readonly traces: readonly Trace[];
}

const fileKeys = new Set(["module", "clusters", "service", "traces"]);
const traceKeys = new Set([
  "name",
  "configuration",
  "plugin",
  "trailers",
  "upstream",
  "requests",
  "tcp",
  "wait",
  "ready",
  "between",
  "ignore",
  "alone",
]);

/** Reads a trace file; throws where a key is none that a trace has, since a misspelt one would test nothing. */
export async function readTraceFile(path: string): Promise<TraceFile> {
  const file = parse(await readFile(path, "utf8")) as TraceFile;
  const unknown = [
    ...Object.keys(file).filter((key) => !fileKeys.has(key)),
    ...file.traces.flatMap((trace) => Object.keys(trace).filter((key) => !traceKeys.has(key))),
  ];
  if (unknown.length > 0) throw new Error(`${path}: unknown keys ${unknown.join(", ")}`);
  return file;
}

export function configurationText(trace: Trace): string | undefined {
  const { configuration } = trace;
  return typeof configuration === "object" ? JSON.stringify(configuration) : configuration;
}
