/** Several filters as one: requests pass them in their order, responses in the reverse, as in Envoy. */
import { concatBytes, NO_BYTES } from "../bytes.ts";
import type { HeaderMap } from "../header-map.ts";
import type { StreamInfo } from "../stream-info.ts";
import type { BodyResult, HttpStream, StreamListener, StreamResult } from "../stream.ts";

/** A filter, or a chain of them, as an exchange drives it. */
export type FilterStream = Pick<
  HttpStream,
  | "listener"
  | "hostCalls"
  | "readsRequestBody"
  | "readsResponseBody"
  | "requestHeaders"
  | "requestBody"
  | "requestTrailers"
  | "responseHeaders"
  | "responseBody"
  | "responseTrailers"
  | "answered"
  | "info"
>;

const CONTINUE: StreamResult = { kind: "continue" };
const PAUSE: BodyResult & { kind: "pause" } = { kind: "pause", buffer: true };

/** The streams of one exchange, one a filter. The caller opens and closes them. */
export class FilterChain implements FilterStream {
  listener: StreamListener | undefined = undefined;
  private readonly streams: readonly FilterStream[];
  private readonly request: ChainDirection;
  private readonly response: ChainDirection;

  /** `streams` in the order of the configuration. */
  constructor(streams: readonly FilterStream[]) {
    this.streams = streams;
    this.request = new ChainDirection(streams.map(requestSide));
    this.response = new ChainDirection(streams.map(responseSide).reverse());
    streams.forEach((stream, i) => {
      stream.listener = {
        continued: (side, body, end, trailers) => {
          const index = side === "request" ? i : streams.length - 1 - i;
          this.continued(side, this[side].continued(index, body, end, trailers));
        },
        ended: (result) => this.listener?.ended(result),
      };
    });
  }

  get hostCalls(): number {
    return this.streams.reduce((sum, stream) => sum + stream.hostCalls, 0);
  }

  get readsRequestBody(): boolean {
    return this.streams.some((stream) => stream.readsRequestBody);
  }

  get readsResponseBody(): boolean {
    return this.streams.some((stream) => stream.readsResponseBody);
  }

  requestHeaders(headers: HeaderMap, endOfStream: boolean): StreamResult {
    return this.request.headers(headers, endOfStream);
  }

  requestBody(chunk: Uint8Array, endOfStream: boolean): BodyResult {
    return this.request.body(chunk, endOfStream);
  }

  requestTrailers(trailers: HeaderMap): BodyResult {
    return this.request.trailers(trailers);
  }

  responseHeaders(headers: HeaderMap, endOfStream: boolean): StreamResult {
    return this.response.headers(headers, endOfStream);
  }

  responseBody(chunk: Uint8Array, endOfStream: boolean): BodyResult {
    return this.response.body(chunk, endOfStream);
  }

  responseTrailers(trailers: HeaderMap): BodyResult {
    return this.response.trailers(trailers);
  }

  set info(info: StreamInfo) {
    for (const stream of this.streams) stream.info = info;
  }

  answered(headers: HeaderMap): void {
    for (const stream of this.streams) stream.answered(headers);
  }

  private continued(side: "request" | "response", outcomes: readonly Outcome[]): void {
    for (const { result, end, trailers } of outcomes) {
      if (result.kind === "continue") this.listener?.continued(side, result.body, end, trailers);
      else if (result.kind !== "pause") return this.listener?.ended(result);
    }
  }
}

/** One side of a filter. */
interface Side {
  headers(headers: HeaderMap, endOfStream: boolean): StreamResult;
  body(chunk: Uint8Array, endOfStream: boolean): BodyResult;
  trailers(trailers: HeaderMap): BodyResult;
}

function requestSide(stream: FilterStream): Side {
  return {
    headers: (headers, end) => stream.requestHeaders(headers, end),
    body: (chunk, end) => stream.requestBody(chunk, end),
    trailers: (trailers) => stream.requestTrailers(trailers),
  };
}

function responseSide(stream: FilterStream): Side {
  return {
    headers: (headers, end) => stream.responseHeaders(headers, end),
    body: (chunk, end) => stream.responseBody(chunk, end),
    trailers: (trailers) => stream.responseTrailers(trailers),
  };
}

/** What comes of a filter's going on: `end` and `trailers` as in {@link StreamListener.continued}. */
interface Outcome {
  readonly result: BodyResult;
  readonly end: boolean;
  readonly trailers?: HeaderMap | undefined;
}

