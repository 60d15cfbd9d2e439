/** gRPC over HTTP/2 to one server: in the clear for `http:`, over TLS for `https:`. */
import * as http2 from "node:http2";
import { HeaderMap } from "../header-map.ts";
import { describeFailure } from "../proxy/upstream.ts";
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
    follow(stream, reply);
    return {
      message: (bytes, end) => {
        if (!stream.writable) return;
        if (bytes !== null) stream.write(frame(bytes));
        if (end) stream.end();
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

/** Says what comes, in the words of Envoy's client where it goes wrong. */
function follow(stream: http2.ClientHttp2Stream, reply: GrpcReply): void {
  const frames = new FrameReader();
  let begun = false;
  let trailers: HeaderMap | undefined;
  let failure: NodeJS.ErrnoException | undefined;
  stream.on("response", (headers, flags) => {
    begun = true;
    const map = headerMap(headers);
    const end = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    reply.metadata(end ? new HeaderMap() : map);
    if (end) trailers = map;
    if (headers[":status"] !== 200 && trailers?.get("grpc-status") === undefined) {
      reply.close(GrpcStatus.Canceled);
      stream.close(http2.constants.NGHTTP2_CANCEL);
    }
  });
  stream.on("trailers", (headers: http2.IncomingHttpHeaders) => (trailers = headerMap(headers)));
  stream.on("data", (data: Uint8Array) => {
    const messages = frames.read(data);
    if (messages !== undefined) return messages.forEach((message) => reply.message(message));
    reply.close(GrpcStatus.Internal);
    stream.close(http2.constants.NGHTTP2_CANCEL);
  });
  // A connection that cannot be made shows as a cancelled stream; the reason is its cause.
  stream.on("error", (error: Error) => (failure = (error.cause as Error | undefined) ?? error));
  stream.on("close", () => {
    if (trailers !== undefined) {
      const status = Number(trailers.get("grpc-status") ?? GrpcStatus.Unknown);
      reply.close(status, decodeMessage(trailers.get("grpc-message") ?? ""), trailers);
    } else if (begun) reply.close(failure === undefined ? GrpcStatus.Unknown : GrpcStatus.Internal);
    else unreachable(reply, describeFailure(failure ?? new Error("closed")).body);
  });
}

/** What Envoy's router answers in the upstream's place: trailers and nothing else. */
export function unreachable(reply: GrpcReply, message: string): void {
  reply.metadata(new HeaderMap());
  const trailers = new HeaderMap([
    [":status", "200"],
    ["content-type", "application/grpc"],
    ["grpc-status", String(GrpcStatus.Unavailable)],
    ["grpc-message", message],
  ]);
  reply.close(GrpcStatus.Unavailable, message, trailers);
}

function wireHeaders({ path, authority, metadata }: GrpcStart, url: URL): http2.OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {
    ":method": "POST",
    ":path": path,
    ":authority": authority,
    ":scheme": url.protocol.slice(0, -1),
  };
  for (const [name, value] of metadata.entries()) {
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

function decodeMessage(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
