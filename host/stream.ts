import { DataAction, HeadersAction, LogLevel } from "./abi.ts";
import { concatBytes, NO_BYTES } from "./bytes.ts";
import { Direction } from "./direction.ts";
import { HeaderMap } from "./header-map.ts";
import type { LocalResponse } from "./local-response.ts";
import type { GuestFunction, Machine } from "./machine.ts";
import type { StreamContext } from "./stream-context.ts";
import type { StreamInfo } from "./stream-info.ts";

/**
 * What a filter decided.
 * - `continue`: go on with the headers as they are now.
 * - `pause`: wait until {@link StreamListener.continued}; `buffer` says whether Envoy would keep reading the body
 *   into its buffer (true) or stop the sender (false).
 * - `local-response`: answer with this and nothing else.
 * - `reset`: the filter closed the stream; drop the connection without an answer.
 * - `failed`: the VM trapped, now or earlier; answer 503 with the details `wasm_fail_stream`.
 */
export type StreamResult =
  | { readonly kind: "continue" }
  | { readonly kind: "pause"; readonly buffer: boolean }
  | { readonly kind: "local-response"; readonly response: LocalResponse }
  | { readonly kind: "reset" }
  | { readonly kind: "failed" };

/**
 * As {@link StreamResult}, where `continue` carries the bytes to send on now: what was held back, then the chunk, as
 * the filter left them; headers that waited go ahead of them. With `pause` the bytes are held back, or dropped where
 * the filter said so; `buffer` true: go on calling with the chunks that come, false: stop reading until
 * {@link StreamListener.continued}.
 */
export type BodyResult =
  | {
      readonly kind: "continue";
      readonly body: Uint8Array;
      /** Trailers that the filter gave a message that had none: they end it, not the body. */
      readonly trailers?: HeaderMap;
    }
  | Exclude<StreamResult, { readonly kind: "continue" }>;

/** What ends a stream. */
export type StreamEnd = Extract<StreamResult, { kind: "local-response" | "reset" | "failed" }>;

/** Told what other callbacks (a timer, another stream) decide about a paused stream. */
export interface StreamListener {
  /**
   * A paused side goes on: headers that waited, then `body`, which was held back, then `trailers` if there are any.
   * `endOfStream`: that is all of the message.
   */
  continued(side: "request" | "response", body: Uint8Array, endOfStream: boolean, trailers?: HeaderMap): void;
  /** The stream is answered, reset or failed. */
  ended(result: StreamEnd): void;
}

/** An answer that is none of a callback's, and stops everything. */
const STOP = 0x7fffffff;

const NO_RESPONSE_YET = "`proxy_continue_stream` of a response that does not exist yet crashes Envoy";
const RESPONSE_TWICE =
  "`proxy_continue_stream` in `proxy_on_response_headers` that then answers Continue crashes Envoy";
const REQUEST_TWICE =
  "`proxy_continue_stream` in `proxy_on_request_headers` that then answers Continue: Envoy sends the request twice";

const CONTINUE: StreamResult = Object.freeze({ kind: "continue" });
const PAUSE: StreamResult & { kind: "pause" } = Object.freeze({ kind: "pause", buffer: false });
const PAUSE_AND_BUFFER: StreamResult & { kind: "pause" } = Object.freeze({ kind: "pause", buffer: true });
const RESET: StreamResult & { kind: "reset" } = Object.freeze({ kind: "reset" });
const FAILED: StreamResult & { kind: "failed" } = Object.freeze({ kind: "failed" });

/** @internal The stream callbacks a module exports, looked up once per VM. */
export interface StreamCallbacks {
  requestHeaders: GuestFunction | undefined;
  requestBody: GuestFunction | undefined;
  requestTrailers: GuestFunction | undefined;
  responseHeaders: GuestFunction | undefined;
  responseBody: GuestFunction | undefined;
  responseTrailers: GuestFunction | undefined;
  log: GuestFunction | undefined;
  done: GuestFunction | undefined;
  delete: GuestFunction | undefined;
}

/** @internal */
export function streamCallbacks(machine: Machine): StreamCallbacks {
  return {
    requestHeaders: machine.callback("proxy_on_request_headers"),
    requestBody: machine.callback("proxy_on_request_body"),
    requestTrailers: machine.callback("proxy_on_request_trailers"),
    responseHeaders: machine.callback("proxy_on_response_headers"),
    responseBody: machine.callback("proxy_on_response_body"),
    responseTrailers: machine.callback("proxy_on_response_trailers"),
    log: machine.callback("proxy_on_log"),
    done: machine.callback("proxy_on_done"),
    delete: machine.callback("proxy_on_delete"),
  };
}

