/** A local HTTP/1.1 reverse proxy with a filter in it, built to look like an Envoy listener to that filter. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Clusters } from "../callouts/cluster.ts";
import { Exchange, type ExchangeContext } from "./exchange.ts";
import { SharedState } from "../shared-state.ts";
import { FilterSlot, type FailurePolicy, type FilterContext, type FilterFactory } from "./filter-slot.ts";
import type { RequestRecord } from "./request-record.ts";
import { Upstream } from "./upstream.ts";

export type { FailurePolicy, FilterContext, FilterFactory } from "./filter-slot.ts";

export interface ProxyOptions {
  /** Where requests go: scheme, host and port; a path in it is not used. */
  upstream: URL;
  /** Port to listen on; 0: any free one. */
  port: number;
  /** Address to listen on. Default: 127.0.0.1. */
  address?: string;
  /** Starts the filter's VM. Without it the proxy passes everything. */
  filter?: FilterFactory;
  /** What a trap of the filter leads to. Default: `FAIL_RELOAD`. */
  failurePolicy?: FailurePolicy;
  /** What the filter may call out to; handed to the factory. Default: nothing. */
  clusters?: Clusters;
  /** Told of each request when it is over. */
  onRequest?: (record: RequestRecord) => void;
  /** Adds `x-tollgate-details`, the response-code details, to responses the proxy gives itself. Default: false. */
  revealDetails?: boolean;
  /** Normalises paths as Envoy's `normalize_path` does. Default: true. */
  pathNormalization?: boolean;
}

export interface Proxy {
  readonly port: number;
  readonly address: string;
  /**
   * Starts another VM for new requests; those under way finish on theirs, and no request is dropped.
   * Throws what the factory throws, and then the old VM stays.
   */
  swap(filter: FilterFactory): void;
  /** Stops listening, lets requests under way finish for at most five seconds, then cuts the rest. */
  close(): Promise<void>;
}

const DRAIN_MS = 5000;
/** Envoy's default `max_request_headers_kb`. */
const MAX_HEADER_BYTES = 60 * 1024;
/** Envoy's default idle timeout; shorter ones race with clients that reuse connections. */
const IDLE_MS = 3_600_000;

/**
 * Starts a proxy. Rejects with Node's own error where the address cannot be listened on (`EADDRINUSE`), and with what
 * the filter's factory throws.
 *
 * @example
 * const filter = FilterModule.compile(await readFile("filter.wasm"));
 * const proxy = await startProxy({
 *   upstream: new URL("http://127.0.0.1:9000"),
 *   port: 10000,
 *   filter: () => Vm.start(filter),
 * });
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const filterContext: FilterContext = {
    clusters: options.clusters ?? new Map<string, never>(),
    shared: new SharedState(),
  };
  const policy = options.failurePolicy ?? "FAIL_RELOAD";
  let slot = options.filter && new FilterSlot(options.filter, filterContext, policy);
  const upstream = new Upstream(options.upstream);
  let draining = false;
  const context: ExchangeContext = {
    get slot() {
      return slot;
    },
    get draining() {
      return draining;
    },
    upstream,
    normalizePaths: options.pathNormalization ?? true,
    revealDetails: options.revealDetails ?? false,
    finished: (record) => {
      if (draining) setImmediate(() => server.closeIdleConnections());
      options.onRequest?.(record);
    },
  };
  const server = createServer({
    keepAliveTimeout: IDLE_MS,
    requestTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false, // the exchange refuses it in Envoy's words
  });
  const serve: RequestListener = (request, response) => {
    try {
      new Exchange(context, request, response).start();
    } catch {
      response.destroy(); // whatever one request met, the others go on
    }
  };
  server.on("request", serve);
  server.on("checkExpectation", serve);
  server.on("checkContinue", (request, response) => {
    response.writeContinue();
    serve(request, response);
  });
  server.on("connect", (_request, socket) => socket.end(plainAnswer("501 Not Implemented")));
  server.on("clientError", answerClientError);

  try {
    await listen(server, options.port, options.address ?? "127.0.0.1");
  } catch (error) {
    slot?.close();
    upstream.close();
    throw error;
  }
  const bound = server.address() as AddressInfo;
  return {
    port: bound.port,
    address: bound.address,
    swap(filter) {
      if (slot === undefined) slot = new FilterSlot(filter, filterContext, policy);
      else slot.swap(filter);
    },
    async close() {
      if (draining) return;
      draining = true;
      await closeServer(server);
      slot?.close();
      upstream.close();
    },
  };
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
  socket.end(plainAnswer(tooLarge ? "431 Request Header Fields Too Large" : "400 Bad Request"));
}

function plainAnswer(status: string): string {
  const body = status.slice(4);
  return (
    `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\ncontent-type: text/plain\r\n` +
    `connection: close\r\n\r\n${body}`
  );
}
