import type { BodyBuffer } from "./body-buffer.ts";
import type { CalloutMessage } from "./callouts/cluster.ts";
import type { HeaderMap } from "./header-map.ts";
import type { LocalResponse } from "./local-response.ts";
import type { StreamProperties } from "./properties.ts";

/** What `declare_property` said of a property that `set_property` will set. */
export interface DeclaredProperty {
  /** It can be set once only. */
  readonly: boolean;
}

/** The root context: the plugin itself, with no request to look at. */
export class RootContext {
  readonly isRoot = true;
  readonly id: number;
  readonly declared = new Map<string, DeclaredProperty>();

  /** The response of the HTTP callout whose callback runs; any context may read it. */
  httpCall: CalloutMessage | null = null;
  /** What a gRPC callback brings, while it runs. */
  grpcMetadata: HeaderMap | null = null;
  grpcTrailers: HeaderMap | null = null;
  grpcMessage: Uint8Array | null = null;
  /** What `get_status` tells: how the last callout ended that did not end well. The message is there in its callback only. */
  statusCode = 0;
  statusMessage = "";

  constructor(id: number) {
    this.id = id;
  }
}

/** What a stream has where it is a TCP connection. The buffers are there while the filter may reach them. */
export interface TcpState {
  downstream: BodyBuffer | null;
  upstream: BodyBuffer | null;
  continueReading: boolean;
  close: boolean;
}

/**
 * What the host functions know of one HTTP stream, or of one TCP connection. The maps are set only while the filter may reach them, which
 * is how the ABI's phase rules hold: in the phase itself, while the filter pauses there, and read-only in `on_log`.
 */
export class StreamContext {
  readonly isRoot = false;
  readonly id: number;
  readonly properties: StreamProperties | null;
  /** Nanoseconds since the epoch, or milliseconds as a number: few filters ask, so few should pay for a bigint. */
  private readonly startTime: bigint | number;

  requestHeaders: HeaderMap | null = null;
  requestTrailers: HeaderMap | null = null;
  responseHeaders: HeaderMap | null = null;
  responseTrailers: HeaderMap | null = null;
  /** Null until the filter is shown a body. */
  requestBody: BodyBuffer | null = null;
  responseBody: BodyBuffer | null = null;

  /** Whether `on_log` runs: then the maps below can be read, and nothing can be written. */
  logging = false;
  logRequestHeaders: HeaderMap | null = null;
  logResponseHeaders: HeaderMap | null = null;
  responseCodeDetails: string | undefined = undefined;

  /** What the filter set with `set_property`, by full path; null until it does. */
  filterState: Map<string, Uint8Array> | null = null;
  private declaredHere: Map<string, DeclaredProperty> | null = null;

  /** Asked for during a callback, carried out when it has returned. */
  localResponse: LocalResponse | null = null;
  localResponseSent = false;
  continueRequest = false;
  continueResponse = false;
  reset = false;
  /** Set where this is a TCP connection; then nothing of HTTP is. */
  tcp: TcpState | null = null;
  /** Whether the filter's last answer was to wait. */
  paused = false;
  /** Told when another context's callback asked something of this stream. */
  owner: { deliver(): void } | null = null;

  constructor(id: number, properties: StreamProperties | null, startTime: bigint | number) {
    this.id = id;
    this.properties = properties;
    this.startTime = startTime;
  }

  /** Kept as Envoy keeps it, and to as little effect: declarations count on the root context only. */
  get declared(): Map<string, DeclaredProperty> {
    return (this.declaredHere ??= new Map());
  }

  /** Nanoseconds since the epoch. */
  startedAt(): bigint {
    return typeof this.startTime === "bigint" ? this.startTime : BigInt(this.startTime) * 1_000_000n;
  }
}

export type Context = RootContext | StreamContext;
