/** A request on its way: tried again where that was asked for, copied to mirrors, bounded in time. */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { NO_BYTES } from "../bytes.ts";
import type { HeaderMap } from "../header-map.ts";
import { ResponseFlag } from "../stream-info.ts";
import type { Backoff, Forwarding } from "./destination.ts";
import type { RouterOptions } from "./router-headers.ts";
import { addTrailers } from "./trailers.ts";
import type { UpstreamFailure, UpstreamRequest } from "./upstream.ts";

export interface OutgoingEvents {
  /** The head of the response that counts. */
  response(message: IncomingMessage): void;
  /** There is none, and no other try. */
  failed(failure: UpstreamFailure): void;
  /** A connection to the upstream is there. */
  connected(socket: Socket): void;
  /** There is room again. */
  drained(): void;
  /** All of the request has been sent, for the first time. */
  sent(): void;
}

/** Envoy's default `per_connection_buffer_limit_bytes`: a longer body is not sent twice. */
const KEPT_BYTES = 1024 * 1024;
/** Envoy's own. */
const BACKOFF: Backoff = { baseMs: 25, maxMs: 250 };

export class Outgoing {
  private readonly to: Forwarding;
  private readonly headers: HeaderMap;
  private readonly hasBody: boolean;
  private readonly options: RouterOptions;
  private readonly events: OutgoingEvents;
  private readonly mirrors: UpstreamRequest[];
  private attempt: UpstreamRequest;
  /** What was written, for another try; undefined where there will be none. */
  private kept: Uint8Array[] | undefined;
  private keptBytes = 0;
  private retries = 0;
  private ended = false;
  private sentOnce = false;
  private trailers: HeaderMap | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Between two tries. */
  private waiting = false;
  private over = false;

  /** Throws where Node cannot write the head. */
  constructor(
    to: Forwarding,
    headers: HeaderMap,
    { hasBody, options, events }: { hasBody: boolean; options: RouterOptions; events: OutgoingEvents },
  ) {
    this.to = to;
    this.headers = headers;
    this.hasBody = hasBody;
    this.options = options;
    this.events = events;
    this.kept = options.retry && [];
    this.attempt = this.send();
    this.mirrors = (to.mirrors ?? [])
      .filter(({ share }) => Math.random() < share)
      .map(({ upstream }) => {
        const nothing = (): void => undefined;
        return upstream.send(headers, hasBody, {
          response: (message) => void message.resume(),
          failed: nothing,
        });
      });
  }

  /** The one connection that a body can be piped into as it is; undefined where more is done with it. */
  get pipe(): ClientRequest | undefined {
    return this.kept === undefined && this.mirrors.length === 0 ? this.attempt.current : undefined;
  }

  /** Whether all of the request has been sent. */
  get finished(): boolean {
    return this.attempt.current.writableFinished;
  }

  /** False: there is enough under way. */
  write(chunk: Uint8Array): boolean {
    if (chunk.length > 0) this.keep(chunk);
    for (const { current } of this.mirrors)
      // A mirror that is slow holds up nobody.
      if (current.writableLength > KEPT_BYTES) current.destroy();
      else current.write(chunk);
    return this.waiting || this.attempt.current.write(chunk);
  }

  end(trailers?: HeaderMap): void {
    this.ended = true;
    this.trailers = trailers;
    for (const { current } of this.mirrors) finish(current, trailers);
    if (!this.waiting) finish(this.attempt.current, trailers);
  }

  /** Breaks off a request that is shorter than it said, which the upstream would wait for the rest of. */
  cutShort(): void {
    this.kept = undefined;
    for (const { current } of [this.attempt, ...this.mirrors]) current.destroy();
  }

  /** Gives up; no event follows. */
  abort(): void {
    this.over = true;
    clearTimeout(this.timer);
    this.attempt.abort();
    // What has been sent in full may be read at leisure.
    for (const mirror of this.mirrors) if (!mirror.current.writableEnded) mirror.abort();
  }

