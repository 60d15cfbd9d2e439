// A gRPC server whose messages are bytes, over HTTP/2 in the clear. Runs in Node.
import http2 from "node:http2";
import { LoopbackServer, type TestServer } from "./test-server.ts";

/** A call's end with another status than OK. */
export class GrpcFault extends Error {
  readonly status: number;

  /** `status`: 0–16, as `grpc-status` has it. */
  constructor(status: number, message: string) {
    super(message);
    this.name = "GrpcFault";
    this.status = status;
  }
}

/** A call on the server's side, whether unary or a stream. */
export interface GrpcServerCall {
  /** The request's headers, the last value of each. */
  readonly metadata: Record<string, string>;
  onMessage(listener: (message: Buffer) => void): void;
  /** The client has sent its last message. */
  onEnd(listener: () => void): void;
  /** Initial metadata; to be called before the first message. */
  sendMetadata(metadata: Record<string, string>): void;
  send(message: Uint8Array): void;
  /** Ends the call; default: OK. */
  end(status?: number, message?: string, trailers?: Record<string, string>): void;
}

export type GrpcHandler = (call: GrpcServerCall) => void;

/** What came in one call. */
export interface RecordedCall {
  readonly path: string;
  readonly metadata: Record<string, string>;
  readonly messages: readonly Buffer[];
  /** Whether the client gave up before the call's end. */
  readonly cancelled: boolean;
}

export interface GrpcTestServer extends TestServer {
  readonly calls: readonly RecordedCall[];
}

/** Answers a unary call: one message in, one message out. A {@link GrpcFault} thrown is its status. */
export function unary(
  answer: (request: Buffer, metadata: Record<string, string>) => Uint8Array | Promise<Uint8Array>,
): GrpcHandler {
  return (call) => {
    const messages: Buffer[] = [];
    call.onMessage((message) => messages.push(message));
    call.onEnd(() => {
      Promise.resolve(messages[0] ?? Buffer.alloc(0))
        .then((request) => answer(request, call.metadata))
        .then(
          (response) => {
            call.send(response);
            call.end();
          },
          (error: unknown) =>
            error instanceof GrpcFault ? call.end(error.status, error.message) : call.end(2, String(error)),
        );
    });
  };
}

/** Serves methods by path (`/package.Service/Method`); any other is UNIMPLEMENTED. */
export function grpcServer(methods: Record<string, GrpcHandler>): GrpcTestServer {
  const calls: (RecordedCall & { messages: Buffer[]; cancelled: boolean })[] = [];
  const server = http2.createServer();
  server.on("stream", (stream, headers) => {
    const path = headers[":path"] ?? "";
    const metadata = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, String([value].flat().at(-1))]),
    );
    const record = { path, metadata, messages: [] as Buffer[], cancelled: false };
    calls.push(record);
    const call = new ServerCall(stream, metadata);
    call.onMessage((message) => record.messages.push(message));
    stream.on("error", () => {}); // a reset; `close` follows
    stream.on("close", () => (record.cancelled = !call.ended));
    (methods[path] ?? unimplemented)(call);
  });
  const loopback = new LoopbackServer(server);
  return {
    calls,
    get port() {
      return loopback.port;
    },
    start: () => loopback.start(),
    stop: () => loopback.stop(),
  };
}

const unimplemented: GrpcHandler = (call) => call.end(12, "no such method");

class ServerCall implements GrpcServerCall {
  ended = false;
  readonly metadata: Record<string, string>;
  readonly #stream: http2.ServerHttp2Stream;
  readonly #onMessage: ((message: Buffer) => void)[] = [];
  readonly #onEnd: (() => void)[] = [];
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: http2.ServerHttp2Stream, metadata: Record<string, string>) {
    this.#stream = stream;
    this.metadata = metadata;
    stream.on("data", (data: Buffer) => this.#read(data));
    stream.on("end", () => {
      for (const listener of this.#onEnd) listener();
    });
  }

  onMessage(listener: (message: Buffer) => void): void {
    this.#onMessage.push(listener);
  }

  onEnd(listener: () => void): void {
    this.#onEnd.push(listener);
  }

  sendMetadata(metadata: Record<string, string>): void {
    if (this.#stream.closed) return;
    this.#stream.respond(
      { ":status": 200, "content-type": "application/grpc", ...metadata },
      { waitForTrailers: true },
    );
  }

  send(message: Uint8Array): void {
    if (!this.#stream.headersSent) this.sendMetadata({});
    if (!this.#stream.writable) return;
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    this.#stream.write(Buffer.concat([head, message]));
  }

  end(status = 0, message = "", trailers: Record<string, string> = {}): void {
    if (this.ended || this.#stream.closed) return;
    this.ended = true;
    const last = { "grpc-status": String(status), "grpc-message": encodeURIComponent(message), ...trailers };
    if (!this.#stream.headersSent)
      return this.#stream.respond(
        { ":status": 200, "content-type": "application/grpc", ...last },
        { endStream: true },
      );
    this.#stream.on("wantTrailers", () => this.#stream.sendTrailers(last));
    this.#stream.end();
  }

  #read(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    while (this.#rest.length >= 5) {
      const end = 5 + this.#rest.readUInt32BE(1);
      if (this.#rest.length < end) return;
      const message = Buffer.from(this.#rest.subarray(5, end));
      this.#rest = this.#rest.subarray(end);
      for (const listener of this.#onMessage) listener(message);
    }
  }
}
