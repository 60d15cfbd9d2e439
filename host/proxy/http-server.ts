/** An HTTP/1.1 server, in the clear or over TLS, with Envoy's settings; each request is an {@link Exchange}. */
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { Exchange, type ExchangeContext } from "./exchange.ts";
import type { RequestRecord } from "./request-record.ts";

export interface HttpListenerOptions {
  /** Port to listen on; 0: any free one. */
  port: number;
  /** Address to listen on. Default: 127.0.0.1. */
  address?: string | undefined;
  /** Speaks TLS. Default: in the clear. */
  tls?: ServerTls | undefined;
  /** What becomes of requests. */
  exchange: Omit<ExchangeContext, "draining" | "finished"> & {
    onRequest?: ((record: RequestRecord) => void) | undefined;
  };
}

/** A server's side of TLS, in PEM. */
export interface ServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Who may sign clients' certificates; undefined: clients are asked for none. */
  readonly ca: Buffer | undefined;
  /** Whether a client without a certificate is turned away. */
  readonly requireClientCertificate: boolean;
}

export interface HttpListener {
  readonly port: number;
  readonly address: string;
  /** Stops listening, lets requests under way finish for at most five seconds, then cuts the rest. */
  close(): Promise<void>;
}

const DRAIN_MS = 5000;
/** Envoy's default `max_request_headers_kb`. */
const MAX_HEADER_BYTES = 60 * 1024;
/** Envoy's default idle timeout; shorter ones race with clients that reuse connections. */
const IDLE_MS = 3_600_000;

/** Rejects with Node's own error where the address cannot be listened on (`EADDRINUSE`). */
export async function listenHttp(options: HttpListenerOptions): Promise<HttpListener> {
  let draining = false;
  const { onRequest } = options.exchange;
  const context: ExchangeContext = {
    ...options.exchange,
    get draining() {
      return draining;
    },
    finished: (record) => {
      if (draining) setImmediate(() => server.closeIdleConnections());
      onRequest?.(record);
    },
  };
  const server = createServer(options.tls);
  const serve: http.RequestListener = (request, response) => {
    try {
      new Exchange(context, request, response).start();
    } catch {
      response.destroy(); // whatever one request met, the others go on
    }
  };
  server.on("request", serve);
  server.on("checkExpectation", serve);
  server.on("checkContinue", (request: http.IncomingMessage, response: http.ServerResponse) => {
    response.writeContinue();
    serve(request, response);
  });
  server.on("connect", (_request, socket: Duplex) => answerAndClose(socket, "501 Not Implemented"));
  server.on("clientError", answerClientError);
  await listen(server, options.port, options.address ?? "127.0.0.1");
  const bound = server.address() as AddressInfo;
  return {
    port: bound.port,
    address: bound.address,
    async close() {
      if (draining) return;
      draining = true;
      await closeServer(server);
    },
  };
}

type Server = http.Server | https.Server;

function createServer(tls: ServerTls | undefined): Server {
  const options = {
    keepAliveTimeout: IDLE_MS,
    requestTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false, // the exchange refuses it in Envoy's words
  };
  if (tls === undefined) return http.createServer(options);
  const { cert, key, ca, requireClientCertificate } = tls;
  return https.createServer({
    ...options,
    cert,
    key,
    ca,
    requestCert: ca !== undefined || requireClientCertificate,
    // As Envoy: a certificate that is shown must be good, whether or not one is required.
    rejectUnauthorized: requireClientCertificate,
  });
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      // Later errors (out of file descriptors) concern one connection, not the proxy.
      server.on("error", () => {});
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const bound = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(bound);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** What Node's parser refuses never becomes a request; it is answered on the socket. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const tooLarge = error.code === "HPE_HEADER_OVERFLOW";
  answerAndClose(socket, tooLarge ? "431 Request Header Fields Too Large" : "400 Bad Request");
}

/** Envoy's default `delayed_close_timeout`: how long a client may take to read an answer and hang up. */
const DELAYED_CLOSE_MS = 1000;

/** The last answer on a connection that Node has handed over: nothing else will listen to its errors or end it. */
function answerAndClose(socket: Duplex, status: string): void {
  socket.on("error", () => {}); // shows as `close`
  const bound = setTimeout(() => socket.destroy(), DELAYED_CLOSE_MS);
  socket.on("close", () => clearTimeout(bound));
  socket.resume(); // what is left unread would turn the close into a reset, and the answer might be lost
  socket.end(plainAnswer(status));
}

function plainAnswer(status: string): string {
  const body = status.slice(4);
  return (
    `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\ncontent-type: text/plain\r\n` +
    `connection: close\r\n\r\n${body}`
  );
}