/**
 * One request and its response going through a filter. Call the phases in the order in which the messages arrive;
 * a phase whose callback the filter does not export costs nothing. After `close` the stream is gone.
 */
export class HttpStream {
  /** Set to hear what happens to the stream while it pauses. */
  listener: StreamListener | undefined = undefined;
  /**
   * Envoy's `allow_on_headers_stop_iteration`: StopIteration on headers holds the headers only, and the filter goes on
   * to see the body. Otherwise it holds everything.
   */
  allowOnHeadersStopIteration = false;

  private readonly machine: Machine;
  private readonly callbacks: StreamCallbacks;
  private readonly context: StreamContext;
  private readonly request = new Direction();
  private readonly response = new Direction();
  private seenRequest: HeaderMap | null = null;
  private seenResponse: HeaderMap | null = null;
  private seenTrailers: HeaderMap | null = null;
  private calls = 0;
  /** Whether nobody else keeps the exchange's numbers. */
  private counts = true;
  private closed = false;

  /** @internal */
  constructor(machine: Machine, callbacks: StreamCallbacks, context: StreamContext) {
    this.machine = machine;
    this.callbacks = callbacks;
    this.context = context;
    context.owner = this;
  }

  /** How many host calls this stream's callbacks made so far. */
  get hostCalls(): number {
    return this.calls;
  }

  /** Whether the filter looks at the request's body or holds it back; where false, `requestBody` only hands it back. */
  get readsRequestBody(): boolean {
    return this.callbacks.requestBody !== undefined || this.request.stopped;
  }

  /** As {@link readsRequestBody}, for the response. */
  get readsResponseBody(): boolean {
    return this.callbacks.responseBody !== undefined || this.response.stopped;
  }

  /** The request's headers, pseudo headers first; the filter changes `headers` in place. */
  requestHeaders(headers: HeaderMap, endOfStream: boolean): StreamResult {
    this.seenRequest = headers;
    return this.headers("request", headers, endOfStream);
  }

  /** A piece of the request's body. */
  requestBody(chunk: Uint8Array, endOfStream: boolean): BodyResult {
    return this.body("request", chunk, endOfStream);
  }

  /** The request's trailers; the stream ends with them. `continue` carries what was held back of the body. */
  requestTrailers(trailers: HeaderMap): BodyResult {
    return this.trailers("request", trailers);
  }

  /** The response's headers, `:status` first; also for a local response, as in Envoy. */
  responseHeaders(headers: HeaderMap, endOfStream: boolean): StreamResult {
    this.seenResponse = headers;
    return this.headers("response", headers, endOfStream);
  }

  /** A piece of the response's body. */
  responseBody(chunk: Uint8Array, endOfStream: boolean): BodyResult {
    return this.body("response", chunk, endOfStream);
  }

  /** The response's trailers; the stream ends with them. `continue` carries what was held back of the body. */
  responseTrailers(trailers: HeaderMap): BodyResult {
    this.seenTrailers = trailers;
    return this.trailers("response", trailers);
  }

  /** What filters see of the exchange as a whole. Set it to share one among the streams of an exchange. */
  set info(info: StreamInfo) {
    this.context.info = info;
    this.counts = false;
  }

  /** Another response goes to the client without passing the filter: `on_log` sees its headers. */
  answered(headers: HeaderMap): void {
    this.seenResponse = headers;
  }

  /**
   * Ends the stream: `on_log`, `on_done`, `on_delete`, in Envoy's order. `details` are the response-code details that
   * the filter may read as a property in `on_log`. Closing twice does nothing.
   */
  close(details?: string): void {
    if (this.closed) return;
    this.closed = true;
    const { context, machine, callbacks } = this;
    context.closing = true;
    if (callbacks.log !== undefined && machine.failure === null) {
      context.logging = true;
      context.logRequestHeaders = this.seenRequest;
      context.logResponseHeaders = this.seenResponse;
      context.logResponseTrailers = this.seenTrailers;
      context.info.responseCodeDetails = details ?? context.info.responseCodeDetails;
      this.run(callbacks.log);
      context.logging = false;
      context.logRequestHeaders = context.logResponseHeaders = context.logResponseTrailers = null;
    }
    if (callbacks.done !== undefined && machine.failure === null) this.run(callbacks.done);
    if (callbacks.delete !== undefined && machine.failure === null) this.run(callbacks.delete);
    machine.streams.delete(context.id);
  }

