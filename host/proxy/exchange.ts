/** One request through the proxy: client → filter → upstream → filter → client. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { NO_BYTES } from "../bytes.ts";
import { HeaderMap } from "../header-map.ts";
import { renderLocalResponse, type LocalResponse, type RenderedResponse } from "../local-response.ts";
import { ResponseFlag, StreamInfo, type UpstreamAddress } from "../stream-info.ts";
import type { BodyResult, StreamEnd, StreamListener, StreamResult } from "../stream.ts";
import { plainAddress, upstreamAddress } from "./addresses.ts";
import { BodyPump } from "./body-pump.ts";
import type { Destination } from "./destination.ts";
import type { Lease } from "./filter-slot.ts";
import { Outgoing } from "./outgoing.ts";
import type { PathOptions } from "./path-options.ts";
import { presentRequest, requestedUpgrade, type Refusal } from "./present-request.ts";
import { requestFault } from "./request-fault.ts";
import type { RequestRecord } from "./request-record.ts";
import { finishHeaders, mayHaveBody, presentResponse, writeHead } from "./response-writer.ts";
import { takeRouterOptions } from "./router-headers.ts";
import { addTrailers } from "./trailers.ts";
import type { UpstreamFailure } from "./upstream.ts";

/** What an exchange needs of the proxy it belongs to. */
export interface ExchangeContext {
  /** The filter for a request with these headers, or what to do without. */
  open(socket: Socket, headers: HeaderMap): Lease | "refuse" | "pass";
  /** Where a request goes, by its headers as the filters left them: no filter changes one any more. */
  route(headers: HeaderMap, lease: Lease | undefined): Destination;
  /** What is done to paths. Asked anew for each request: another filter may need something else. */
  paths(): PathOptions;
  /** Refuses requests with an underscore in a header's name, as `headers_with_underscores_action: REJECT_REQUEST`. */
  readonly refuseUnderscores: boolean;
  readonly revealDetails: boolean;
  readonly trailers: boolean;
  /** Whether the proxy is shutting down, so that connections end with their response. */
  readonly draining: boolean;
  finished(record: RequestRecord): void;
}

const CONTINUE: StreamResult = { kind: "continue" };
const NO_BODY: BodyResult = { kind: "continue", body: NO_BYTES };
const FAIL_STREAM = { status: 503, details: "wasm_fail_stream", body: "" };

export class Exchange implements StreamListener {
  private readonly proxy: ExchangeContext;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly startedAt = performance.now();
  private readonly peer: string;
  private requestHeaders = new HeaderMap();
  /** Path and host as they came, for the record: a filter may change the headers. */
  private path: string;
  private host: string;
  private lease: Lease | undefined;
  private outgoing: Outgoing | undefined;
  private requestPump: BodyPump | undefined;
  private responsePump: BodyPump | undefined;
  /** The headers of the response once there is one, whether or not they have been sent. */
  private responseHeaders: HeaderMap | undefined;
  private readonly info = new StreamInfo();
  private details = "";
  private status = 0;
  private sentUpstream = false;
  private sentAt = 0;
  /** Bytes of the request's body sent upstream. */
  private sentBytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private counting = false;
  /** Whether the proxy itself cuts the client's connection. */
  private cutHere = false;
  private over = false;

  constructor(proxy: ExchangeContext, request: IncomingMessage, response: ServerResponse) {
    this.proxy = proxy;
    this.request = request;
    this.response = response;
    this.path = request.url ?? "";
    this.host = request.headers.host ?? "";
    this.peer = plainAddress(request.socket.remoteAddress);
    // As in Envoy the stream ends with its response, even where the request has not.
    response.on("finish", () => this.finish());
    response.on("close", () => this.finish());
    // A client that goes away shows as `close`; the errors say nothing more.
    response.on("error", () => {});
    request.on("error", () => {});
  }

