import { DataAction, HeadersAction } from "./abi.ts";
import { BodyBuffer } from "./body-buffer.ts";
import { concatBytes, NO_BYTES } from "./bytes.ts";
import { HeaderMap } from "./header-map.ts";
import type { LocalResponse } from "./local-response.ts";
import type { GuestFunction, Machine } from "./machine.ts";
import type { StreamContext } from "./stream-context.ts";

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
 * the filter left them. With `pause` the bytes are held back, or dropped where the filter said so; `buffer` true: go on
 * calling with the chunks that come, false: stop reading until {@link StreamListener.continued}.
 */
export type BodyResult =
  | { readonly kind: "continue"; readonly body: Uint8Array }
  | Exclude<StreamResult, { readonly kind: "continue" }>;

/** Told what other callbacks (a timer, another stream) decide about a paused stream. */
export interface StreamListener {
  /** A paused side goes on. `body` is what was held back of it. */
  continued(side: "request" | "response", body: Uint8Array): void;
  /** The stream is answered, reset or failed. */
  ended(result: Extract<StreamResult, { kind: "local-response" | "reset" | "failed" }>): void;
}

/** Envoy's default `per_connection_buffer_limit_bytes`: more buffered body than this is refused. */
const BODY_LIMIT = 1024 * 1024;

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

/** One side's body between callbacks. */
class HeldBody {
  /** Kept from the filter's sight but not sent on yet (StopIterationAndWatermark). */
  behind: Uint8Array = NO_BYTES;
  /** Whether the filter asked to see the whole body gathered (StopIterationAndBuffer). */
  gathering = false;
}

/**
 * One request and its response going through a filter. Call the phases in the order in which the messages arrive;
 * a phase whose callback the filter does not export costs nothing. After `close` the stream is gone.
 */
export class HttpStream {
  /** Set to hear what happens to the stream while it pauses. */
  listener: StreamListener | undefined = undefined;
  /** What happens once the VM has failed: everything passes (Envoy's `FAIL_OPEN`), or everything is `failed`. */
  failOpen = false;

  private readonly machine: Machine;
  private readonly callbacks: StreamCallbacks;
  private readonly context: StreamContext;
  private heldRequest: HeldBody | null = null;
  private heldResponse: HeldBody | null = null;
  private seenRequest: HeaderMap | null = null;
  private seenResponse: HeaderMap | null = null;
  private calls = 0;
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

  /** Whether the filter looks at request bodies; where false, `requestBody` only hands the chunk back. */
  get readsRequestBody(): boolean {
    return this.callbacks.requestBody !== undefined;
  }

  /** Whether the filter looks at response bodies. */
  get readsResponseBody(): boolean {
    return this.callbacks.responseBody !== undefined;
  }

  /** The request's headers, pseudo headers first; the filter changes `headers` in place. */
  requestHeaders(headers: HeaderMap, endOfStream: boolean): StreamResult {
    const { context, machine } = this;
    this.seenRequest = headers;
    if (machine.failure !== null) return this.failOpen ? CONTINUE : FAILED;
    if (this.callbacks.requestHeaders === undefined) return CONTINUE;
    context.requestHeaders = headers;
    const action = this.run(this.callbacks.requestHeaders, headers.size, endOfStream ? 1 : 0);
    const result = this.ended() ?? this.headersResult(action, context.continueRequest);
    context.continueRequest = false;
    context.paused = result.kind === "pause";
    if (result.kind === "continue") context.requestHeaders = null;
    return result;
  }

  /** A piece of the request's body. */
  requestBody(chunk: Uint8Array, endOfStream: boolean): BodyResult {
    const { context } = this;
    const result = this.body(
      this.callbacks.requestBody,
      (context.requestBody ??= new BodyBuffer()),
      (this.heldRequest ??= new HeldBody()),
      chunk,
      endOfStream,
      "request",
    );
    context.continueRequest = false;
    context.paused = result.kind === "pause";
    return result;
  }

  /** The request's trailers; the stream ends with them. */
  requestTrailers(trailers: HeaderMap): StreamResult {
    const { context, machine } = this;
    if (machine.failure !== null) return this.failOpen ? CONTINUE : FAILED;
    if (this.callbacks.requestTrailers === undefined) return CONTINUE;
    context.requestTrailers = trailers;
    const action = this.run(this.callbacks.requestTrailers, trailers.size);
    const result = this.ended() ?? this.trailersResult(action, context.continueRequest);
    context.continueRequest = false;
    context.paused = result.kind === "pause";
    if (result.kind === "continue") context.requestTrailers = null;
    return result;
  }

  /** The response's headers, `:status` first; also for a local response, as in Envoy. */
  responseHeaders(headers: HeaderMap, endOfStream: boolean): StreamResult {
    const { context, machine } = this;
    this.seenResponse = headers;
    if (machine.failure !== null) return this.failOpen ? CONTINUE : FAILED;
    if (this.callbacks.responseHeaders === undefined) return CONTINUE;
    context.responseHeaders = headers;
    const action = this.run(this.callbacks.responseHeaders, headers.size, endOfStream ? 1 : 0);
    const result = this.ended() ?? this.headersResult(action, context.continueResponse);
    context.continueResponse = false;
    context.paused = result.kind === "pause";
    if (result.kind === "continue") context.responseHeaders = null;
    return result;
  }

  /** A piece of the response's body. */
  responseBody(chunk: Uint8Array, endOfStream: boolean): BodyResult {
    const { context } = this;
    const result = this.body(
      this.callbacks.responseBody,
      (context.responseBody ??= new BodyBuffer()),
      (this.heldResponse ??= new HeldBody()),
      chunk,
      endOfStream,
      "response",
    );
    context.continueResponse = false;
    context.paused = result.kind === "pause";
    return result;
  }

