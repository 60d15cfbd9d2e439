// `response.*`: the response of an HTTP stream. Before there is one nothing has a value but counts, which are 0.
import { Bytes } from "../bytes";
import { getIntegerProperty, getProperty } from "../property";
import { Pairs, pairsOf } from "./pairs";
import { below } from "./path";

/** `response.code`: the HTTP status. From the response's headers on. */
export function code(otherwise: i64 = -1): i64 {
  return getIntegerProperty("response\0code", otherwise);
}

/**
 * `response.code_details`: who decided on the response and why, such as `via_upstream`, or what a filter gave
 * `sendLocalResponse`. From the response's headers on.
 */
export function codeDetails(): Bytes | null {
  return getProperty("response\0code_details");
}

/**
 * `response.flags`: Envoy's response flags as bits in the order in which its `ResponseFlag` lists them (1: failed local
 * health check, 2: no healthy upstream, 4: upstream request timeout …), 0 for none. Everywhere; final in `onLog`.
 */
export function flags(otherwise: i64 = -1): i64 {
  return getIntegerProperty("response\0flags", otherwise);
}

/**
 * `response.grpc_status`: the status in the trailers or the headers; where those do not have it, the one that gRPC
 * takes the HTTP status for, whether or not this is gRPC (200: 2, Unknown). From the response's headers on; final in
 * `onLog`.
 */
export function grpcStatus(otherwise: i64 = -1): i64 {
  return getIntegerProperty("response\0grpc_status", otherwise);
}

/**
 * `response.headers`: all values of one header, joined with commas; null where it is absent. `onResponseHeaders`,
 * `onLog`.
 */
export function header<N>(name: N): Bytes | null {
  return getProperty(below("response\0headers", name));
}

/**
 * `response.headers`: each name once, its values joined with commas. `onResponseHeaders`, `onLog`; else there are
 * none.
 */
export function headers(): Pairs | null {
  return pairsOf(getProperty("response\0headers"));
}

/**
 * `response.headers_bytes`: what names and values take up. `onResponseHeaders`, `onLog`; else 0. Since Envoy 1.37.
 */
export function headersBytes(otherwise: i64 = -1): i64 {
  return getIntegerProperty("response\0headers_bytes", otherwise);
}

/**
 * `response.trailers`: all values of one trailer, joined with commas; null where it is absent. `onResponseTrailers`,
 * `onLog`.
 */
export function trailer<N>(name: N): Bytes | null {
  return getProperty(below("response\0trailers", name));
}

/**
 * `response.trailers`: each name once, its values joined with commas. `onResponseTrailers`, `onLog`; else there are
 * none.
 */
export function trailers(): Pairs | null {
  return pairsOf(getProperty("response\0trailers"));
}

/** `response.size`: bytes of the body that were sent so far. Everywhere; final in `onLog`. */
export function size(otherwise: i64 = -1): i64 {
  return getIntegerProperty("response\0size", otherwise);
}

/**
 * `response.total_size`: bytes of the body that were sent so far, and of headers and trailers where those can be read.
 * Everywhere; final in `onLog`.
 */
export function totalSize(otherwise: i64 = -1): i64 {
  return getIntegerProperty("response\0total_size", otherwise);
}

/**
 * `response.backend_latency`: from the first byte that went to the upstream to the last one that came back, in
 * nanoseconds. Once the response has come whole; absent where no upstream answered.
 */
export function backendLatency(otherwise: i64 = -1): i64 {
  return getIntegerProperty("response\0backend_latency", otherwise);
}