  start(): void {
    const upgrade = requestedUpgrade(this.request);
    const headers = presentRequest(this.request, {
      paths: this.proxy.paths(),
      refuseUnderscores: this.proxy.refuseUnderscores,
      tls: this.request.socket instanceof TLSSocket,
    });
    if (!(headers instanceof HeaderMap)) return this.refuse(headers);
    this.requestHeaders = headers;
    this.path = headers.get(":path") ?? "";
    this.host = headers.get(":authority") ?? "";
    if (upgrade !== undefined) {
      // What follows on the connection may be of the other protocol.
      this.response.shouldKeepAlive = false;
      return this.refuse({
        status: 501,
        details: "upgrade_failed",
        body: "this proxy upgrades no connections",
      });
    }
    const withBody = hasBody(this.request);
    const result = this.filterRequest(headers, !withBody);
    if (result === undefined) return;
    if (result.kind === "continue") this.sendUpstream(!withBody);
    else if (result.kind !== "pause") return this.ended(result);
    if (withBody && !this.over && this.responseHeaders === undefined)
      this.takeRequestBody(result.kind === "pause");
  }

  /** Opens a stream and shows it the request; undefined where the request is answered already. */
  private filterRequest(headers: HeaderMap, endOfStream: boolean): StreamResult | undefined {
    const lease = this.proxy.open(this.request.socket, headers);
    if (lease === "refuse") {
      this.refuse(FAIL_STREAM);
      return undefined;
    }
    if (lease === "pass") return CONTINUE;
    this.lease = lease;
    lease.stream.listener = this;
    lease.stream.info = this.info;
    return lease.stream.requestHeaders(headers, endOfStream);
  }

  /** {@link StreamListener}: a timer or another stream let the filter's pause end. */
  continued(
    side: "request" | "response",
    body: Uint8Array,
    endOfStream: boolean,
    trailers?: HeaderMap,
  ): void {
    if (this.over) return;
    if (side === "request") {
      this.passRequest(body, endOfStream, trailers);
      this.requestPump?.resume();
    } else {
      this.passResponse(body, endOfStream, trailers);
      this.responsePump?.resume();
    }
  }

  /** {@link StreamListener}: the filter ended the exchange, in a callback of its own or in another. */
  ended(result: StreamEnd): void {
    if (this.over) return;
    this.stopPumps();
    this.outgoing?.abort();
    if (result.kind === "local-response") this.details = result.response.details;
    if (result.kind === "reset" || this.response.headersSent) {
      if (result.kind !== "local-response") this.details ||= "wasm_close_stream";
      this.abandon();
    } else if (result.kind === "failed") this.refuse(FAIL_STREAM);
    else if (this.responseHeaders === undefined) this.answerThroughFilter(result.response);
    else this.answer(result.response); // the filter's response phase has begun, so Envoy bypasses it
  }

  private takeRequestBody(paused: boolean): void {
    const { stream } = this.lease ?? {};
    if (!paused && stream?.readsRequestBody !== true && !this.proxy.trailers) {
      const { outgoing } = this;
      if (outgoing === undefined) return;
      const sink = outgoing.pipe;
      if (sink !== undefined) {
        this.countRequest();
        return void this.request.pipe(sink);
      }
    }
    this.requestPump = new BodyPump(this.request, {
      filter: (piece, end) => {
        this.info.requestBytes += piece.length;
        return stream?.requestBody(piece, end) ?? { kind: "continue", body: piece };
      },
      filterTrailers: this.proxy.trailers
        ? (trailers) => stream?.requestTrailers(trailers) ?? NO_BODY
        : undefined,
      pass: (body, end, trailers) => this.passRequest(body, end, trailers),
      ended: (result) => this.ended(result),
    });
  }

