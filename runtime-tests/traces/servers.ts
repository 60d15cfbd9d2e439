// The servers behind the proxies: they do as the trace says and remember what they were sent.
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { bodyText, headerLines, plain, type ObservedRequest } from "./observed.ts";
import type { GrpcBehaviour, HttpBehaviour, Pairs, TcpBehaviour } from "./trace.ts";
import type { Settle } from "./wire-client.ts";

export interface TraceServer<Seen = ObservedRequest> {
  readonly port: number;
  /** What came since it was last asked. */
  take(): Seen[];
  close(): Promise<void>;
}

/** An HTTP/1.1 server that does with each request what `behaviour` says at that time. */
export async function httpServer(behaviour: () => HttpBehaviour, settle: Settle): Promise<TraceServer> {
  let seen: ObservedRequest[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    const doing = behaviour();
    const here = seen;
    response.on("error", () => {});
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("close", () => here.push(observed(request, Buffer.concat(chunks))));
    if (doing.reset === "request") return void request.socket.destroy();
    if (doing.silent === true) return;
    if (doing.early === true) answer(doing, response, "", settle).catch(leave);
    else
      request.on("end", () => {
        const echo = observed(request, Buffer.concat(chunks));
        const text = [echo.line, ...echo.headers, "", echo.body, ...echo.trailers].join("\n");
        answer(doing, response, text, settle).catch(leave);
      });
  });
  // No `keep-alive` header, which Node would send to a client that says what HTTP/1.1 does not need to.
  server.keepAliveTimeout = 0;
  await listening(server);
  return {
    port: portOf(server),
    take: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () => {
      server.closeAllConnections();
      return closed(server);
    },
  };
}

/** The proxy is gone before the server has finished: the trace is over. */
function leave(): void {}

function observed(request: http.IncomingMessage, body: Buffer): ObservedRequest {
  return {
    line: `${request.method ?? ""} ${request.url ?? ""}`,
    headers: headerLines(pairsOf(request.rawHeaders)),
    body: bodyText(body),
    trailers: headerLines(pairsOf(request.rawTrailers)),
    end: request.complete ? "complete" : "cut",
  };
}

function pairsOf(flat: readonly string[]): Pairs {
  const pairs: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] ?? "", flat[i + 1] ?? ""]);
  return pairs;
}

async function answer(
  doing: HttpBehaviour,
  response: http.ServerResponse,
  asked: string,
  settle: Settle,
): Promise<void> {
  const { status = 200, headers = [], trailers = [], reset } = doing;
  const body = doing.fill !== undefined ? "x".repeat(doing.fill) : doing.echo === true ? asked : doing.body;
  if (doing.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, doing.delay));
  response.sendDate = false;
  const flat = headers.flat();
  const text = typeof body === "string" ? body : undefined;
  const chunked = Array.isArray(body) || trailers.length > 0;
  if (!chunked && response.req.method !== "HEAD" && status !== 204 && status !== 304)
    flat.push("content-length", String(Buffer.byteLength(text ?? "", "latin1")));
  if (chunked) flat.push("transfer-encoding", "chunked");
  response.writeHead(status, flat);
  response.flushHeaders();
  if (reset === "head") {
    await settle();
    return void response.socket?.destroy();
  }
  for (const piece of text !== undefined ? [text] : ((body as readonly string[] | undefined) ?? [])) {
    await settle();
    if (response.destroyed) return;
    response.write(piece, "latin1");
    if (reset === "body") {
      await settle();
      return void response.socket?.destroy();
    }
  }
  if (chunked) await settle();
  if (trailers.length > 0)
    response.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
  response.end();
}

/** A gRPC server, HTTP/2 in the clear. */
export async function grpcServer({ grpc }: GrpcBehaviour, settle: Settle): Promise<TraceServer> {
  let seen: ObservedRequest[] = [];
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  server.on(
    "stream",
    (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders, _: number, raw: string[]) => {
      const chunks: Buffer[] = [];
      const here = seen;
      stream.on("error", () => {});
      stream.on("close", () => {
        here.push({
          line: `${headers[":method"] ?? ""} ${headers[":path"] ?? ""}`,
          headers: headerLines(pairsOf(raw).filter(([name]) => !/^:(method|path)$/.test(name))).sort(),
          body: bodyText(Buffer.concat(chunks)),
          trailers: [],
          end: "complete",
        });
      });
      stream.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (grpc.echo === true && !stream.destroyed)
          for (const message of messagesIn(chunk)) stream.write(frame(`echo:${message}`));
      });
      if (grpc.reset === true) return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
      if (grpc.silent === true) return;
      const fields = Object.fromEntries([
        ...(grpc.status === null ? [] : [["grpc-status", String(grpc.status ?? 0)]]),
        ...(grpc.message === undefined ? [] : [["grpc-message", grpc.message]]),
        ...(grpc.trailers ?? []),
      ]) as Record<string, string>;
      const head = {
        ":status": grpc.http ?? 200,
        "content-type": "application/grpc",
        ...Object.fromEntries(grpc.metadata ?? []),
      };
      if (grpc.trailersOnly === true) {
        stream.respond({ ...head, ...fields }, { endStream: true });
        return;
      }
      stream.respond(head, { waitForTrailers: grpc.status !== null });
      stream.on("wantTrailers", () => stream.sendTrailers(fields));
      const ended = new Promise((resolve) => stream.on("end", resolve));
      void (async () => {
        if (grpc.late === true) await ended;
        for (const message of grpc.messages ?? []) {
          await settle();
          if (!stream.destroyed) stream.write(frame(message));
        }
        if (grpc.garbage !== undefined) stream.write(Buffer.from(grpc.garbage, "hex"));
        if (grpc.echo !== true && !stream.destroyed) stream.end();
      })().catch(leave);
      if (grpc.echo === true) stream.on("end", () => stream.end());
    },
  );
  await listening(server);
  return {
    port: portOf(server),
    take: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () => {
      for (const session of sessions) session.destroy();
      return closed(server);
    },
  };
}

function frame(message: string): Buffer {
  const body = Buffer.from(message, "latin1");
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

function messagesIn(chunk: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at + 5 <= chunk.length;) {
    const size = chunk.readUInt32BE(at + 1);
    messages.push(chunk.toString("latin1", at + 5, at + 5 + size));
    at += 5 + size;
  }
  return messages;
}

/** A TCP server. */
export async function tcpServer(
  current: () => TcpBehaviour,
): Promise<TraceServer<{ received: string; end: string }>> {
  let seen: { received: string; end: string }[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    const behaviour = current();
    const entry = { received: "", end: "none" };
    seen.push(entry);
    socket.setEncoding("latin1");
    if (behaviour.greeting !== undefined) socket.write(behaviour.greeting, "latin1");
    if (behaviour.close === "connect") socket.end();
    socket.on("data", (chunk: string) => {
      entry.received += plain(chunk);
      if (behaviour.echo === true && socket.writable) socket.write(`echo:${chunk}`, "latin1");
      if (behaviour.close === "data") socket.end();
    });
    socket.on("end", () => {
      entry.end = "ended";
      socket.end();
    });
    socket.on("error", () => (entry.end = "ended"));
    socket.on("close", () => sockets.delete(socket));
  });
  await listening(server);
  return {
    port: portOf(server),
    take: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return closed(server);
    },
  };
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = net.createServer();
  await listening(server);
  const port = portOf(server);
  await closed(server);
  return port;
}

function listening(server: net.Server | http2.Http2Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
}

function portOf(server: net.Server | http2.Http2Server): number {
  return (server.address() as net.AddressInfo).port;
}

function closed(server: net.Server | http2.Http2Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
