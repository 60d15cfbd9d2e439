// grpc-stream: reports each request on one long gRPC stream for each worker, and has bodies under /upload/ scanned on a
// stream for each request (reports.proto). Reports never hold a request up; an upload passes only when it was found clean.
import {
  Body,
  Bytes,
  calloutMessage,
  Context,
  Counter,
  DataAction,
  GrpcStatus,
  GrpcStream,
  Headers,
  HeadersAction,
  HttpContext,
  log,
  LogLevel,
  registerFilter,
  sendLocalResponse,
  setTickPeriod,
  TrailersAction,
} from "proxy-wasm-assemblyscript-sdk";
import { acknowledged, isClean, piece, summary } from "./messages";
import { Window } from "./window";

const CLUSTER = "reports";
const SERVICE = "tollgate.example.reports.v1.Reports";
const TICK_MILLISECONDS: u32 = 100;
/** From one attempt to the next, in ticks, twice as many after each that failed: 0.1 s to 12.8 s. */
const MOST_TICKS: u32 = 128;
/** Summaries that wait for their acknowledgement; while there are so many, others are left out. */
const MOST_SUMMARIES = 256;
/** How long a verdict may take once the body is there, in ticks. */
const PATIENCE_TICKS: u64 = 50;
/** The proxy keeps what the server is too slow for, so this bounds what one upload costs. */
const MOST_UPLOAD_BYTES: u64 = 10 * 1024 * 1024;

class GrpcStreamFilter extends Context {
  readonly uploads: Counter = new Counter("grpc_stream.uploads");
  private readonly opened: Counter = new Counter("grpc_stream.opened");
  private readonly acknowledged: Counter = new Counter("grpc_stream.acknowledged");
  private readonly dropped: Counter = new Counter("grpc_stream.dropped");
  private readonly window: Window = new Window(MOST_SUMMARIES);
  private readonly waiting: Map<u32, Stream> = new Map<u32, Stream>();
  private stream: GrpcStream | null = null;
  private ticks: u64 = 0;
  private pause: u32 = 0;
  private nextPause: u32 = 1;

  override onConfigure(configuration: Bytes): bool {
    setTickPeriod(TICK_MILLISECONDS);
    return true;
  }

  override createContext(): Context | null {
    return new Stream(this);
  }

  /** Sends a summary, now or when the server is there again. */
  report(method: Bytes | null, path: Bytes | null, status: u32): void {
    const window = this.window;
    if (window.full) {
      this.dropped.increment();
      return;
    }
    window.add(summary(window.next, method, path, status));
    const stream = this.stream;
    if (stream !== null) stream.send(window.at(window.length - 1));
    // The main thread's VM and a worker without requests open none.
    else if (this.pause == 0) this.open();
  }

  // Although a request's callback may lead here, the stream is this object's and outlives the request.
  private open(): void {
    const stream = this.grpcStream(CLUSTER, SERVICE, "Report");
    this.stream = stream;
    if (stream === null) return this.broke("no cluster '" + CLUSTER + "'");
    this.opened.increment();
    // A server that is away is noticed later (`onGrpcClose`); until then all counts as sent.
    for (let i = 0; i < this.window.length; i++) stream.send(this.window.at(i));
  }

  override onGrpcMessage(tag: u32, message: Body): void {
    const bytes = message.get();
    const count = bytes !== null ? this.window.acknowledge(acknowledged(bytes)) : 0;
    if (count == 0) return;
    this.acknowledged.increment(count);
    // Only now it is sure that the server is of use.
    this.nextPause = 1;
  }

  override onGrpcClose(tag: u32, status: GrpcStatus): void {
    this.stream = null;
    this.broke("status " + status.toString() + " " + calloutMessage().toString());
  }

  private broke(why: string): void {
    this.pause = this.nextPause;
    this.nextPause = min(this.nextPause * 2, MOST_TICKS);
    log(LogLevel.Info, "grpc-stream: the stream broke: " + why);
  }

  override onTick(): void {
    this.ticks++;
    if (this.pause > 0 && --this.pause == 0 && this.window.length > 0) this.open();
    if (this.waiting.size > 0) this.giveUp();
  }

  /** Notes an upload whose verdict is due. */
  await(upload: Stream): void {
    upload.deadline = this.ticks + PATIENCE_TICKS;
    this.waiting.set(upload.id, upload);
  }

  /** Forgets it. */
  settled(upload: Stream): void {
    this.waiting.delete(upload.id);
  }

  /** Refuses uploads whose verdict does not come. A gRPC stream has no timeout of its own. */
  private giveUp(): void {
    const uploads = this.waiting.values();
    for (let i = 0; i < uploads.length; i++) {
      const upload = uploads[i];
      if (upload.deadline <= this.ticks && upload.activate()) upload.refuse(503, "grpc_stream:no_verdict");
    }
  }
}

class Stream extends HttpContext {
  deadline: u64 = 0;
  private scan: GrpcStream | null = null;
  private bytes: u64 = 0;
  private complete: bool = false;
  private decided: bool = false;

  constructor(private readonly filter: GrpcStreamFilter) {
    super();
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const path = headers.get(":path");
    if (endOfStream || path === null || !path.startsWith("/upload/")) return HeadersAction.Continue;
    this.filter.uploads.increment();
    this.scan = this.grpcStream(CLUSTER, SERVICE, "Scan");
    if (this.scan === null) this.refuse(503, "grpc_stream:no_cluster");
    return HeadersAction.Continue;
  }

  // The pieces pass while they are scanned; what has to wait for the verdict is the last one, without which the upstream
  // has no request.
  override onRequestBody(body: Body, endOfStream: bool): DataAction {
    const scan = this.scan;
    if (scan === null || this.decided) return DataAction.Continue;
    this.bytes += body.size;
    const content = body.get();
    if (content === null || this.bytes > MOST_UPLOAD_BYTES) {
      this.refuse(413, "grpc_stream:too_large");
      return DataAction.StopIterationNoBuffer;
    }
    if (content.size > 0) scan.send(piece(content));
    if (!endOfStream) return DataAction.Continue;
    this.finish(scan);
    return DataAction.StopIterationAndWatermark;
  }

  override onRequestTrailers(trailers: Headers): TrailersAction {
    const scan = this.scan;
    if (scan === null || this.decided) return TrailersAction.Continue;
    this.finish(scan);
    return TrailersAction.StopIteration;
  }

  private finish(scan: GrpcStream): void {
    this.complete = true;
    scan.close();
    this.filter.await(this);
  }

  override onGrpcMessage(tag: u32, message: Body): void {
    if (this.decided) return;
    const bytes = message.get();
    if (bytes === null || !isClean(bytes)) return this.refuse(403, "grpc_stream:not_clean");
    this.decide();
    if (this.complete) this.continueRequest();
  }

  override onGrpcClose(tag: u32, status: GrpcStatus): void {
    if (!this.decided) this.refuse(503, "grpc_stream:status_" + status.toString());
  }

  refuse(status: u32, details: string): void {
    this.decide();
    sendLocalResponse(status, "", details);
  }

  private decide(): void {
    this.decided = true;
    this.filter.settled(this);
  }

  // However the request ended.
  override onLog(): void {
    const status = this.responseHeaders.get(":status");
    const headers = this.requestHeaders;
    this.filter.report(
      headers.get(":method"),
      headers.get(":path"),
      status === null ? 0 : <u32>status.toInteger(0),
    );
  }

  override onDelete(): void {
    this.filter.settled(this);
  }
}

registerFilter(() => new GrpcStreamFilter());
