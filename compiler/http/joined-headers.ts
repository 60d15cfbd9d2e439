// Request headers for which Envoy keeps one value: a second one is joined to the first with a comma before any filter sees it.

/** As measured in Envoy 1.40; those that only the listener itself writes or removes are left out. */
const JOINED: ReadonlySet<string> = new Set(
  `accept accept-encoding access-control-request-headers access-control-request-method
  access-control-request-private-network authorization cache-control content-encoding content-type
  grpc-accept-encoding grpc-timeout if-match if-modified-since if-none-match if-range if-unmodified-since origin
  pragma referer user-agent via x-client-trace-id x-envoy-attempt-count x-envoy-decorator-operation
  x-envoy-downstream-service-cluster x-envoy-downstream-service-node x-envoy-external-address
  x-envoy-is-timeout-retry x-envoy-original-host x-envoy-original-path x-forwarded-for x-forwarded-host
  x-forwarded-port x-forwarded-proto x-request-id`.split(/\s+/),
);

/** Whether a header, named in lower case, arrives as one value however often it was sent. */
export function isJoined(name: string): boolean {
  return JOINED.has(name);
}