  private run(callback: GuestFunction, b?: number, c?: number): number {
    const { machine } = this;
    const before = machine.totalCalls;
    const answer = machine.run(this.context, callback, this.context.id, b, c);
    this.calls += machine.totalCalls - before;
    return machine.iterationStopped ? STOP : answer;
  }

  /** What ends the stream whatever the callback answered. */
  private ended(): StreamEnd | undefined {
    const { context, machine } = this;
    if (machine.failure !== null) return FAILED;
    if (context.localResponse !== null) {
      const response = context.localResponse;
      context.localResponse = null;
      // What had been gathered of the request is dropped: nobody upstream will get it.
      context.requestBody = null;
      return { kind: "local-response", response };
    }
    return context.reset ? RESET : undefined;
  }

  private headers(side: Side, headers: HeaderMap, endOfStream: boolean): StreamResult {
    const { context, machine, callbacks } = this;
    const request = side === "request";
    const direction = request ? this.request : this.response;
    const callback = request ? callbacks.requestHeaders : callbacks.responseHeaders;
    direction.ended = endOfStream;
    if (machine.failure !== null) return FAILED;
    if (callback === undefined) {
      direction.headersContinued = true;
      return CONTINUE;
    }
    if (request) context.requestHeaders = headers;
    else context.responseHeaders = headers;
    const action = this.run(callback, headers.size, endOfStream ? 1 : 0);
    const ended = this.ended();
    if (ended !== undefined) return ended;
    const continued = this.takeContinue(side);
    const result = this.headersResult(direction, action);
    if (request && this.takeContinue("response")) return this.fault(NO_RESPONSE_YET);
    if (continued) {
      if (result.kind === "continue") {
        if (!request) return this.fault(RESPONSE_TWICE);
        machine.options.log(LogLevel.Critical, REQUEST_TWICE);
      }
      // The headers go on there and then; the answer holds back what follows.
      direction.headersContinued = true;
      return CONTINUE;
    }
    if (result.kind === "continue") {
      direction.headersContinued = true;
      if (request) context.requestHeaders = null;
      else context.responseHeaders = null;
    }
    return result;
  }

  /** The filter did what ends Envoy as a whole. Here it ends the VM. */
  private fault(what: string): StreamEnd {
    this.machine.fail(new Error(what));
    return FAILED;
  }

  private headersResult(direction: Direction, action: number): StreamResult {
    switch (action) {
      case HeadersAction.Continue:
      case HeadersAction.ContinueAndEndStream:
        return CONTINUE;
      case HeadersAction.StopAllIterationAndBuffer:
        direction.stopAll(true);
        return PAUSE_AND_BUFFER;
      case HeadersAction.StopIteration:
        if (this.allowOnHeadersStopIteration) {
          direction.stopHere();
          return PAUSE_AND_BUFFER;
        }
    }
    direction.stopAll(false);
    return PAUSE;
  }

  private body(side: Side, piece: Uint8Array, endOfStream: boolean): BodyResult {
    const direction = this[side];
    if (endOfStream) direction.ended = true;
    if (this.counts && side === "request") this.context.info.requestBytes += piece.length;
    if (!direction.stoppedAll) return this.shown(side, piece, endOfStream);
    if (this.machine.failure !== null) return FAILED;
    direction.hold(piece);
    return this.held(side);
  }

  /** Shows a piece to the filter. */
  private shown(side: Side, piece: Uint8Array, endOfStream: boolean): BodyResult {
    const { machine, context } = this;
    const direction = this[side];
    const callback = this.callbacks[`${side}Body`];
    if (machine.failure !== null) return FAILED;
    direction.show(piece);
    const tooLarge = direction.tooLarge;
    // Envoy asks the filter once more before it refuses a request, a response it ends at once.
    if (tooLarge && side === "response") return tooLargeResponse(side);
    let action = 0;
    if (callback !== undefined) {
      context[`${side}Body`] = direction.visible;
      context[`${side}Ends`] = endOfStream;
      action = this.run(callback, direction.visible.bytes.length, endOfStream ? 1 : 0);
      context[`${side}Ends`] = false;
      if (endOfStream) this.takeTrailers(side);
      const ended = this.ended();
      if (ended !== undefined) return ended;
    }
    if (tooLarge) return tooLargeResponse(side);
    const released = this.takeContinue(side) && direction.stopped ? direction.release() : NO_BYTES;
    if (action === DataAction.Continue) {
      const body = concatBytes(released, direction.pass());
      if (this.counts && side === "response") context.info.responseBytes += body.length;
      context[`${side}Body`] = null;
      const { trailers } = direction;
      direction.trailers = null;
      return trailers === null ? { kind: "continue", body } : { kind: "continue", body, trailers };
    }
    if (released.length > 0) this.listener?.continued(side, released, false);
    if (action === DataAction.StopIterationAndBuffer) direction.keep(true);
    else if (action === DataAction.StopIterationAndWatermark) direction.keep(false);
    else direction.drop();
    return this.held(side);
  }

