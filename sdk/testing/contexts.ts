// AssemblyScript: a filter that makes a context for each stream and says all that happens to it, for contexts.test.ts.
import {
  Body,
  Bytes,
  calloutMessage,
  Context,
  GrpcStatus,
  GrpcStream,
  Headers,
  HeadersAction,
  HttpCall,
  HttpCallResponse,
  HttpContext,
  lastStatus,
  log,
  LogLevel,
  registerFilter,
  sendLocalResponse,
  setTickPeriod,
  Status,
} from "proxy-wasm-assemblyscript-sdk";

function say(text: string): void {
  log(LogLevel.Info, text);
}

class Root extends Context {
  name: string = "";
  private streams: Stream[] = [];

  override onConfigure(configuration: Bytes): bool {
    this.name = configuration.toString();
    setTickPeriod(1000);
    say(`configured ${this.name}`);
    return this.name != "refused";
  }

  override createContext(): Context | null {
    if (this.name == "shared") return null;
    const stream = new Stream(this);
    this.streams.push(stream);
    return stream;
  }

  /** Answers every stream that waits. */
  override onTick(): void {
    for (let i = 0; i < this.streams.length; i++) {
      const stream = this.streams[i];
      if (stream.waiting && stream.activate()) sendLocalResponse(504, "", "tick:tired");
    }
  }

  /** Opens a stream of this object's own, from whichever callback. */
  openShared(): GrpcStream | null {
    return this.grpcStream("rpc", "pkg.Service", "Chat", 9);
  }

  override onGrpcMessage(tag: u32, message: Body): void {
    const bytes = message.get();
    say(`root message ${tag} ${bytes === null ? "none" : bytes.toString()}`);
  }

  override onGrpcClose(tag: u32, status: GrpcStatus): void {
    say(`root closed ${tag} ${<i32>status}`);
  }

  override onDone(): bool {
    say(`done ${this.name}`);
    return true;
  }

  remove(stream: Stream): void {
    const index = this.streams.indexOf(stream);
    if (index >= 0) this.streams.splice(index, 1);
  }

  override onHttpCallResponse(tag: u32, response: HttpCallResponse): void {
    say(`root response ${tag} ${response.status}`);
  }
}

class Stream extends HttpContext {
  waiting: bool = false;
  private grpc: GrpcStream | null = null;

  constructor(private root: Root) {
    super();
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const path = headers.get(":path");
    if (path === null) return HeadersAction.Continue;
    if (path.equals("/call")) return this.call("one");
    if (path.equals("/unknown")) return this.call("nobody");
    if (path.equals("/wait")) {
      this.waiting = true;
      return HeadersAction.StopAllIterationAndWatermark;
    }
    if (path.equals("/grpc")) {
      const status = this.grpcCall("rpc", "pkg.Service", "Get", "question", 1000, 7);
      say(`${this.root.name} grpc ${<i32>status}`);
      return HeadersAction.StopAllIterationAndWatermark;
    }
    if (path.equals("/grpc-stream")) {
      this.grpc = this.grpcStream("rpc", "pkg.Service", "Chat", 8);
      const stream = this.grpc;
      if (stream === null) say(`no stream ${<i32>lastStatus()}`);
      else say(`sent ${<i32>stream.send("hello")}`);
      return HeadersAction.StopAllIterationAndWatermark;
    }
    if (path.equals("/grpc-first")) {
      this.grpcStream("rpc", "pkg.Service", "Chat", 10);
      return HeadersAction.StopAllIterationAndWatermark;
    }
    if (path.equals("/grpc-shared")) {
      const shared = this.root.openShared();
      if (shared !== null) shared.send("shared");
    }
    say(`${this.root.name} ${path.toString()}`);
    return HeadersAction.Continue;
  }

  private call(cluster: string): HeadersAction {
    const call = new HttpCall(cluster, "POST", "/check", "auth.test")
      .header("x-user", "kim")
      .trailer("x-end", "1")
      .body("who")
      .timeout(5000);
    const status = this.httpCall(call, 1);
    say(`${this.root.name} call ${<i32>status}`);
    return status == Status.Ok ? HeadersAction.StopAllIterationAndWatermark : HeadersAction.Continue;
  }

  override onHttpCallResponse(tag: u32, response: HttpCallResponse): void {
    const body = response.body.get();
    const text = body === null ? "no body" : body.toString();
    say(
      `${this.root.name} response ${tag} ${response.status} ${text} ${response.failed} ${response.hasTrailers}`,
    );
    if (tag == 1) {
      this.httpCall(new HttpCall("two"), 2);
      return;
    }
    this.continueRequest();
  }

  override onGrpcInitialMetadata(tag: u32, metadata: Headers): void {
    const kind = metadata.get("x-kind");
    say(`metadata ${tag} ${kind === null ? "none" : kind.toString()}`);
  }

  override onGrpcMessage(tag: u32, message: Body): void {
    const bytes = message.get();
    say(`message ${tag} ${bytes === null ? "none" : bytes.toString()}`);
    if (tag == 7) this.continueRequest();
    if (tag == 10) sendLocalResponse(200, "", "grpc:first");
  }

  override onGrpcTrailingMetadata(tag: u32, metadata: Headers): void {
    say(`trailing ${tag}`);
  }

  override onGrpcClose(tag: u32, status: GrpcStatus): void {
    say(`closed ${tag} ${<i32>status} ${calloutMessage().toString()}`);
    const stream = this.grpc;
    if (stream !== null)
      say(`open ${stream.open} ${<i32>stream.send("late")} ${<i32>stream.close()} ${<i32>stream.cancel()}`);
    this.continueRequest();
  }

  override onDelete(): void {
    this.root.remove(this);
    const late = sendLocalResponse(500, "", "late");
    if (late != Status.BadArgument) say("a late response");
    say(`${this.root.name} deleted`);
  }
}

registerFilter(() => new Root());
