/** The callouts of one VM that are under way: their tokens, and the callbacks on the root context that end them. */
import { Status } from "../abi.ts";
import { fromBytes, lowerCase, NO_BYTES } from "../bytes.ts";
import { HeaderMap } from "../header-map.ts";
import { addJoined, INLINE_REQUEST_HEADERS } from "../inline-headers.ts";
import type { Machine } from "../machine.ts";
import { ProtobufMessage } from "../protobuf.ts";
import type { RootContext } from "../stream-context.ts";
import { Upstream } from "../proxy/upstream.ts";
import type { CalloutMessage, Clusters, ClusterTarget, GrpcStart, GrpcUpstream } from "./cluster.ts";
import { GrpcCall, type GrpcEvents } from "./grpc-call.ts";
import { GrpcClient, GrpcStatus, unavailable } from "./grpc-client.ts";
import { sendHttp, type HttpOutcome } from "./http-client.ts";

/** As Envoy, the lowest two bits of a token tell what it stands for. */
const TOKEN_STEP = 4;
const TOKEN_KIND = 3;
const GRPC_CALL = 1;
const GRPC_STREAM = 2;

/** Fields of `envoy.config.core.v3.GrpcService`. */
const ENVOY_GRPC = 1;
const GOOGLE_GRPC = 2;

/** What a gRPC close says of a cluster without a host. */
const NO_HOST = "no healthy upstream{no_healthy_upstream}";

interface GrpcService {
  readonly upstream: GrpcUpstream;
  readonly authority: string;
}

/** What `grpc_call` and `grpc_stream` are given. */
export interface GrpcRequest {
  /** A cluster's name, or a serialised `GrpcService`. */
  service: Uint8Array;
  /** `/package.Service/Method`. */
  path: string;
  metadata: HeaderMap;
}

type OnHttpCallResponse = (
  context: number,
  token: number,
  headers: number,
  bodySize: number,
  trailers: number,
) => void;

/**
 * There is no bound on how many callouts may be open, as there is none in Envoy (where the cluster's circuit breakers
 * bound what is sent).
 */
export class Callouts {
  private readonly machine: Machine;
  private readonly clusters: Clusters;
  private readonly upstreams = new Map<string, Upstream>();
  /** By token, how to give up. */
  private readonly open = new Map<number, () => void>();
  private readonly grpc = new Map<number, GrpcCall>();
  private readonly grpcClients = new Map<string, GrpcClient>();
  private lastHttpToken = 0;
  private lastGrpcCallToken: number = GRPC_CALL;
  private lastGrpcStreamToken: number = GRPC_STREAM;

  constructor(machine: Machine, clusters: Clusters) {
    this.machine = machine;
    this.clusters = clusters;
  }

  /** How many callouts wait for their end. */
  get size(): number {
    return this.open.size + this.grpc.size;
  }

  /** Starts an HTTP callout; `started` is told its token. Answers a status. */
  http(
    cluster: string,
    message: CalloutMessage,
    timeoutMs: number,
    started: (token: number) => number,
  ): number {
    const target = this.clusters.get(cluster);
    if (timeoutMs < 0 || target === undefined || (target !== null && isGrpc(target)))
      return Status.BadArgument;
    const { headers, body } = message;
    for (const name of [":path", ":method", ":authority"])
      if (headers.get(name) === undefined) return Status.BadArgument;
    if (body.length > 0) headers.set("content-length", String(body.length));
    const token = (this.lastHttpToken += TOKEN_STEP);
    // Envoy answers this one there and then, to nobody.
    if (target === null) return Status.InternalFailure;
    const { root } = this.machine;
    try {
      const upstream = typeof target === "function" ? target : this.upstreamOf(cluster, target);
      const { timers } = this.machine.options;
      const cancel = sendHttp(upstream, message, timeoutMs, timers, (outcome) =>
        this.finishHttp(root, token, outcome),
      );
      this.open.set(token, cancel);
    } catch {
      return Status.InternalFailure;
    }
    return started(token);
  }

  /** Gives up everything under way; no callback follows. */
  close(): void {
    for (const cancel of this.open.values()) cancel();
    this.open.clear();
    for (const call of this.grpc.values()) call.cancel();
    this.grpc.clear();
    for (const upstream of [...this.upstreams.values(), ...this.grpcClients.values()]) upstream.close();
    this.upstreams.clear();
    this.grpcClients.clear();
  }

