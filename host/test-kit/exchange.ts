import { NO_BYTES } from "../bytes.ts";
import { HeaderMap } from "../header-map.ts";
import { renderLocalResponse, type LocalResponse } from "../local-response.ts";
import type { Lease } from "../proxy/filter-slot.ts";
import { requestFault } from "../proxy/request-fault.ts";
import { ResponseFlag, StreamInfo } from "../stream-info.ts";
import type { BodyResult, StreamEnd, StreamListener, StreamResult } from "../stream.ts";
import { addFields, type FieldsInit } from "./fields.ts";
import { requestHeaderMap, responseHeaderMap, type RequestHead, type ResponseHead } from "./message.ts";
import { passThrough, type StreamPhases } from "./pass-through.ts";
import { SeenRequest, SeenResponse } from "./seen.ts";
import { bytesOf } from "./text.ts";

/**
 * What the filter made of a phase: it lets the message go on; it holds it back; the exchange is over, being answered,
 * dropped without an answer, or because the filter trapped.
 */
export type PhaseResult = "continue" | "wait" | "answered" | "reset" | "failed";

/** How an exchange stands. `"open"`: the client or the upstream is to say more. */
export type ExchangeState = "open" | "waiting" | "answered" | "reset" | "failed" | "disconnected";

type Side = "request" | "response";

/** The end of the stream comes with a phase, or later. */
type End = "end" | undefined;

const FAIL_STREAM = localResponse(503, "wasm_fail_stream", "");

function localResponse(status: number, details: string, body: string): LocalResponse {
  return { status, details, body: Buffer.from(body), headers: new HeaderMap(), grpcStatus: -1 };
}

/** @internal What an exchange is told of the worker it runs on. */
export interface ExchangeContext {
  readonly lease: Lease | "refuse" | "pass";
  /** Why the VM failed, where it did. */
  readonly failure: () => Error | undefined;
  /** Nanoseconds since the epoch. */
  readonly now: () => bigint;
  /** Told when all of the request has gone to the upstream. */
  readonly onRequestSent?: (request: SeenRequest) => void;
}

/** One request and its response on their way through the filter. What it shows stays up to date. */
export class Exchange implements StreamListener {
  /** What has gone to the upstream; undefined as long as nothing has. */
  upstream: SeenRequest | undefined;
  private readonly context: ExchangeContext;
  private readonly stream: StreamPhases;
  /** What the filter can ask about the exchange as a whole. */
  private readonly info = new StreamInfo();
  private readonly startedAt: bigint;
  private requestSentAt: bigint | undefined;
  private clientResponse: SeenResponse | undefined;
  private requestMap = new HeaderMap();
  private responseMap = new HeaderMap();
  private heldSides = new Set<Side>();
  private localResponse: { details: string } | undefined;
  private over: Exclude<ExchangeState, "open" | "waiting"> | undefined;
  private upstreamAsked = false;
  private responseBegun = false;

  /** @internal */
  constructor(context: ExchangeContext) {
    this.context = context;
    const { lease } = context;
    this.stream = typeof lease === "string" ? passThrough() : lease.stream;
    this.stream.listener = this;
    this.stream.info = this.info;
    this.startedAt = context.now();
  }

  get state(): ExchangeState {
    if (this.over !== undefined) return this.over;
    return this.heldSides.size > 0 || this.upstreamAsked ? "waiting" : "open";
  }

  /** What it waits for, in words; undefined where it does not. */
  get waitingFor(): string | undefined {
    if (this.state !== "waiting") return undefined;
    const [side] = this.heldSides;
    return side === undefined ? "the upstream has not answered" : `the filter holds the ${side} back`;
  }

  /**
   * What has gone to the client.
   * @throws Error as long as nothing has.
   */
  get response(): SeenResponse {
    if (this.clientResponse !== undefined) return this.clientResponse;
    throw new Error(`there is no response: ${this.waitingFor ?? `the exchange is ${this.state}`}`);
  }

  /** Whether anything has gone to the client. */
  get hasResponse(): boolean {
    return this.clientResponse !== undefined;
  }

