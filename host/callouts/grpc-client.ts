/** gRPC over HTTP/2 to one server: in the clear for `http:`, over TLS for `https:`. */
import * as http2 from "node:http2";
import { HeaderMap } from "../header-map.ts";
import { describeFailure, REMOTE_RESET } from "../proxy/upstream.ts";
import type { GrpcReply, GrpcRequests, GrpcStart, GrpcUpstream } from "./cluster.ts";
import { frame, FrameReader } from "./grpc-frames.ts";

export const GrpcStatus = { Ok: 0, Canceled: 1, Unknown: 2, Internal: 13, Unavailable: 14 } as const;

/** Keeps one connection, which keeps the process alive only while a call is under way. */
export class GrpcClient implements GrpcUpstream {
  private readonly url: URL;
  private session: http2.ClientHttp2Session | undefined;
  private calls = 0;

  constructor(url: URL) {
    this.url = url;
  }

  grpc(start: GrpcStart, reply: GrpcReply): GrpcRequests {
    const session = this.connect();
    const stream = session.request(wireHeaders(start, this.url));
    if (this.calls++ === 0) session.ref();
    stream.on("close", () => {
      if (--this.calls === 0) session.unref();
    });
    const request = { start: performance.now(), complete: false };
    follow(stream, reply, request);
    return {
      message: (bytes, end) => {
        if (!stream.writable) return;
        if (bytes !== null) stream.write(frame(bytes));
        if (end) stream.end();
        request.complete ||= end;
      },
      cancelled: () => stream.close(http2.constants.NGHTTP2_CANCEL),
    };
  }

  close(): void {
    this.session?.destroy();
    this.session = undefined;
  }

  private connect(): http2.ClientHttp2Session {
    if (this.session !== undefined && !this.session.closed && !this.session.destroyed) return this.session;
    const session = http2.connect(this.url.origin);
    // Each of its streams is told, too.
    session.on("error", () => {});
    this.calls = 0;
    return (this.session = session);
  }
}

/** How far the request has got. */
interface RequestProgress {
  readonly start: number;
  complete: boolean;
}

/** Says what comes, in the words of Envoy's client where it goes wrong. */
function follow(stream: http2.ClientHttp2Stream, reply: GrpcReply, request: RequestProgress): void {
  const frames = new FrameReader();
  let begun = false;
  let trailers: HeaderMap | undefined;
  let failure: NodeJS.ErrnoException | undefined;
  const giveUp = (status: number): void => {
    reply.close(status, VIA_UPSTREAM);
    stream.close(http2.constants.NGHTTP2_CANCEL);
  };
  stream.on("response", (headers, flags) => {
    begun = true;
    const map = headerMap(headers);
    if (request.complete)
      map.set("x-envoy-upstream-service-time", String(Math.round(performance.now() - request.start)));
    const end = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const ok = headers[":status"] === 200;
    reply.metadata(end || !ok ? new HeaderMap() : map);
    if (end) trailers = map;
    if (!ok && trailers?.get("grpc-status") === undefined) giveUp(GrpcStatus.Unknown);
  });
  stream.on("trailers", (headers: http2.IncomingHttpHeaders) => (trailers = headerMap(headers)));
  stream.on("data", (data: Uint8Array) => {
    const messages = frames.read(data);
    if (messages === undefined) giveUp(GrpcStatus.Internal);
    else messages.forEach((message) => reply.message(message));
  });
  // The upstream has said all, which ends a stream that the filter might still write to.
  stream.on("end", () => {
    if (trailers === undefined) return;
    const status = Number(trailers.get("grpc-status") ?? GrpcStatus.Unknown);
    reply.close(status, withDetails(trailers.get("grpc-message"), VIA_UPSTREAM), trailers);
    if (!request.complete) stream.close(http2.constants.NGHTTP2_CANCEL);
  });
  // A connection that cannot be made shows as a cancelled stream; the reason is its cause.
  stream.on("error", (error: Error) => (failure = (error.cause as Error | undefined) ?? error));
  stream.on("close", () => {
    if (begun) {
      reply.close(failure === undefined ? GrpcStatus.Unknown : GrpcStatus.Internal, VIA_UPSTREAM);
      return;
    }
    const reset = stream.rstCode !== http2.constants.NGHTTP2_NO_ERROR && failure?.syscall === undefined;
    const { body, details } = reset ? REMOTE_RESET : describeFailure(failure ?? new Error("closed"));
    unreachable(reply, body, details);
  });
}

const VIA_UPSTREAM = "via_upstream";

/** As Envoy's client tells it: the message as it came, percent-encoded, and why the response ended. */
function withDetails(message: string | undefined, details: string): string {
  return message === undefined || message === "" ? details : `${message}{${details}}`;
}

/** What Envoy's router answers in the upstream's place: trailers and nothing else. */
export function unreachable(reply: GrpcReply, message: string, details: string): void {
  reply.metadata(new HeaderMap());
  reply.close(GrpcStatus.Unavailable, withDetails(message, details), unavailable(message));
}

/** The trailers of {@link unreachable}. */
export function unavailable(message: string): HeaderMap {
  return new HeaderMap([
    [":status", "200"],
    ["content-type", "application/grpc"],
    ["grpc-status", String(GrpcStatus.Unavailable)],
    ["grpc-message", message],
  ]);
}

function wireHeaders({ path, authority, metadata }: GrpcStart, url: URL): http2.OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {
    ":method": "POST",
    ":path": path,
    ":authority": authority,
    ":scheme": url.protocol.slice(0, -1),
  };
  const timeout = /^(\d+)m$/.exec(metadata.get("grpc-timeout") ?? "")?.[1];
  const own: [string, string][] = [["x-envoy-internal", "true"]];
  if (timeout !== undefined) own.push(["x-envoy-expected-rq-timeout-ms", timeout]);
  for (const [name, value] of [...metadata.entries(), ...own]) {
    const present = headers[name];
    if (present === undefined) headers[name] = value;
    else if (!name.startsWith(":")) headers[name] = [present, value].flat();
  }
  return headers;
}

function headerMap(headers: http2.IncomingHttpHeaders): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries<string | number | string[] | undefined>(headers)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) map.add(name, String(one));
  }
  return map;
}
