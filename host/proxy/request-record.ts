/** What the proxy tells of a request when it is over. */
export interface RequestRecord {
  method: string;
  /** Path and query as the filter saw them, or as the client sent them where the request was refused before. */
  path: string;
  /** The request's host, with its port where the client named one. */
  host: string;
  /** The status sent, or 0 where the client left or the stream was reset before there was one. */
  status: number;
  /**
   * Response-code details: `via_upstream`, those of the filter's local response, or Envoy's own word for what
   * happened, such as `upstream_reset_before_response_started{remote_connection_failure}`.
   */
  details: string;
  /** Host calls the filter made for this request. */
  hostCalls: number;
  /** From the request's head to the end of the response. */
  durationMs: number;
  /** Whether the request went to the upstream. */
  upstream: boolean;
  /** The peer's address, without its port. */
  sourceAddress: string;
}