  /** Why the VM failed; undefined where it did not. */
  get failure(): Error | undefined {
    return this.over === "failed" ? this.context.failure() : undefined;
  }

  /** How many host calls the filter made for it. */
  get hostCalls(): number {
    const { lease } = this.context;
    return typeof lease === "string" ? 0 : lease.stream.hostCalls;
  }

  /** The request's method and path as the client sent them. */
  title = "(no request yet)";

  /** The request's beginning; `"end"`: it has no body. */
  requestHeaders(head: RequestHead = {}, end?: End): PhaseResult {
    return this.sendRequest(requestHeaderMap(head), end === "end");
  }

  /** A piece of the request's body. */
  requestBody(piece: string | Uint8Array, end?: End): PhaseResult {
    if (this.over !== undefined) return this.result();
    const bytes = bytesOf(piece);
    this.info.requestBytes += bytes.length;
    return this.take("request", this.stream.requestBody(bytes, end === "end"), end === "end");
  }

  /** The request's trailers, which end it. */
  requestTrailers(trailers: FieldsInit): PhaseResult {
    if (this.over !== undefined) return this.result();
    const map = addFields(new HeaderMap(), trailers);
    return this.take("request", this.stream.requestTrailers(map), true, map);
  }

  /** The upstream's response; `"end"`: it has no body. */
  responseHeaders(head: ResponseHead = {}, end?: End): PhaseResult {
    return this.sendResponse(responseHeaderMap(head), end === "end");
  }

  /** A piece of the response's body. */
  responseBody(piece: string | Uint8Array, end?: End): PhaseResult {
    if (this.over !== undefined) return this.result();
    return this.take("response", this.stream.responseBody(bytesOf(piece), end === "end"), end === "end");
  }

  /** The response's trailers, which end it. */
  responseTrailers(trailers: FieldsInit): PhaseResult {
    if (this.over !== undefined) return this.result();
    const map = addFields(new HeaderMap(), trailers);
    return this.take("response", this.stream.responseTrailers(map), true, map);
  }

  /** The client goes away: `on_log`, `on_done`, `on_delete`. Does nothing where the exchange is over. */
  disconnect(): void {
    this.info.responseFlags |= ResponseFlag.DownstreamConnectionTermination;
    this.finish("disconnected", "downstream_remote_disconnect");
  }

  /** @internal */
  sendRequest(map: HeaderMap, end: boolean): PhaseResult {
    this.requestMap = map;
    this.title = `${map.get(":method") ?? ""} ${map.get(":path") ?? ""}`;
    if (this.context.lease === "refuse") {
      this.ended({ kind: "failed" });
      return this.result();
    }
    return this.take("request", this.stream.requestHeaders(map, end), end);
  }

  /** @internal */
  sendResponse(map: HeaderMap, end: boolean): PhaseResult {
    this.upstreamAsked = false;
    if (this.over !== undefined || this.localResponse !== undefined) return this.result();
    this.beginResponse(map, "via_upstream");
    return this.take("response", this.stream.responseHeaders(map, end), end);
  }

  /** @internal The upstream broke off before it answered: Envoy answers in its place. */
  upstreamReset(): void {
    this.upstreamAsked = false;
    if (this.over !== undefined || this.responseBegun) return;
    this.info.responseFlags |= ResponseFlag.UpstreamConnectionTermination;
    const reason = "connection termination";
    const details = `upstream_reset_before_response_started{${reason.replace(" ", "_")}}`;
    const body = `upstream connect error or disconnect/reset before headers. reset reason: ${reason}`;
    this.answer(localResponse(503, details, body));
  }

  /** The host says what other callbacks decide. */
  continued(side: Side, body: Uint8Array, endOfStream: boolean, trailers?: HeaderMap): void {
    if (this.over !== undefined) return;
    this.heldSides.delete(side);
    this.pass(side, body, endOfStream, trailers);
  }

  /** The host says what other callbacks decide. */
  ended(result: StreamEnd): void {
    if (this.over !== undefined) return;
    if (result.kind === "reset") this.finish("reset", "wasm_close_stream");
    else if (this.clientResponse !== undefined)
      this.finish(result.kind === "failed" ? "failed" : "reset", "wasm_close_stream");
    else if (result.kind === "failed") this.respond(FAIL_STREAM, "failed");
    else if (this.responseBegun) this.respond(result.response, "answered");
    else this.answer(result.response);
  }