/** A message on its way through the filters. Each of them keeps what it holds back; here is how far the headers got. */
class ChainDirection {
  private readonly sides: readonly Side[];
  private message: HeaderMap | undefined;
  private endsWithHeaders = false;
  /** The filter that holds the headers; `sides.length`: they have passed all. */
  private headersAt: number;

  constructor(sides: readonly Side[]) {
    this.sides = sides;
    this.headersAt = sides.length;
  }

  headers(headers: HeaderMap, endOfStream: boolean): StreamResult {
    this.message = headers;
    this.endsWithHeaders = endOfStream;
    return this.headersFrom(0);
  }

  body(chunk: Uint8Array, endOfStream: boolean): BodyResult {
    return this.bodyFrom(0, chunk, endOfStream);
  }

  trailers(trailers: HeaderMap): BodyResult {
    return this.trailersFrom(0, trailers);
  }

  /** Filter `index` lets go its headers, `body` and `trailers`, as far as it held them. */
  continued(index: number, body: Uint8Array, end: boolean, trailers: HeaderMap | undefined): Outcome[] {
    const stopped = this.headersPass(index);
    if (stopped !== undefined) return [{ result: stopped, end: false }];
    const bodyEnds = end && trailers === undefined && !this.endsWithHeaders;
    const passed = this.bodyFrom(index + 1, body, bodyEnds);
    const outcome = { result: passed, end: bodyEnds || this.endsWithHeaders };
    if (trailers === undefined || (passed.kind !== "continue" && passed.kind !== "pause")) return [outcome];
    return [outcome, { result: this.trailersFrom(index + 1, trailers), end: true, trailers }];
  }

  private headersFrom(first: number): StreamResult {
    for (let i = first; i < this.sides.length; i++) {
      const result = (this.sides[i] as Side).headers(this.message as HeaderMap, this.endsWithHeaders);
      if (result.kind === "continue") continue;
      this.headersAt = i;
      return result;
    }
    this.headersAt = this.sides.length;
    return CONTINUE;
  }

  /** Filter `index` lets something pass: the headers go ahead of it. Answers what ends the stream. */
  private headersPass(index: number): Exclude<StreamResult, { kind: "continue" | "pause" }> | undefined {
    if (index !== this.headersAt) return undefined;
    const result = this.headersFrom(index + 1);
    return result.kind === "continue" || result.kind === "pause" ? undefined : result;
  }

  private bodyFrom(first: number, chunk: Uint8Array, end: boolean): BodyResult {
    let piece = chunk;
    for (let i = first; i < this.sides.length && (piece.length > 0 || end); i++) {
      const result = (this.sides[i] as Side).body(piece, end);
      if (result.kind !== "continue") return result;
      if (result.trailers !== undefined) return this.madeTrailers(i, result.body, result.trailers);
      piece = result.body;
      const stopped = this.headersPass(i);
      if (stopped !== undefined) return stopped;
    }
    return this.headersAt < this.sides.length ? PAUSE : { kind: "continue", body: piece };
  }

  /** Filter `index` gave the message trailers: they end it for those that follow. */
  private madeTrailers(index: number, body: Uint8Array, trailers: HeaderMap): BodyResult {
    const stopped = this.headersPass(index);
    if (stopped !== undefined) return stopped;
    const passed = this.bodyFrom(index + 1, body, false);
    if (passed.kind !== "continue" && passed.kind !== "pause") return passed;
    const ended = this.trailersFrom(index + 1, trailers);
    if (ended.kind !== "continue") return ended;
    const before = passed.kind === "continue" ? passed.body : NO_BYTES;
    return { kind: "continue", body: concatBytes(before, ended.body), trailers };
  }

  private trailersFrom(first: number, trailers: HeaderMap): BodyResult {
    let body: Uint8Array = NO_BYTES;
    for (let i = first; i < this.sides.length; i++) {
      const result = (this.sides[i] as Side).trailers(trailers);
      if (result.kind !== "continue") return result;
      const stopped = this.headersPass(i);
      if (stopped !== undefined) return stopped;
      const passed = this.bodyFrom(i + 1, result.body, false);
      if (passed.kind === "continue") body = concatBytes(body, passed.body);
      else if (passed.kind !== "pause") return passed;
    }
    return { kind: "continue", body };
  }
}