  /** Trailers that the filter made itself: it is not shown them. */
  private takeTrailers(side: Side): void {
    const made = this.context[`${side}Trailers`];
    if (made === null) return;
    this[side].trailers = made;
    if (side === "response") this.seenTrailers = made;
  }

  private held(side: Side): BodyResult {
    const direction = this[side];
    if (direction.tooLarge) return tooLargeResponse(side);
    return direction.full ? PAUSE : PAUSE_AND_BUFFER;
  }

  private trailers(side: Side, trailers: HeaderMap): BodyResult {
    const direction = this[side];
    direction.ended = true;
    if (this.machine.failure !== null) return FAILED;
    if (direction.stoppedAll) {
      direction.trailers = trailers;
      return PAUSE;
    }
    return this.shownTrailers(side, trailers);
  }

  private shownTrailers(side: Side, trailers: HeaderMap): BodyResult {
    const { context } = this;
    const direction = this[side];
    const callback = this.callbacks[`${side}Trailers`];
    let action = 0;
    if (callback !== undefined) {
      context[`${side}Trailers`] = trailers;
      action = this.run(callback, trailers.size);
      const ended = this.ended();
      if (ended !== undefined) return ended;
    }
    const continued = this.takeContinue(side);
    if (action !== 0 && !continued) {
      if (!direction.stopped) direction.stopHere();
      direction.trailers = trailers;
      return PAUSE;
    }
    context[`${side}Trailers`] = null;
    direction.takeChanges();
    return { kind: "continue", body: direction.letGo() };
  }

  private takeContinue(side: Side): boolean {
    const { context } = this;
    const request = side === "request";
    const continued = request ? context.continueRequest : context.continueResponse;
    if (request) context.continueRequest = false;
    else context.continueResponse = false;
    return continued;
  }

  /** @internal Another context's callback asked something of this stream. */
  deliver(): void {
    if (this.closed) return;
    const { context, listener } = this;
    const ended = this.ended();
    if (ended !== undefined) return listener?.ended(ended);
    if (context.continueResponse && this.seenResponse === null) {
      this.machine.fail(new Error(NO_RESPONSE_YET));
      return listener?.ended(FAILED);
    }
    for (const side of ["request", "response"] as const)
      if (this.takeContinue(side) && this[side].stopped) this.resume(side);
  }

  /** Lets a side go on; what came while the filter saw nothing is shown to it now. */
  private resume(side: Side): void {
    const { listener } = this;
    const direction = this[side];
    const { stoppedAll, holdsData, trailers, headersContinued } = direction;
    direction.takeChanges();
    const held = direction.letGo();
    direction.trailers = null;
    if (!stoppedAll) return listener?.continued(side, held, direction.ended, trailers ?? undefined);
    const ends = direction.ended && trailers === null;
    if (!headersContinued) listener?.continued(side, NO_BYTES, ends && !holdsData);
    if (holdsData) this.tell(side, this.shown(side, held, ends), ends);
    if (trailers !== null) this.tell(side, this.trailers(side, trailers), true, trailers);
  }

  private tell(side: Side, result: BodyResult, ends: boolean, trailers?: HeaderMap): void {
    if (result.kind === "continue")
      this.listener?.continued(side, result.body, ends, trailers ?? result.trailers);
    else if (result.kind !== "pause") this.listener?.ended(result);
  }
}

type Side = "request" | "response";

/** More body than Envoy buffers: 413 for a request, 500 for a response. */
function tooLargeResponse(side: Side): BodyResult {
  const request = side === "request";
  return {
    kind: "local-response",
    response: {
      status: request ? 413 : 500,
      details: `${side}_payload_too_large`,
      body: Buffer.from(request ? "Payload Too Large" : "Internal Server Error"),
      headers: new HeaderMap(),
      grpcStatus: -1,
    },
  };
}
