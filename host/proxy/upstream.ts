/** The one upstream behind the proxy: sends a request there, keeps its connections. */
import * as http from "node:http";
import * as https from "node:https";
import type { HeaderMap } from "../header-map.ts";
import { ResponseFlag, type UpstreamAddress } from "../stream-info.ts";
import { upstreamTarget } from "./addresses.ts";
import { withoutTrailer } from "./response-writer.ts";

const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]);

/** Envoy's default `max_headers_count`. */
const MOST_HEADERS = 100;

export interface UpstreamEvents {
  /** The response's head. */
  response(message: http.IncomingMessage): void;
  /** The request failed before a response. */
  failed(failure: UpstreamFailure): void;
}

export interface UpstreamFailure {
  status: 502 | 503 | 504;
  details: string;
  body: string;
  /** Why the connection could not be made, for the property `upstream.transport_failure_reason`; else empty. */
  transport: string;
  /** Of {@link ResponseFlag}. */
  flag: number;
}

/** An upstream by its origin; path and query of the URL are not used. */
export class Upstream {
  private readonly url: URL;
  private readonly secure: boolean;
  private readonly agent: http.Agent;

  constructor(url: URL) {
    this.url = url;
    this.secure = url.protocol === "https:";
    const options = { keepAlive: true, maxFreeSockets: 256, scheduling: "lifo" } as const;
    this.agent = this.secure ? new https.Agent(options) : new http.Agent(options);
  }

  /** Where requests are sent, where that is known without asking for a name's address. */
  get address(): UpstreamAddress | undefined {
    return upstreamTarget(this.target);
  }

  private get target(): { host: string; port: number } {
    const port = Number(this.url.port) || (this.secure ? 443 : 80);
    return { host: this.url.hostname.replace(/^\[|\]$/g, ""), port };
  }

  /**
   * Opens a request with the headers as the filter left them. `hasBody` says whether the caller will write one.
   * Throws where Node cannot write the head, e.g. for a header value with a line break.
   */
  send(headers: HeaderMap, hasBody: boolean, events: UpstreamEvents): UpstreamRequest {
    return new UpstreamRequest((fresh) => this.open(headers, hasBody, fresh), headers, hasBody, events);
  }

  private open(headers: HeaderMap, hasBody: boolean, freshConnection: boolean): http.ClientRequest {
    const send = this.secure ? https.request : http.request;
    return send({
      ...this.target,
      method: headers.get(":method") ?? "GET",
      path: escapePath(headers.get(":path") ?? "/"),
      headers: wireHeaders(headers, hasBody),
      setHost: false,
      agent: freshConnection ? false : this.agent,
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** One request on its way, retried once where a kept connection turned out to be dead. */
export class UpstreamRequest {
  current: http.ClientRequest;
  private answered = false;
  private retried = false;
  private aborted = false;

  constructor(
    open: (freshConnection: boolean) => http.ClientRequest,
    headers: HeaderMap,
    hasBody: boolean,
    events: UpstreamEvents,
  ) {
    const mayRetry = !hasBody && IDEMPOTENT.has(headers.get(":method") ?? "");
    const watch = (request: http.ClientRequest): http.ClientRequest => {
      request.on("response", (message) => {
        this.answered = true;
        if (message.rawHeaders.length > 2 * MOST_HEADERS) {
          message.destroy();
          events.failed(PROTOCOL_ERROR);
          return;
        }
        events.response(message);
      });
      request.on("error", (error: NodeJS.ErrnoException) => {
        if (this.answered || this.aborted) return;
        // The server closed an idle connection while the request was on its way: nobody has seen it.
        if (mayRetry && !this.retried && request.reusedSocket && isReset(error)) {
          this.retried = true;
          this.current = watch(open(true));
          this.current.end();
          return;
        }
        this.answered = true;
        events.failed(describeFailure(error));
      });
      return request;
    };
    this.current = watch(open(false));
  }

  /** Gives up; no event follows. */
  abort(): void {
    this.aborted = true;
    this.current.destroy();
  }
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === "ECONNRESET" || error.code === "EPIPE";
}

function wireHeaders(headers: HeaderMap, hasBody: boolean): string[] {
  const authority = headers.get(":authority");
  const wire = authority === undefined ? [] : ["host", authority];
  let framed = false;
  for (let i = 0; i < headers.size; i++) {
    const name = headers.nameAt(i);
    if (name.startsWith(":") || name === "transfer-encoding" || name === "connection" || name === "host")
      continue;
    if (name === "content-length") framed = true;
    wire.push(name, headers.valueAt(i));
  }
  if (!framed && hasBody) {
    wire.push("transfer-encoding", "chunked");
    return wire;
  }
  if (!framed && methodsWithBody.has(headers.get(":method") ?? "")) wire.push("content-length", "0");
  return withoutTrailer(wire);
}

// Without a declared length Node would send an empty chunked body for these.
const methodsWithBody = new Set(["POST", "PUT", "PATCH"]);

function escapePath(path: string): string {
  return path.replace(
    /[^\x21-\xff]/g,
    (char) => "%" + char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"),
  );
}

const CONNECT_ERROR = "upstream connect error or disconnect/reset before headers. reset reason: ";

/** What Envoy answers where the upstream did not. */
export function describeFailure(error: NodeJS.ErrnoException): UpstreamFailure {
  const connecting = error.syscall === "connect" || error.syscall === "getaddrinfo";
  const reason = connecting ? "remote connection failure" : "connection termination";
  const transport = connecting ? connectReason(error) : "";
  const details = reason.replace(/ /g, "_") + (transport && `|${transport.replace(/ /g, "_")}`);
  return {
    status: 503,
    details: `upstream_reset_before_response_started{${details}}`,
    body: CONNECT_ERROR + reason,
    transport,
    flag: connecting ? ResponseFlag.UpstreamConnectionFailure : ResponseFlag.UpstreamConnectionTermination,
  };
}

/** An upstream that reset the stream before it answered. */
export const REMOTE_RESET: UpstreamFailure = {
  status: 503,
  details: "upstream_reset_before_response_started{remote_reset}",
  body: `${CONNECT_ERROR}remote reset`,
  transport: "",
  flag: ResponseFlag.UpstreamRemoteReset,
};

/** An upstream whose response Envoy does not read on. */
const PROTOCOL_ERROR: UpstreamFailure = {
  status: 502,
  details: "upstream_reset_before_response_started{protocol_error}",
  body: `${CONNECT_ERROR}protocol error`,
  transport: "",
  flag: ResponseFlag.UpstreamProtocolError,
};

function connectReason(error: NodeJS.ErrnoException): string {
  if (error.code === "ECONNREFUSED") return "delayed connect error: Connection refused";
  return `delayed connect error: ${error.code ?? error.message}`;
}