  /** The response's trailers; the stream ends with them. */
  responseTrailers(trailers: HeaderMap): StreamResult {
    const { context, machine } = this;
    if (machine.failure !== null) return this.failOpen ? CONTINUE : FAILED;
    if (this.callbacks.responseTrailers === undefined) return CONTINUE;
    context.responseTrailers = trailers;
    const action = this.run(this.callbacks.responseTrailers, trailers.size);
    const result = this.ended() ?? this.trailersResult(action, context.continueResponse);
    context.continueResponse = false;
    context.paused = result.kind === "pause";
    if (result.kind === "continue") context.responseTrailers = null;
    return result;
  }

  /**
   * Ends the stream: `on_log`, `on_done`, `on_delete`, in Envoy's order. `details` are the response-code details that
   * the filter may read as a property in `on_log`. Closing twice does nothing.
   */
  close(details?: string): void {
    if (this.closed) return;
    this.closed = true;
    const { context, machine, callbacks } = this;
    if (callbacks.log !== undefined && machine.failure === null) {
      context.logging = true;
      context.requestHeaders = context.responseHeaders = null;
      context.logRequestHeaders = this.seenRequest;
      context.logResponseHeaders = this.seenResponse;
      context.responseCodeDetails = details;
      this.run(callbacks.log);
      context.logging = false;
      context.logRequestHeaders = context.logResponseHeaders = null;
    }
    if (callbacks.done !== undefined && machine.failure === null) this.run(callbacks.done);
    if (callbacks.delete !== undefined && machine.failure === null) this.run(callbacks.delete);
    machine.streams.delete(context.id);
  }

  private run(callback: GuestFunction, b?: number, c?: number): number {
    const before = this.machine.totalCalls;
    const answer = this.machine.run(this.context, callback, this.context.id, b, c);
    this.calls += this.machine.totalCalls - before;
    return answer;
  }

  /** What ends the stream whatever the callback answered. */
  private ended(): Extract<StreamResult, { kind: "local-response" | "reset" | "failed" }> | undefined {
    const { context, machine } = this;
    if (machine.failure !== null && !this.failOpen) return FAILED;
    if (context.localResponse !== null) {
      const response = context.localResponse;
      context.localResponse = null;
      return { kind: "local-response", response };
    }
    return context.reset ? RESET : undefined;
  }

  private headersResult(action: number, continued: boolean): StreamResult {
    if (continued || this.machine.failure !== null) return CONTINUE;
    switch (action) {
      case HeadersAction.Continue:
      case HeadersAction.ContinueAndEndStream:
        return CONTINUE;
      case HeadersAction.StopAllIterationAndBuffer:
        return PAUSE_AND_BUFFER;
      default:
        return PAUSE;
    }
  }

  private get failing(): boolean {
    return this.machine.failure !== null;
  }

  private trailersResult(action: number, continued: boolean): StreamResult {
    return action === 0 || continued || this.machine.failure !== null ? CONTINUE : PAUSE;
  }

  private body(
    callback: GuestFunction | undefined,
    buffer: BodyBuffer,
    held: HeldBody,
    chunk: Uint8Array,
    endOfStream: boolean,
    side: "request" | "response",
  ): BodyResult {
    const { machine } = this;
    if (machine.failure !== null)
      return this.failOpen
        ? { kind: "continue", body: concatBytes(this.release(buffer, held), chunk) }
        : FAILED;
    if (callback === undefined) return { kind: "continue", body: chunk };
    buffer.bytes = held.gathering ? concatBytes(buffer.bytes, chunk) : chunk;
    if (held.gathering && buffer.bytes.length > BODY_LIMIT) return tooLarge(side);
    const action = this.run(callback, buffer.bytes.length, endOfStream ? 1 : 0);
    const ended = this.ended();
    if (ended !== undefined) return ended;
    const continued = side === "request" ? this.context.continueRequest : this.context.continueResponse;
    held.gathering = !continued && action === DataAction.StopIterationAndBuffer;
    if (continued || action === DataAction.Continue || this.failing)
      return { kind: "continue", body: this.release(buffer, held) };
    if (held.gathering) return PAUSE_AND_BUFFER;
    if (action !== DataAction.StopIterationAndWatermark) {
      buffer.take();
      return PAUSE_AND_BUFFER;
    }
    held.behind = concatBytes(held.behind, buffer.take());
    return held.behind.length > BODY_LIMIT ? PAUSE : PAUSE_AND_BUFFER;
  }

  private release(buffer: BodyBuffer | null, held: HeldBody | null): Uint8Array {
    if (buffer === null || held === null) return NO_BYTES;
    const body = concatBytes(held.behind, buffer.take());
    held.behind = NO_BYTES;
    held.gathering = false;
    return body;
  }

  /** @internal Another context's callback asked something of this stream. */
  deliver(): void {
    if (this.closed) return;
    const { context, listener } = this;
    context.paused = false;
    const ended = this.ended();
    if (ended !== undefined) return listener?.ended(ended);
    if (this.machine.failure !== null) context.continueRequest = context.continueResponse = true;
    if (context.continueRequest) {
      context.continueRequest = false;
      listener?.continued("request", this.release(context.requestBody, this.heldRequest));
    }
    if (context.continueResponse) {
      context.continueResponse = false;
      listener?.continued("response", this.release(context.responseBody, this.heldResponse));
    }
  }
}

/** More body than Envoy buffers: 413 for a request, 500 for a response. */
function tooLarge(side: "request" | "response"): BodyResult {
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