  /** Starts a unary call; its end is one message, or a close with a status that says why there is none. */
  grpcCall(
    request: GrpcRequest,
    message: Uint8Array,
    timeoutMs: number,
    started: (token: number) => number,
  ): number {
    const service = this.grpcService(request.service);
    if (typeof service === "number") return service;
    const token = (this.lastGrpcCallToken += TOKEN_STEP);
    const { root } = this.machine;
    if ("refusal" in service) return this.refuseGrpc(root, token, service.refusal);
    let response: Uint8Array | undefined;
    const status = this.startGrpc(token, service, request, timeoutMs, {
      metadata: () => {},
      message: (bytes) => (response = bytes),
      trailers: () => {},
      closed: (code, why) => {
        this.grpc.delete(token);
        if (code !== GrpcStatus.Ok) this.tellClosed(root, token, code, why);
        else if (response === undefined) this.tellClosed(root, token, GrpcStatus.Internal, "");
        else this.tellMessage(root, token, response);
      },
    });
    if (status !== Status.Ok) return status;
    const call = this.grpc.get(token);
    call?.send(message, true);
    if (timeoutMs > 0) call?.expireAfter(timeoutMs, this.machine.options.timers);
    return started(token);
  }

  /** Starts a stream of messages both ways. */
  grpcStream(request: GrpcRequest, started: (token: number) => number): number {
    const service = this.grpcService(request.service);
    if (typeof service === "number") return service;
    const token = (this.lastGrpcStreamToken += TOKEN_STEP);
    const { root } = this.machine;
    if ("refusal" in service) {
      if (service.refusal === NO_HOST) {
        // There and then, within the filter's own call.
        this.tellMetadata(root, token, "initial", new HeaderMap());
        this.tellMetadata(root, token, "trailing", unavailable("no healthy upstream"));
      }
      return this.refuseGrpc(root, token, service.refusal);
    }
    const status = this.startGrpc(token, service, request, 0, {
      metadata: (headers) => this.tellMetadata(root, token, "initial", headers),
      message: (bytes) => this.tellMessage(root, token, bytes),
      trailers: (headers) => this.tellMetadata(root, token, "trailing", headers),
      closed: (code, why) => {
        this.tellClosed(root, token, code, why);
        if (this.grpc.get(token)?.localClosed === true) this.grpc.delete(token);
      },
    });
    return status === Status.Ok ? started(token) : status;
  }

  /** The call fails, and its close is told all the same, under a token that the filter was never given. */
  private refuseGrpc(root: RootContext, token: number, why: string): number {
    queueMicrotask(() => this.tellClosed(root, token, GrpcStatus.Unavailable, why));
    return Status.InternalFailure;
  }

  grpcSend(token: number, message: Uint8Array, end: boolean): number {
    if ((token & TOKEN_KIND) !== GRPC_STREAM) return Status.BadArgument;
    const stream = this.grpc.get(token);
    if (stream === undefined) return Status.NotFound;
    stream.send(message, end);
    return Status.Ok;
  }

  /** Ends the filter's side of a stream; of a unary call it is a cancel. */
  grpcClose(token: number): number {
    if ((token & TOKEN_KIND) !== GRPC_STREAM) return this.grpcCancel(token);
    const stream = this.grpc.get(token);
    if (stream === undefined) return Status.NotFound;
    stream.close();
    if (stream.remoteClosed) this.grpc.delete(token);
    return Status.Ok;
  }

  grpcCancel(token: number): number {
    const kind = token & TOKEN_KIND;
    if (kind !== GRPC_CALL && kind !== GRPC_STREAM) return Status.BadArgument;
    const call = this.grpc.get(token);
    if (call === undefined) return Status.NotFound;
    call.cancel();
    this.grpc.delete(token);
    return Status.Ok;
  }

  private startGrpc(
    token: number,
    service: GrpcService,
    request: GrpcRequest,
    timeoutMs: number,
    events: GrpcEvents,
  ): number {
    const metadata = new HeaderMap([
      ["content-type", "application/grpc"],
      ["te", "trailers"],
    ]);
    if (timeoutMs > 0) metadata.add("grpc-timeout", `${timeoutMs}m`);
    for (const [name, value] of request.metadata.entries()) metadata.add(name, value);
    const start: GrpcStart = { path: request.path, authority: service.authority, metadata };
    try {
      this.grpc.set(token, new GrpcCall(service.upstream, start, events));
      return Status.Ok;
    } catch {
      return Status.InternalFailure;
    }
  }