  /** Opens the upstream request, or answers in its place; `endOfStream`: there is no body. */
  private sendUpstream(endOfStream: boolean): void {
    const fault = requestFault(this.requestHeaders);
    if (fault?.status === 404) this.info.responseFlags |= ResponseFlag.NoRouteFound;
    if (fault !== undefined)
      return this.answerThroughFilter(localResponse(fault.status, fault.details, fault.body));
    const destination = this.proxy.route(this.requestHeaders, this.lease);
    if ("answer" in destination) return this.answerThroughFilter(destination.answer);
    const options = takeRouterOptions(this.requestHeaders);
    for (const name of destination.removed ?? []) this.requestHeaders.remove(name);
    const timeoutMs = options.timeoutMs ?? destination.timeoutMs ?? 0;
    this.sentUpstream = true;
    this.sentAt = performance.now();
    try {
      this.outgoing = new Outgoing(destination, this.requestHeaders, {
        hasBody: !endOfStream,
        options,
        events: {
          response: (message) => this.onResponse(message),
          failed: (failure) => this.upstreamFailed(failure, destination.upstream.address),
          connected: (socket) => void (this.info.upstream ??= upstreamAddress(socket)),
          drained: () => this.requestPump?.resume(),
          sent: () => {
            if (timeoutMs > 0) this.timer = setTimeout(() => this.expire(), timeoutMs);
          },
        },
      });
    } catch {
      this.sentUpstream = false;
      return this.refuse({ status: 503, details: "upstream_request_invalid", body: "" });
    }
    if (endOfStream) this.outgoing.end();
    // The head goes ahead of the body, which the filter may hold back. `flushHeaders` would write it as UTF-8.
    else this.outgoing.write(NO_BYTES);
  }

  private upstreamFailed(failure: UpstreamFailure, address: UpstreamAddress | undefined): void {
    this.stopPumps();
    this.info.responseFlags |= failure.flag;
    this.info.upstream = address && { ...address, failure: failure.transport };
    if (!this.over && this.responseHeaders === undefined)
      this.answerThroughFilter(localResponse(failure.status, failure.details, failure.body));
  }

  /** The upstream has taken too long. */
  private expire(): void {
    if (this.over) return;
    this.info.responseFlags |= ResponseFlag.UpstreamRequestTimeout;
    if (this.responseHeaders !== undefined) return this.abandon();
    this.outgoing?.abort();
    this.answerThroughFilter(localResponse(504, "response_timeout", "upstream request timeout"));
  }

  /** Sends on a part of the request; false: there is enough under way. */
  private passRequest(body: Uint8Array, endOfStream: boolean, trailers?: HeaderMap): boolean {
    if (this.outgoing === undefined) {
      const headersOnly = endOfStream && body.length === 0 && trailers === undefined;
      if (this.responseHeaders !== undefined) return true;
      this.sendUpstream(headersOnly && !hasBody(this.request));
      if (headersOnly && !hasBody(this.request)) return true;
    }
    const { outgoing } = this;
    if (outgoing === undefined) return true;
    this.sentBytes += body.length;
    const room = body.length === 0 || outgoing.write(body);
    if (!endOfStream) return room;
    // A filter that changes a body has to remove `content-length`; a message that is short would hang for ever.
    if (keepsLength(this.requestHeaders, this.sentBytes))
      outgoing.end(this.proxy.trailers ? trailers : undefined);
    else outgoing.cutShort();
    return true;
  }