  private take(
    side: Side,
    result: StreamResult | BodyResult,
    end: boolean,
    trailers?: HeaderMap,
  ): PhaseResult {
    if (result.kind === "continue") {
      this.heldSides.delete(side);
      this.pass(side, "body" in result ? result.body : NO_BYTES, end, trailers);
      // The response's end is the end of the exchange, but the phase was let go on.
      return side === "response" || this.over === undefined ? "continue" : this.result();
    } else if (result.kind === "pause") this.heldSides.add(side);
    else this.ended(result);
    return this.result();
  }

  private result(): PhaseResult {
    if (this.heldSides.size > 0 && this.over === undefined) return "wait";
    if (this.over === undefined) return "continue";
    return this.over === "disconnected" ? "reset" : this.over;
  }

  /** Something goes on to where it is meant to go. */
  private pass(side: Side, body: Uint8Array, end: boolean, trailers?: HeaderMap): void {
    if (side === "request" && this.upstream === undefined) {
      // Envoy's router looks at what the filter has made of the request.
      const fault = requestFault(this.requestMap);
      if (fault?.status === 404) this.info.responseFlags |= ResponseFlag.NoRouteFound;
      if (fault !== undefined) return this.answer(localResponse(fault.status, fault.details, fault.body));
    }
    const seen = side === "request" ? this.seenRequest() : this.seenResponse();
    if (side === "response") this.info.responseBytes += body.length;
    seen.transcript.add(body, end && trailers === undefined);
    if (trailers !== undefined) seen.end(trailers);
    if (!seen.complete) return;
    if (side === "response") return this.complete();
    this.requestSentAt = this.context.now();
    if (this.context.onRequestSent !== undefined && this.upstream !== undefined) {
      this.upstreamAsked = true;
      this.context.onRequestSent(this.upstream);
    }
  }

  private seenRequest(): SeenRequest {
    return (this.upstream ??= new SeenRequest(this.requestMap));
  }

  private seenResponse(): SeenResponse {
    const details = this.localResponse?.details ?? "via_upstream";
    return (this.clientResponse ??= new SeenResponse(
      this.responseMap,
      details,
      this.localResponse !== undefined,
    ));
  }

  /** As Envoy: a local response passes the filter's own response phase before it is sent. */
  private answer(local: LocalResponse): void {
    this.heldSides.clear();
    this.localResponse = local;
    const rendered = renderLocalResponse(local, this.requestMap);
    this.beginResponse(rendered.headers, local.details);
    const end = rendered.body.length === 0;
    this.take("response", this.stream.responseHeaders(rendered.headers, end), end);
    if (!end && this.over === undefined)
      this.take("response", this.stream.responseBody(rendered.body, true), true);
  }

  /** A response that the filter does not see. */
  private respond(local: LocalResponse, state: "answered" | "failed"): void {
    const rendered = renderLocalResponse(local, this.requestMap);
    this.stream.answered(rendered.headers);
    this.beginResponse(rendered.headers, local.details);
    this.clientResponse = new SeenResponse(rendered.headers, local.details, true);
    this.clientResponse.transcript.add(rendered.body, true);
    this.finish(state, local.details);
  }

  private beginResponse(headers: HeaderMap, details: string): void {
    this.responseBegun = true;
    this.responseMap = headers;
    this.info.responseCode = Number(headers.get(":status"));
    this.info.responseCodeDetails = details;
  }

  private complete(): void {
    if (this.requestSentAt !== undefined && this.localResponse === undefined)
      this.info.backendLatency = this.context.now() - this.requestSentAt;
    this.finish("answered", this.clientResponse?.details ?? "");
  }

  private finish(state: Exclude<ExchangeState, "open" | "waiting">, details: string): void {
    if (this.over !== undefined) return;
    this.over = state;
    this.heldSides.clear();
    this.info.duration = this.context.now() - this.startedAt;
    const { lease } = this.context;
    if (typeof lease !== "string") lease.release(details);
  }
}
