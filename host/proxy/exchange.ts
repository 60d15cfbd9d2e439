/** One request through the proxy: client → filter → upstream → filter → client. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap } from "../header-map.ts";
import { renderLocalResponse, type LocalResponse, type RenderedResponse } from "../local-response.ts";
import type { BodyResult, StreamListener, StreamResult } from "../stream.ts";
import { connectionProperties, plainAddress } from "./addresses.ts";
import { BodyPump } from "./body-pump.ts";
import type { FilterSlot, Lease } from "./filter-slot.ts";
import { presentRequest, requestedUpgrade, type Refusal } from "./present-request.ts";
import type { RequestRecord } from "./request-record.ts";
import { mayHaveBody, presentResponse, writeHead } from "./response-writer.ts";
import type { Upstream, UpstreamRequest } from "./upstream.ts";

/** What an exchange needs of the proxy it belongs to. */
export interface ExchangeContext {
  readonly slot: FilterSlot | undefined;
  readonly upstream: Upstream;
  readonly normalizePaths: boolean;
  readonly revealDetails: boolean;
  /** Whether the proxy is shutting down, so that connections end with their response. */
  readonly draining: boolean;
  finished(record: RequestRecord): void;
}

const CONTINUE: StreamResult = { kind: "continue" };
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
  private upstreamRequest: UpstreamRequest | undefined;
  private upstreamResponse: IncomingMessage | undefined;
  private requestPump: BodyPump | undefined;
  private responsePump: BodyPump | undefined;
  /** Goes on where the filter paused: set while it pauses on headers. */
  private resumeRequest: (() => void) | undefined;
  private resumeResponse: (() => void) | undefined;
  private details = "";
  private status = 0;
  private sentUpstream = false;
  private over = false;

  constructor(proxy: ExchangeContext, request: IncomingMessage, response: ServerResponse) {
    this.proxy = proxy;
    this.request = request;
    this.response = response;
    this.path = request.url ?? "";
    this.host = request.headers.host ?? "";
    this.peer = plainAddress(request.socket.remoteAddress);
    response.on("close", () => this.finish());
    // A client that goes away shows as `close`; the errors say nothing more.
    response.on("error", () => {});
    request.on("error", () => {});
  }

  start(): void {
    const upgrade = requestedUpgrade(this.request);
    const headers = presentRequest(this.request, this.proxy.normalizePaths);
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
    if (this.proxy.slot === undefined) return this.sendUpstream();

    const properties = connectionProperties(this.request.socket, headers.get("x-forwarded-for"));
    const lease = this.proxy.slot.open(properties);
    if (lease === "refuse") return this.refuse(FAIL_STREAM);
    if (lease === "pass") return this.sendUpstream();
    this.lease = lease;
    this.lease.stream.listener = this;
    const result = this.lease.stream.requestHeaders(headers, !hasBody(this.request));
    if (result.kind === "continue") this.sendUpstream();
    else if (result.kind === "pause") this.resumeRequest = () => this.sendUpstream();
    else this.ended(result);
  }

  /** {@link StreamListener}: a timer or another stream let the filter's pause end. */
  continued(side: "request" | "response", body: Uint8Array): void {
    if (this.over) return;
    if (side === "request") {
      const resume = this.resumeRequest;
      this.resumeRequest = undefined;
      if (resume !== undefined) resume();
      else this.requestPump?.continued(body);
    } else {
      const resume = this.resumeResponse;
      this.resumeResponse = undefined;
      if (resume !== undefined) resume();
      else this.responsePump?.continued(body);
    }
  }

  /** {@link StreamListener}: the filter ended the exchange, in a callback of its own or in another. */
  ended(result: Exclude<StreamResult | BodyResult, { kind: "continue" | "pause" }>): void {
    if (this.over) return;
    this.stopPumps();
    this.resumeRequest = this.resumeResponse = undefined;
    this.upstreamRequest?.abort();
    if (result.kind === "reset" || this.response.headersSent) {
      this.details ||= "wasm_close_stream";
      this.abandon();
    } else if (result.kind === "failed") this.refuse(FAIL_STREAM);
    else if (this.upstreamResponse === undefined) this.answerThroughFilter(result.response);
    else this.answer(result.response); // the filter's response phase has begun, so Envoy bypasses it
  }

  private sendUpstream(): void {
    const withBody = hasBody(this.request);
    this.sentUpstream = true;
    try {
      this.upstreamRequest = this.proxy.upstream.send(this.requestHeaders, withBody, {
        response: (message) => this.onResponse(message),
        failed: (failure) => {
          this.stopPumps();
          if (!this.over && !this.response.headersSent)
            this.answerThroughFilter(localResponse(failure.status, failure.details, failure.body));
        },
      });
    } catch {
      this.sentUpstream = false;
      return this.refuse({ status: 503, details: "upstream_request_invalid", body: "" });
    }
    const sink = this.upstreamRequest.current;
    if (!withBody) return void sink.end();
    sink.flushHeaders(); // the head goes ahead of the body, which the filter may hold back
    if (this.lease?.stream.readsRequestBody === true) {
      const { stream } = this.lease;
      this.requestPump = new BodyPump(this.request, sink, {
        length: declaredLength(this.request),
        promised: contentLength(this.requestHeaders),
        filter: (chunk, end) => stream.requestBody(chunk, end),
        ended: (result) => this.ended(result),
      });
    } else this.request.pipe(sink);
  }

  private onResponse(message: IncomingMessage): void {
    if (this.over) return void message.destroy();
    this.upstreamResponse = message;
    message.on("error", () => this.abandon());
    message.on("aborted", () => this.abandon());
    const headers = presentResponse(message);
    const status = message.statusCode ?? 0;
    const withBody = mayHaveBody(this.request.method, status) && message.headers["content-length"] !== "0";
    const result = this.lease?.stream.responseHeaders(headers, !withBody) ?? CONTINUE;
    if (result.kind === "continue") this.passResponse(message, headers, withBody);
    else if (result.kind === "pause")
      this.resumeResponse = () => this.passResponse(message, headers, withBody);
    else this.ended(result);
  }

  private passResponse(message: IncomingMessage, headers: HeaderMap, withBody: boolean): void {
    this.details = "via_upstream";
    const head = writeHead(this.response, headers, withBody ? "some" : "none", this.closing());
    this.status = head.status;
    if (!head.valid) {
      this.details = "filter_response_invalid";
      message.destroy();
      this.response.end();
    } else if (!withBody) {
      message.resume();
      this.response.end();
    } else if (this.lease?.stream.readsResponseBody === true) {
      const { stream } = this.lease;
      this.responsePump = new BodyPump(message, this.response, {
        length: declaredLength(message),
        promised: contentLength(headers),
        filter: (chunk, end) => stream.responseBody(chunk, end),
        ended: (result) => this.ended(result),
      });
    } else message.pipe(this.response);
  }

  /** As Envoy: a local response passes the filter's own response phase before it is sent. */
  private answerThroughFilter(local: LocalResponse): void {
    const rendered = renderLocalResponse(local, this.requestHeaders);
    const { stream } = this.lease ?? {};
    if (stream === undefined) return this.send(rendered, local.details);
    const result = stream.responseHeaders(rendered.headers, rendered.body.length === 0);
    if (result.kind === "failed") return this.refuse(FAIL_STREAM);
    if (result.kind === "reset") return this.ended(result);
    const sendBody = (): void => {
      if (rendered.body.length === 0 || !stream.readsResponseBody) return this.send(rendered, local.details);
      const body = stream.responseBody(rendered.body, true);
      if (body.kind !== "continue" && body.kind !== "pause") return this.refuse(FAIL_STREAM);
      const kept = body.kind === "continue" ? body.body : rendered.body;
      rendered.headers.set("content-length", String(kept.length));
      this.send({ ...rendered, body: kept }, local.details);
    };
    if (result.kind === "pause") this.resumeResponse = sendBody;
    else sendBody();
  }

  private refuse({ status, details, body }: Refusal): void {
    this.answer(localResponse(status, details, body));
  }

  private answer(local: LocalResponse): void {
    this.send(renderLocalResponse(local, this.requestHeaders), local.details);
  }

  private send({ headers, body }: RenderedResponse, details: string): void {
    if (this.over || this.response.headersSent) return;
    this.stopPumps();
    this.upstreamRequest?.abort();
    this.details = details;
    if (this.proxy.revealDetails) headers.set("x-tollgate-details", details);
    const head = writeHead(this.response, headers, body.length > 0 ? "some" : "none", this.closing());
    this.status = head.status;
    this.response.end(head.valid && body.length > 0 ? body : undefined);
    // Answered before all of the body has come: the rest is read and dropped, so that the client gets to the answer.
    this.request.resume();
  }

  private closing(): boolean {
    return this.proxy.draining || !this.response.shouldKeepAlive;
  }

  private stopPumps(): void {
    this.requestPump?.stop();
    this.responsePump?.stop();
    this.request.unpipe();
  }

  /** Drops the client's connection: there is no honest way to finish the response. */
  private abandon(): void {
    if (!this.over && !this.response.writableEnded) this.response.destroy();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.stopPumps();
    if (!this.response.writableFinished) this.details ||= "downstream_remote_disconnect";
    // Also where the upstream answered before it had the whole request.
    const sent = this.upstreamRequest?.current.writableFinished === true;
    if (!sent || !this.response.writableFinished) this.upstreamRequest?.abort();
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
  return { status, details, body: Buffer.from(body), headers: new HeaderMap(), grpcStatus: -1 };
}

/** Whether a request carries a body, which HTTP/1.1 tells by its framing headers. */
function hasBody(request: IncomingMessage): boolean {
  const length = request.headers["content-length"];
  return request.headers["transfer-encoding"] !== undefined || (length !== undefined && Number(length) > 0);
}

/** The length the head declares to the receiver, or NaN. */
function contentLength(headers: HeaderMap): number {
  return Number(headers.get("content-length") ?? NaN);
}

/** The length the sender declared, or NaN. */
function declaredLength(message: IncomingMessage): number {
  const length = message.headers["content-length"];
  return length === undefined || message.headers["transfer-encoding"] !== undefined ? NaN : Number(length);
}
