/**
 * Headers that Envoy takes from nobody outside: what it would do on their word (retry, time out, believe an identity) is
 * not for clients to say. A listener removes them before its filters run.
 */
const reserved = new Set([
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-force-trace",
  "x-envoy-hedge-on-per-try-timeout",
  "x-envoy-internal",
  "x-envoy-ip-tags",
  "x-envoy-max-retries",
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
]);

/** Whether a client's header of this name (lower-case) never reaches a filter. */
export function isReservedForEnvoy(name: string): boolean {
  return reserved.has(name);
}
