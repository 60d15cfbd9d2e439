// One of the two sides that run traces: what they have in common, which is everything but the proxy itself.
import { clusterName } from "../../envoy/index.ts";
import { closedPort, grpcServer, httpServer, tcpServer, type TraceServer } from "./servers.ts";
import { withoutSegments, type Observation, type ObservedRequest } from "./observed.ts";
import type {
  ClusterBehaviour,
  HttpBehaviour,
  TcpBehaviour,
  Trace,
  TraceFile,
  TraceRequest,
} from "./trace.ts";
import { converse, exchange, type Settle } from "./wire-client.ts";

/** Runs traces one after another. */
export interface Side {
  readonly name: string;
  /** `requests`: others than the trace's own. A trace that is run again goes on with the same VM. */
  run(trace: Trace, requests?: readonly TraceRequest[]): Promise<Observation>;
  close(): Promise<void>;
}

/** Where a cluster's callouts go; undefined: it has no member. */
export interface ClusterPort {
  readonly name: string;
  readonly port: number | undefined;
  readonly http2: boolean;
}

/** The proxy under test, as the common part needs it. */
export interface TracedProxy {
  readonly port: number;
  /** What the filter logged since it was last asked, its start included. */
  takeLog(): Promise<string[]>;
  /** Every counter and gauge of the filters. */
  metrics(): Promise<Record<string, number>>;
}

/** Upstreams and clusters of a trace file, on one side. */
export class Surroundings {
  readonly clusters: ClusterPort[] = [];
  httpPort = 0;
  /** Where nobody listens. */
  closedPort = 0;
  tcpPort = 0;
  private readonly servers: TraceServer<unknown>[] = [];
  private readonly callouts = new Map<string, TraceServer>();
  private http: TraceServer | undefined;
  private tcp: TraceServer<{ received: string; end: string }> | undefined;
  private upstream: HttpBehaviour = {};
  private tcpUpstream: TcpBehaviour = {};
  private before: Record<string, number> = {};
  private readonly settle: Settle;

  private constructor(settle: Settle) {
    this.settle = settle;
  }

  static async start(file: TraceFile, settle: Settle): Promise<Surroundings> {
    const all = new Surroundings(settle);
    all.http = await httpServer(() => all.upstream, settle);
    all.tcp = await tcpServer(() => all.tcpUpstream);
    all.httpPort = all.http.port;
    all.closedPort = await closedPort();
    all.tcpPort = all.tcp.port;
    all.servers.push(all.http, all.tcp);
    for (const [name, behaviour] of Object.entries(file.clusters ?? {}))
      await all.addCluster(name, behaviour);
    return all;
  }

  private async addCluster(name: string, behaviour: ClusterBehaviour): Promise<void> {
    if ("none" in behaviour) {
      const port = behaviour.none === "refused" ? await closedPort() : undefined;
      this.clusters.push({ name, port, http2: false });
      return;
    }
    const grpc = "grpc" in behaviour;
    const server = grpc
      ? await grpcServer(behaviour, this.settle)
      : await httpServer(() => behaviour, this.settle);
    this.clusters.push({ name, port: server.port, http2: grpc });
    this.servers.push(server);
    this.callouts.set(name, server);
  }

  /** Where requests of a trace go. */
  upstreamOf(trace: Trace): URL {
    return new URL(`http://127.0.0.1:${trace.upstream?.refused === true ? this.closedPort : this.httpPort}`);
  }

  /** Plays a trace's clients against the proxy. */
  async play(
    trace: Trace,
    proxy: TracedProxy,
    requests: readonly TraceRequest[] = trace.requests ?? [],
  ): Promise<Observation> {
    const { settle } = this;
    this.upstream = trace.upstream ?? {};
    this.tcpUpstream = trace.tcp?.upstream ?? {};
    if (trace.ready !== undefined) await new Promise((resolve) => setTimeout(resolve, trace.ready));
    // Envoy's main thread has timers, too, and was there before.
    this.takeCallouts();
    this.before = await proxy.metrics();
    const answers: Observation["answers"][number][] = [];
    for (const request of requests) {
      const send = (one: typeof request): Promise<void> =>
        exchange(proxy.port, one, settle, send).then((answer) => void answers.push(answer));
      await send(request);
      await settle();
      if (trace.between !== undefined) await new Promise((resolve) => setTimeout(resolve, trace.between));
    }
    for (const connection of trace.tcp?.connections ?? []) {
      answers.push(await converse(proxy.port, connection, settle));
      await settle();
    }
    if (trace.wait !== undefined) await new Promise((resolve) => setTimeout(resolve, trace.wait));
    await settle();
    const upstream = trace.tcp === undefined ? this.http?.take() : this.tcp?.take();
    return {
      started: true,
      answers,
      upstream: upstream ?? [],
      callouts: this.takeCallouts(),
      log: withoutSegments((await proxy.takeLog()).filter((line) => !ignored(trace, line))),
      metrics: changed(this.before, await proxy.metrics()),
    };
  }

  private takeCallouts(): Record<string, ObservedRequest[]> {
    const taken: Record<string, ObservedRequest[]> = {};
    for (const [name, server] of this.callouts) {
      const requests = server.take();
      if (requests.length > 0) taken[name] = requests;
    }
    return taken;
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }
}

/** A callback's own line: `#2 on_request_body 5 0`. */
function ignored(trace: Trace, line: string): boolean {
  return (trace.ignore ?? []).includes(/^#\d+ (\w+)/.exec(line)?.[1] ?? "");
}

function changed(before: Record<string, number>, now: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(now)
      .filter(([name, value]) => before[name] !== value)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** What there is to see where the filter did not start. */
export const NOT_STARTED: Observation = {
  started: false,
  answers: [],
  upstream: [],
  callouts: {},
  log: [],
  metrics: {},
};

/** The cluster that a trace's listener sends to. */
export function upstreamOf(trace: Trace, file: TraceFile): string {
  return clusterName(listenerName(trace, file));
}

export function listenerName(trace: Trace, file: TraceFile): string {
  return `trace-${file.traces.indexOf(trace)}`;
}

/** The VM of a trace's own. */
export function vmIdOf(trace: Trace, index: number): string {
  return trace.plugin?.vmId ?? `trace-${index}`;
}

export const PLUGIN_NAME = "traced";

/** How old a VM that trapped must be to be replaced. (Of an interval of 1 ms Envoy 1.40 dies.) */
export const RELOAD_BACKOFF_MS = 4;
