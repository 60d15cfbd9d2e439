// `request.*`: the request of an HTTP stream. What is made of headers can be read where the headers themselves can: in
// `onRequestHeaders`, for as long as the stream waits there, and in `onLog`. In between it has no value.
import { Bytes } from "../bytes";
import { getIntegerProperty, getProperty } from "../property";
import { Pairs, pairsOf } from "./pairs";
import { below } from "./path";

/** `request.path`: path and query as they are now, changes of filters included. `onRequestHeaders`, `onLog`. */
export function path(): Bytes | null {
  return getProperty("request\0path");
}

/** `request.url_path`: the path without its query. `onRequestHeaders`, `onLog`. */
export function urlPath(): Bytes | null {
  return getProperty("request\0url_path");
}

/** `request.query`: what follows the `?`; empty where there is none. `onRequestHeaders`, `onLog`. */
export function query(): Bytes | null {
  return getProperty("request\0query");
}

/** `request.host`: `:authority`, with its port if it has one. `onRequestHeaders`, `onLog`. */
export function host(): Bytes | null {
  return getProperty("request\0host");
}

/** `request.scheme`: `http` or `https`. `onRequestHeaders`, `onLog`. */
export function scheme(): Bytes | null {
  return getProperty("request\0scheme");
}

/** `request.method`. `onRequestHeaders`, `onLog`. */
export function method(): Bytes | null {
  return getProperty("request\0method");
}

/** `request.referer`: the header; null where it is absent. `onRequestHeaders`, `onLog`. */
export function referer(): Bytes | null {
  return getProperty("request\0referer");
}

/** `request.useragent`: the header `user-agent`; null where it is absent. `onRequestHeaders`, `onLog`. */
export function userAgent(): Bytes | null {
  return getProperty("request\0useragent");
}

/**
 * `request.id`: the header `x-request-id`, which Envoy sets where the client did not. `onRequestHeaders`, `onLog`.
 */
export function id(): Bytes | null {
  return getProperty("request\0id");
}

/**
 * `request.headers`: all values of one header, joined with commas; null where it is absent. In callbacks that are
 * handed the `Headers`, ask those. `onRequestHeaders`, `onLog`.
 */
export function header<N>(name: N): Bytes | null {
  return getProperty(below("request\0headers", name));
}

/**
 * `request.headers`: each name once, its values joined with commas. `onRequestHeaders`, `onLog`; else there are
 * none.
 */
export function headers(): Pairs | null {
  return pairsOf(getProperty("request\0headers"));
}

/**
 * `request.headers_bytes`: what names and values take up. `onRequestHeaders`, `onLog`; else 0. Since Envoy 1.37.
 */
export function headersBytes(otherwise: i64 = -1): i64 {
  return getIntegerProperty("request\0headers_bytes", otherwise);
}

/** `request.protocol`: `HTTP/1.0`, `HTTP/1.1`, `HTTP/2` or `HTTP/3`. Everywhere. */
export function protocol(): Bytes | null {
  return getProperty("request\0protocol");
}

/** `request.time`: when the first byte came, in nanoseconds since 1970. Everywhere. */
export function time(otherwise: i64 = -1): i64 {
  return getIntegerProperty("request\0time", otherwise);
}

/** `request.duration`: from the first byte to the end of the stream, in nanoseconds. `onLog`. */
export function duration(otherwise: i64 = -1): i64 {
  return getIntegerProperty("request\0duration", otherwise);
}

/**
 * `request.size`: bytes of the body: what `content-length` says where the headers can be read and have one, else what
 * has arrived so far. Everywhere; final in `onLog`.
 */
export function size(otherwise: i64 = -1): i64 {
  return getIntegerProperty("request\0size", otherwise);
}

/**
 * `request.total_size`: bytes of the body that have arrived so far, and of the headers where those can be read.
 * Everywhere; final in `onLog`.
 */
export function totalSize(otherwise: i64 = -1): i64 {
  return getIntegerProperty("request\0total_size", otherwise);
}
