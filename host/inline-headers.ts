import type { HeaderMap } from "./header-map.ts";

/**
 * Headers of which Envoy keeps one entry ("O(1) inline headers"): a second value is joined to the first, by
 * the codec when the message arrives and by `add_header_map_value` alike. Every other header keeps its entries.
 * The lists are Envoy's `INLINE_*_HEADERS` (envoy/http/header_map.h) and the custom inline headers that the
 * extensions linked into a stock Envoy register; runtime-tests hold them against a real one.
 */
const both = [
  "connection",
  "content-length",
  "content-type",
  "keep-alive",
  "proxy-connection",
  "proxy-status",
  "transfer-encoding",
  "upgrade",
  "via",
  "x-envoy-attempt-count",
  "x-envoy-decorator-operation",
  "x-request-id",
];

const request = [
  ":authority",
  ":method",
  ":path",
  ":protocol",
  ":scheme",
  "expect",
  "grpc-timeout",
  "te",
  "user-agent",
  "x-client-trace-id",
  "x-envoy-downstream-service-cluster",
  "x-envoy-downstream-service-node",
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-external-address",
  "x-envoy-force-trace",
  "x-envoy-hedge-on-per-try-timeout",
  "x-envoy-internal",
  "x-envoy-ip-tags",
  "x-envoy-is-timeout-retry",
  "x-envoy-max-retries",
  "x-envoy-original-host",
  "x-envoy-original-path",
  "x-envoy-original-url",
  "x-envoy-retriable-header-names",
  "x-envoy-retriable-status-codes",
  "x-envoy-retry-grpc-on",
  "x-envoy-retry-on",
  "x-envoy-upstream-alt-stat-name",
  "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response",
  "x-envoy-upstream-rq-timeout-ms",
  "x-envoy-upstream-stream-duration-ms",
  "x-forwarded-client-cert",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  // registered by extensions: cors, csrf, compressor, cache, grpc_web, oauth2, access loggers
  "accept",
  "accept-encoding",
  "access-control-request-headers",
  "access-control-request-method",
  "access-control-request-private-network",
  "authorization",
  "cache-control",
  "content-encoding",
  "grpc-accept-encoding",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "origin",
  "pragma",
  "referer",
];

const response = [
  ":status",
  "date",
  "grpc-message",
  "grpc-status",
  "location",
  "server",
  "x-envoy-degraded",
  "x-envoy-immediate-health-check-fail",
  "x-envoy-ratelimited",
  "x-envoy-upstream-canary",
  "x-envoy-upstream-healthchecked-cluster",
  "x-envoy-upstream-service-time",
  // registered by extensions: cors, compressor, cache, grpc_web
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
  "access-control-expose-headers",
  "access-control-max-age",
  "age",
  "cache-control",
  "content-encoding",
  "etag",
  "expires",
  "last-modified",
  "vary",
];

/** Which list a map goes by; trailers have none. */
export type InlineHeaders = ReadonlySet<string>;

export const INLINE_REQUEST_HEADERS: InlineHeaders = new Set([...both, ...request]);
export const INLINE_RESPONSE_HEADERS: InlineHeaders = new Set([...both, ...response]);
export const NO_INLINE_HEADERS: InlineHeaders = new Set();

/** Adds a header the way Envoy's map does: joined with `,` where it is inline. */
export function addJoined(headers: HeaderMap, name: string, value: string, inline: InlineHeaders): void {
  const present = inline.has(name) ? headers.get(name) : undefined;
  if (present === undefined) headers.add(name, value);
  else if (value !== "") {
    headers.overwriteFirst(name, present + (present === "" ? "" : ",") + value);
  }
}