  private onResponse(message: IncomingMessage): void {
    if (this.over) return void message.destroy();
    message.on("error", () => this.upstreamCut());
    message.on("aborted", () => this.upstreamCut());
    message.on("end", () => (this.info.backendLatency = nanosecondsSince(this.sentAt)));
    this.info.upstream = upstreamAddress(message.socket);
    const headers = presentResponse(message);
    const status = (this.info.responseCode = message.statusCode ?? 0);
    const withBody = mayHaveBody(this.request.method, status) && message.headers["content-length"] !== "0";
    const result = this.openResponse(headers, !withBody, "via_upstream");
    if (result.kind !== "continue" && result.kind !== "pause") return;
    if (!withBody) return void message.resume();
    const { stream } = this.lease ?? {};
    if (result.kind === "continue" && stream?.readsResponseBody !== true && !this.proxy.trailers) {
      if (!this.response.headersSent || this.response.writableEnded) return;
      message.on("data", (chunk: Uint8Array) => (this.info.responseBytes += chunk.length));
      return void message.pipe(this.response);
    }
    this.responsePump = new BodyPump(message, {
      filter: (piece, end) => stream?.responseBody(piece, end) ?? { kind: "continue", body: piece },
      filterTrailers: this.proxy.trailers
        ? (trailers) => stream?.responseTrailers(trailers) ?? NO_BODY
        : undefined,
      pass: (body, end, trailers) => this.passResponse(body, end, trailers),
      ended: (result) => this.ended(result),
    });
  }

  /** Begins the response with headers that the filter sees first. */
  private openResponse(headers: HeaderMap, endOfStream: boolean, details: string): StreamResult {
    this.responseHeaders = headers;
    this.details = details;
    const { stream } = this.lease ?? {};
    this.info.responseCodeDetails = details;
    const result = stream?.responseHeaders(headers, endOfStream) ?? CONTINUE;
    if (result.kind === "continue") this.sendHead(endOfStream);
    else if (result.kind !== "pause") this.ended(result);
    return result;
  }

  private sendHead(endOfStream: boolean): void {
    const headers = this.responseHeaders;
    if (headers === undefined || this.response.headersSent) return;
    if (!/^\d{3}$/.test(headers.get(":status") ?? "")) {
      const fault = "missing required header: :status";
      const details = `filter_removed_required_response_headers{${fault.replace(/\s/g, "_")}}`;
      return this.answer(localResponse(502, details, fault));
    }
    finishHeaders(headers, this.closing || !this.request.complete);
    const head = writeHead(this.response, headers, endOfStream ? "none" : "some", this.closing);
    this.status = this.info.responseCode = head.status;
    if (!head.valid) this.details = "filter_response_invalid";
    if (endOfStream || !head.valid) this.response.end();
    else this.response.on("drain", () => this.responsePump?.resume());
  }

  /** Sends on a part of the response; false: there is enough under way. */
  private passResponse(body: Uint8Array, endOfStream: boolean, trailers?: HeaderMap): boolean {
    const { response } = this;
    this.sendHead(endOfStream && body.length === 0 && trailers === undefined);
    if (response.writableEnded) return true;
    this.info.responseBytes += body.length;
    const room = body.length === 0 || response.write(body);
    if (!endOfStream) return room;
    if (trailers !== undefined && this.proxy.trailers) addTrailers(response, trailers);
    const whole =
      this.responseHeaders === undefined || keepsLength(this.responseHeaders, this.info.responseBytes);
    if (whole) response.end();
    else this.cut();
    return true;
  }

  /** As Envoy: a local response passes the filter's own response phase before it is sent. */
  private answerThroughFilter(local: LocalResponse): void {
    const { stream } = this.lease ?? {};
    const rendered = this.render(local);
    if (stream === undefined) return this.send(rendered, local.details);
    this.stopPumps();
    this.outgoing?.abort();
    const { headers, body } = rendered;
    const result = this.openResponse(headers, body.length === 0, local.details);
    if (body.length > 0 && (result.kind === "continue" || result.kind === "pause") && !this.over)
      this.filterLocalBody(stream.responseBody(body, true));
    this.dropRequest();
  }

  private filterLocalBody(result: BodyResult): void {
    if (result.kind === "continue") this.passResponse(result.body, true, result.trailers);
    else if (result.kind !== "pause") this.ended(result);
  }

  private refuse({ status, details, body }: Refusal): void {
    this.answer(localResponse(status, details, body));
  }

  private answer(local: LocalResponse): void {
    this.send(this.render(local), local.details);
  }

