// AssemblyScript: a filter that asks the host for what would end Envoy, or what is another stream's, for guards.test.ts and
// runtime-tests/traces/sdk-guards.trace.yaml. A request's path says what it does.
import {
  Body,
  Context,
  DataAction,
  Headers,
  HeadersAction,
  HttpCall,
  HttpCallResponse,
  HttpContext,
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
  private waiting: Stream[] = [];
  private held: Stream | null = null;

  override createContext(): Context | null {
    return new Stream(this);
  }

  wait(stream: Stream): void {
    this.waiting.push(stream);
    if (this.waiting.length == 2) setTickPeriod(20);
  }

  hold(stream: Stream): void {
    this.held = stream;
  }

  /** Lets go of the stream that is held, or answers it, in another one's last callback. */
  release(path: string): void {
    const held = this.held;
    this.held = null;
    if (held === null || !held.activate()) return;
    const status = path == "/release" ? held.continueRequest() : sendLocalResponse(429, "busy", "d");
    say(`released ${<i32>status}`);
  }

  /** Reads and changes the headers of streams one behind the other. */
  override onTick(): void {
    setTickPeriod(0);
    const all = this.waiting;
    this.waiting = [];
    for (let i = 0; i < all.length; i++) {
      const stream = all[i];
      if (!stream.activate()) continue;
      const path = stream.requestHeaders.get(":path");
      say(`tick ${path === null ? "none" : path.toString()}`);
      stream.requestHeaders.set("x-tick", i.toString());
    }
    for (let i = 0; i < all.length; i++) {
      const stream = all[i];
      if (!stream.activate()) continue;
      const tick = stream.requestHeaders.get("x-tick");
      say(`tick ${i} ${tick === null ? "none" : tick.toString()}`);
      stream.continueRequest();
    }
  }
}

class Stream extends HttpContext {
  private path: string = "";

  constructor(private root: Root) {
    super();
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const path = headers.get(":path");
    if (path !== null) this.path = path.toString();
    if (this.path == "/early") say(`early ${<i32>this.continueResponse()}`);
    if (this.path == "/twice") {
      say(`twice ${<i32>this.continueRequest()} ${<i32>this.continueRequest()}`);
      return HeadersAction.Continue;
    }
    if (this.path == "/undone") {
      say(`undone ${<i32>this.continueRequest()}`);
      return HeadersAction.StopAllIterationAndWatermark;
    }
    if (this.path == "/answered") {
      say(
        `answered ${<i32>sendLocalResponse(403, "first", "d")} ${<i32>sendLocalResponse(500, "second", "d")}`,
      );
      return HeadersAction.StopIteration;
    }
    if (this.path == "/answered-go") {
      say(`answered-go ${<i32>sendLocalResponse(403, "no", "d")} ${<i32>this.continueRequest()}`);
      return HeadersAction.StopIteration;
    }
    if (this.path.startsWith("/call")) return this.call();
    if (this.path == "/hold") {
      this.root.hold(this);
      return HeadersAction.StopAllIterationAndWatermark;
    }
    if (this.path.startsWith("/tick")) {
      this.root.wait(this);
      return HeadersAction.StopAllIterationAndWatermark;
    }
    return HeadersAction.Continue;
  }

  private call(): HeadersAction {
    const asked = this.httpCall(new HttpCall("auth")) == Status.Ok;
    return asked ? HeadersAction.StopAllIterationAndWatermark : HeadersAction.Continue;
  }

  override onHttpCallResponse(tag: u32, response: HttpCallResponse): void {
    if (this.path == "/call") {
      say(`call ${<i32>this.continueResponse()} ${<i32>this.continueRequest()}`);
    } else if (this.path == "/call-answer-go") {
      say(`call-answer-go ${<i32>sendLocalResponse(403, "no", "d")} ${<i32>this.continueRequest()}`);
    } else if (this.path == "/call-answer") {
      const first = <i32>sendLocalResponse(403, "no", "d");
      say(`call-answer ${first} ${<i32>sendLocalResponse(403, "no", "d")} ${<i32>this.continueResponse()}`);
    } else {
      say(`held ${<i32>this.continueResponse()}`);
    }
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    if (this.path == "/response-twice") {
      say(`response ${<i32>this.continueResponse()}`);
      return HeadersAction.Continue;
    }
    if (this.path == "/response-undone") {
      say(`response ${<i32>this.continueResponse()}`);
      return HeadersAction.StopAllIterationAndWatermark;
    }
    return this.path == "/held-headers" ? this.call() : HeadersAction.Continue;
  }

  override onResponseBody(body: Body, endOfStream: bool): DataAction {
    if (this.path == "/held-body") {
      if (!endOfStream) return DataAction.StopIterationAndBuffer;
      this.call();
      return DataAction.StopIterationAndBuffer;
    }
    if (this.path == "/body-answers" && endOfStream) {
      say(`body ${<i32>sendLocalResponse(500, "a", "d")} ${<i32>sendLocalResponse(500, "b", "d")}`);
      return DataAction.StopIterationNoBuffer;
    }
    return this.path == "/body-answers" ? DataAction.StopIterationAndBuffer : DataAction.Continue;
  }

  override onLog(): void {
    const late = `${<i32>this.continueRequest()} ${<i32>this.continueResponse()} ${<i32>this.resetStream()}`;
    say(`log ${late} ${<i32>sendLocalResponse(500, "", "late")}`);
    if (this.path.startsWith("/release")) this.root.release(this.path);
  }
}

registerFilter(() => new Root());
