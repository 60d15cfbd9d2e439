/** Why a stream ended as it did, as bits of the property `response.flags`: Envoy's, as far as this host knows them. */
export const ResponseFlag = {
  NoHealthyUpstream: 0x2,
  UpstreamRequestTimeout: 0x4,
  UpstreamConnectionFailure: 0x20,
  UpstreamConnectionTermination: 0x40,
  UpstreamRemoteReset: 0x10,
  NoRouteFound: 0x100,
  DownstreamConnectionTermination: 0x4000,
  UpstreamProtocolError: 0x800000,
} as const;

/** Where a request went. */
export interface UpstreamAddress {
  /** With the port. */
  address: string;
  port: number;
  /** This end of the connection, with its port; undefined before there is one. */
  localAddress: string | undefined;
  /** Why there is no connection; empty where there is one, or may yet be. */
  failure: string;
}

/**
 * What is known of an exchange as a whole, which filters see as properties. Whoever drives the streams of an exchange
 * keeps one for all of them; a stream by itself counts what goes through it.
 */
export class StreamInfo {
  /** Bytes of the request's body that have come. */
  requestBytes = 0;
  /** Bytes of the response's body that went on to the client. */
  responseBytes = 0;
  /** The response's status as it was last known; undefined: there is no response yet. */
  responseCode: number | undefined = undefined;
  responseCodeDetails: string | undefined = undefined;
  /** Of {@link ResponseFlag}. */
  responseFlags = 0;
  upstream: UpstreamAddress | undefined = undefined;
  /** Nanoseconds from the request's head to the end of the stream; undefined until then. */
  duration: bigint | undefined = undefined;
  /** Nanoseconds from the request's first byte upstream to the last of the response; undefined until that has come. */
  backendLatency: bigint | undefined = undefined;
}
