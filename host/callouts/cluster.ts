/** What a filter may call: named clusters, each a server or, in tests, a function that plays one. */
import type { HeaderMap } from "../header-map.ts";

/** An HTTP message of a callout. `headers` begin with the pseudo headers. */
export interface CalloutMessage {
  headers: HeaderMap;
  body: Uint8Array;
  trailers: HeaderMap;
}

/**
 * Plays an HTTP upstream. What it answers is the response, a rejection is a connection reset under way; `signal` tells
 * that nobody waits any more.
 */
export type HttpUpstream = (
  request: CalloutMessage,
  signal: AbortSignal,
) => CalloutResponse | Promise<CalloutResponse>;

/** A response; `headers` need a `:status`. */
export type CalloutResponse = Pick<CalloutMessage, "headers"> & Partial<CalloutMessage>;

/**
 * A server's origin (`http:` or `https:`; path and query are not used), asked over HTTP/1.1 or, for gRPC, HTTP/2 with
 * prior knowledge; or what plays an upstream.
 */
export type ClusterTarget = URL | HttpUpstream | GrpcUpstream;

/** The clusters by name; null: one that has no host just now. */
export type Clusters = ReadonlyMap<string, ClusterTarget | null>;

/** The beginning of a gRPC call or stream. */
export interface GrpcStart {
  /** `/package.Service/Method`. */
  path: string;
  authority: string;
  /** Headers other than the pseudo headers: `content-type`, `te`, `grpc-timeout` and the filter's metadata. */
  metadata: HeaderMap;
}

/** Where a gRPC upstream answers. After `close` nothing is heard any more. */
export interface GrpcReply {
  metadata(headers: HeaderMap): void;
  message(bytes: Uint8Array): void;
  close(status: number, message?: string, trailers?: HeaderMap): void;
}

/** What a gRPC upstream is told. */
export interface GrpcRequests {
  /** A message, or null for none; `end`: it is the last. */
  message(bytes: Uint8Array | null, end: boolean): void;
  /** The filter gave up. */
  cancelled?(): void;
}

/**
 * Plays a gRPC upstream; called once for each call or stream.
 *
 * @example
 * const echo: GrpcUpstream = {
 *   grpc: (_, reply) => ({
 *     message(bytes, end) {
 *       if (bytes !== null) reply.message(bytes);
 *       if (end) reply.close(0);
 *     },
 *   }),
 * };
 */
export interface GrpcUpstream {
  grpc(start: GrpcStart, reply: GrpcReply): GrpcRequests;
}