  /** Who is meant. Like Envoy it takes for a name what is no message, and for a message what happens to be one. */
  private grpcService(bytes: Uint8Array): GrpcService | { refusal: string } | number {
    const service = ProtobufMessage.parse(bytes);
    if (service !== undefined && !service.has(ENVOY_GRPC) && !service.has(GOOGLE_GRPC))
      throw new Error("a gRPC service that is a `GrpcService` without a target crashes Envoy");
    const envoyGrpc = service === undefined ? undefined : ProtobufMessage.parse(service.bytes(ENVOY_GRPC));
    const name = fromBytes(envoyGrpc?.bytes(1) ?? bytes);
    const target = this.clusters.get(name);
    if (target === null) return { refusal: NO_HOST };
    if (target === undefined || typeof target === "function")
      return envoyGrpc === undefined ? Status.ParseFailure : { refusal: "Cluster not available" };
    const authority = fromBytes(envoyGrpc?.bytes(2) ?? NO_BYTES) || name;
    return { upstream: this.grpcUpstream(name, target), authority };
  }

  private grpcUpstream(cluster: string, target: URL | GrpcUpstream): GrpcUpstream {
    if (isGrpc(target)) return target;
    let client = this.grpcClients.get(cluster);
    if (client === undefined) this.grpcClients.set(cluster, (client = new GrpcClient(target)));
    return client;
  }

  private tellMetadata(
    root: RootContext,
    token: number,
    which: "initial" | "trailing",
    headers: HeaderMap,
  ): void {
    const { machine } = this;
    const callback = machine.callback(`proxy_on_grpc_receive_${which}_metadata`);
    if (callback === undefined) return;
    root[which === "initial" ? "grpcMetadata" : "grpcTrailers"] = headers;
    machine.runByItself(root, () => callback(root.id, token, headers.size));
    root.grpcMetadata = root.grpcTrailers = null;
  }

  private tellMessage(root: RootContext, token: number, message: Uint8Array): void {
    const { machine } = this;
    const callback = machine.callback("proxy_on_grpc_receive");
    if (callback === undefined) return;
    root.grpcMessage = message;
    machine.runByItself(root, () => callback(root.id, token, message.length));
    root.grpcMessage = null;
  }

  private tellClosed(root: RootContext, token: number, status: number, message: string): void {
    const { machine } = this;
    const callback = machine.callback("proxy_on_grpc_close");
    if (callback === undefined) return;
    root.statusCode = status;
    root.statusMessage = message;
    machine.runByItself(root, () => callback(root.id, token, status));
    root.statusMessage = "";
  }

  private finishHttp(root: RootContext, token: number, outcome: HttpOutcome): void {
    const { machine } = this;
    if (!this.open.delete(token)) return;
    const callback = machine.callback("proxy_on_http_call_response") as OnHttpCallResponse | undefined;
    if (outcome === null) {
      root.statusCode = Status.BrokenConnection;
      root.statusMessage = "reset";
    }
    if (callback !== undefined) {
      root.httpCall = outcome;
      const counts = [outcome?.headers.size, outcome?.body.length, outcome?.trailers.size] as const;
      const [headers = 0, bodySize = 0, trailers = 0] = counts;
      machine.runByItself(root, () => callback(root.id, token, headers, bodySize, trailers));
      root.httpCall = null;
    }
    root.statusMessage = "";
  }

  private upstreamOf(cluster: string, url: URL): Upstream {
    let upstream = this.upstreams.get(cluster);
    if (upstream === undefined) this.upstreams.set(cluster, (upstream = new Upstream(url)));
    return upstream;
  }
}

/** Headers of a request as Envoy builds them from pairs. */
export function fillRequestHeaders(
  headers: HeaderMap,
  pairs: Iterable<readonly [string, string]>,
): HeaderMap {
  for (const [name, value] of pairs) {
    const lower = lowerCase(name);
    addJoined(headers, lower === "host" ? ":authority" : lower, value, INLINE_REQUEST_HEADERS);
  }
  return headers;
}

function isGrpc(target: ClusterTarget): target is GrpcUpstream {
  return "grpc" in target;
}