  private render(local: LocalResponse): RenderedResponse {
    const headers = local.headers.clone();
    if (this.proxy.revealDetails && local.details !== "") headers.set("x-tollgate-details", local.details);
    return renderLocalResponse({ ...local, headers }, this.requestHeaders);
  }

  private send({ headers, body }: RenderedResponse, details: string): void {
    if (this.over || this.response.headersSent) return;
    this.stopPumps();
    this.outgoing?.abort();
    this.details = details;
    this.responseHeaders = headers;
    this.lease?.stream.answered(headers);
    this.info.responseBytes += body.length;
    this.info.responseCodeDetails = details;
    finishHeaders(headers, this.closing || !this.request.complete);
    const head = writeHead(this.response, headers, body.length > 0 ? "some" : "none", this.closing);
    this.status = this.info.responseCode = head.status;
    this.response.end(head.valid && body.length > 0 ? body : undefined);
    this.dropRequest();
  }

  /** Answered before all of the body has come: the rest is read and dropped, so that the client gets to the answer. */
  private dropRequest(): void {
    this.countRequest();
    this.request.resume();
  }

  /** Counts what comes of the request's body from now on. */
  private countRequest(): void {
    if (this.counting) return;
    this.counting = true;
    this.request.on("data", (chunk: Uint8Array) => (this.info.requestBytes += chunk.length));
  }

  private get closing(): boolean {
    return this.proxy.draining || !this.response.shouldKeepAlive;
  }

  private stopPumps(): void {
    this.requestPump?.stop();
    this.responsePump?.stop();
    this.request.unpipe();
  }

  /** Drops the client's connection: there is no honest way to finish the response. */
  private abandon(): void {
    if (this.over || this.response.writableEnded) return;
    this.cut();
    this.finish();
  }

  /** The upstream's connection ended within its response. */
  private upstreamCut(): void {
    if (this.over || this.cutHere || this.response.writableEnded) return;
    this.details = "upstream_reset_after_response_started{protocol_error}";
    this.info.responseFlags |= ResponseFlag.UpstreamProtocolError;
    this.abandon();
  }

  /** What is under way to the client gets there. */
  private cut(): void {
    this.cutHere = true;
    const { socket } = this.response;
    if (socket === null) this.response.destroy();
    else socket.destroySoon();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    this.stopPumps();
    if (!this.response.writableFinished && !this.cutHere) {
      this.details = "downstream_remote_disconnect";
      this.info.responseFlags |= ResponseFlag.DownstreamConnectionTermination;
    }
    this.info.duration = nanosecondsSince(this.startedAt);
    // Also where the upstream answered before it had the whole request.
    const sent = this.outgoing?.finished === true;
    if (!sent || !this.response.writableFinished) this.outgoing?.abort();
    this.lease?.release(this.details);
    this.proxy.finished({
      method: this.request.method ?? "",
      path: this.path,
      host: this.host,
      status: this.status,
      details: this.details,
      hostCalls: this.lease?.stream.hostCalls ?? 0,
      durationMs: performance.now() - this.startedAt,
      upstream: this.sentUpstream,
      sourceAddress: this.peer,
    });
  }
}

function localResponse(status: number, details: string, body: string): LocalResponse {
  return { status, details, body: Buffer.from(body, "latin1"), headers: new HeaderMap(), grpcStatus: -1 };
}

function nanosecondsSince(start: number): bigint {
  return BigInt(Math.round((performance.now() - start) * 1e6));
}

/** Whether a request carries a body, which HTTP/1.1 tells by its framing headers. */
function hasBody(request: IncomingMessage): boolean {
  const length = request.headers["content-length"];
  return request.headers["transfer-encoding"] !== undefined || (length !== undefined && Number(length) > 0);
}

/** Whether a body of so many bytes is what the head declared, if it declared anything. */
function keepsLength(headers: HeaderMap, bytes: number): boolean {
  const declared = headers.get("content-length");
  return declared === undefined || Number(declared) === bytes;
}
