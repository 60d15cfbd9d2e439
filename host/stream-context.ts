import type { BodyBuffer } from "./body-buffer.ts";
import type { CalloutMessage } from "./callouts/cluster.ts";
import type { HeaderMap } from "./header-map.ts";
import type { LocalResponse } from "./local-response.ts";
import type { StreamProperties } from "./properties.ts";
import { StreamInfo } from "./stream-info.ts";

/** What `declare_property` said of a property that `set_property` will set. */
export interface DeclaredProperty {
  /** It can be set once only. */
  readonly: boolean;
  /** To CEL it is a string, where others are bytes. */
  text: boolean;
}

/** What a plugin is told about itself. */
export interface Plugin {
  readonly pluginConfiguration: Uint8Array;
  readonly rootId: string;
  readonly pluginName: string;
  readonly allowOnHeadersStopIteration: boolean;
}

/** A root context: a plugin itself, with no request to look at. A VM has one for each of its plugins. */
export class RootContext {
  readonly isRoot = true;
  readonly id: number;
  readonly plugin: Plugin;
  readonly declared = new Map<string, DeclaredProperty>();
  tickPeriodMs = 0;
  configurationReadable = false;
  /** Set once the plugin's `on_done` answered 0; then `proxy_done` ends it. */
  donePending = false;
  /** Whether it is gone: nothing happens by itself any more. */
  ended = false;
  /** Told after callbacks that nobody outside asked for, and of another tick period. */
  afterOwnCallback: (() => void) | undefined = undefined;

  /** The response of the HTTP callout whose callback runs; any context may read it. */
  httpCall: CalloutMessage | null = null;
  /** What a gRPC callback brings, while it runs. */
  grpcMetadata: HeaderMap | null = null;
  grpcTrailers: HeaderMap | null = null;
  grpcMessage: Uint8Array | null = null;
  /** What `get_status` tells: how the last callout ended that did not end well. The message is there in its callback only. */
  statusCode = 0;
  statusMessage = "";

  constructor(id: number, plugin: Plugin) {
    this.id = id;
    this.plugin = plugin;
  }

  get root(): this {
    return this;
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
 * What the host functions know of one HTTP stream, or of one TCP connection. The maps are set only while the filter may
 * reach them, which is how the ABI's phase rules hold: from their phase until it lets them go, and read-only in `on_log`.
 */
export class StreamContext {
  readonly isRoot = false;
  readonly id: number;
  /** The plugin whose stream it is. */
  readonly root: RootContext;
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

  /** Whether the filter is shown the last piece of a body. */
  requestEnds = false;
  responseEnds = false;
  /** Whether the stream is over, and the filter is told so. */
  closing = false;
  /** Whether `on_log` runs: then the maps below can be read, and nothing can be written. */
  logging = false;
  logRequestHeaders: HeaderMap | null = null;
  logResponseHeaders: HeaderMap | null = null;
  logResponseTrailers: HeaderMap | null = null;
  /** Of the exchange as a whole. */
  info = new StreamInfo();

  /**
   * What the filter set with `set_property`, by its path, and the objects of Envoy's filter state under
   * `filter_state`, NUL, their names; null until there are any.
   */
  filterState: Map<string, Uint8Array> | null = null;
  private declaredHere: Map<string, DeclaredProperty> | null = null;

  /** Asked for during a callback, carried out when it has returned. */
  localResponse: LocalResponse | null = null;
  continueRequest = false;
  continueResponse = false;
  reset = false;
  /** Set where this is a TCP connection; then nothing of HTTP is. */
  tcp: TcpState | null = null;
  /** Told when another context's callback asked something of this stream. */
  owner: { deliver(): void } | null = null;

  constructor(
    id: number,
    root: RootContext,
    properties: StreamProperties | null,
    startTime: bigint | number,
  ) {
    this.id = id;
    this.root = root;
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