  private keep(chunk: Uint8Array): void {
    if (this.kept === undefined) return;
    this.keptBytes += chunk.length;
    if (this.keptBytes > KEPT_BYTES) this.kept = undefined;
    else this.kept.push(chunk);
  }

  private send(): UpstreamRequest {
    const request = this.to.upstream.send(this.headers, this.hasBody, {
      response: (message) => this.answered(message),
      failed: (failure) => this.failed(failure),
    });
    const sink = request.current;
    sink.once("socket", (socket) => {
      // Whom the request goes to is known before there is a response.
      if (socket.connecting) socket.once("connect", () => this.events.connected(socket));
      else this.events.connected(socket);
    });
    sink.on("drain", () => this.events.drained());
    sink.once("finish", () => this.startTimer());
    return request;
  }

  private startTimer(): void {
    if (this.over) return;
    if (!this.sentOnce) this.events.sent();
    this.sentOnce = true;
    const { perTryTimeoutMs } = this.options;
    if (perTryTimeoutMs > 0) this.timer = setTimeout(() => this.failed(PER_TRY_TIMEOUT), perTryTimeoutMs);
  }

  private answered(message: IncomingMessage): void {
    clearTimeout(this.timer);
    if (this.over) return void message.destroy();
    if (this.retriesStatus(message.statusCode ?? 0) && this.again()) return void message.resume();
    this.over = true;
    this.events.response(message);
  }

  private failed(failure: UpstreamFailure): void {
    clearTimeout(this.timer);
    if (this.over || (this.retriesFailure(failure) && this.again())) return;
    this.over = true;
    this.attempt.abort();
    this.events.failed(failure);
  }

  private retriesStatus(status: number): boolean {
    const { on, statuses } = this.options.retry ?? NO_RETRY;
    return (
      (on.has("5xx") && status >= 500) ||
      (on.has("gateway-error") && status >= 502 && status <= 504) ||
      (on.has("retriable-4xx") && status === 409) ||
      (on.has("retriable-status-codes") && statuses.has(status))
    );
  }

  private retriesFailure({ flag }: UpstreamFailure): boolean {
    const { on } = this.options.retry ?? NO_RETRY;
    const connecting = flag === ResponseFlag.UpstreamConnectionFailure;
    return (
      ["5xx", "gateway-error", "reset"].some((name) => on.has(name)) ||
      (connecting && on.has("connect-failure"))
    );
  }

  /** Tries again after a while; false where it may not. As Envoy, only what has come from the client in full. */
  private again(): boolean {
    const { most } = this.options.retry ?? NO_RETRY;
    if (this.retries >= most || this.kept === undefined || (this.hasBody && !this.ended)) return false;
    const { baseMs, maxMs } = this.to.backoff ?? BACKOFF;
    const wait = Math.random() * Math.min(maxMs, baseMs * 2 ** this.retries);
    this.retries++;
    this.attempt.abort();
    this.waiting = true;
    this.timer = setTimeout(() => {
      this.waiting = false;
      this.attempt = this.send();
      const { current } = this.attempt;
      for (const chunk of this.kept ?? []) current.write(chunk);
      finish(current, this.trailers);
    }, wait);
    return true;
  }
}

const NO_RETRY = { on: new Set<string>(), statuses: new Set<number>(), most: 0 };

/** What Envoy answers where a try took too long and there is no other. */
const PER_TRY_TIMEOUT: UpstreamFailure = {
  status: 504,
  details: "upstream_per_try_timeout",
  body: "upstream request timeout",
  transport: "",
  flag: ResponseFlag.UpstreamRequestTimeout,
};

function finish(request: ClientRequest, trailers: HeaderMap | undefined): void {
  if (request.destroyed) return;
  // The head goes, whatever follows. `flushHeaders` would write it as UTF-8.
  if (trailers !== undefined) {
    request.write(NO_BYTES);
    addTrailers(request, trailers);
  }
  request.end();
}
