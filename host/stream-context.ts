import type { BodyBuffer } from "./body-buffer.ts";
import type { HeaderMap } from "./header-map.ts";
import type { LocalResponse } from "./local-response.ts";
import type { StreamProperties } from "./properties.ts";

/** The root context: the plugin itself, with no request to look at. */
export class RootContext {
  readonly isRoot = true;
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }
}

/**
 * What the host functions know of one HTTP stream. The maps are set only while the filter may reach them, which
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

  /** Asked for during a callback, carried out when it has returned. */
  localResponse: LocalResponse | null = null;
  localResponseSent = false;
  continueRequest = false;
  continueResponse = false;
  reset = false;
  /** Whether the filter's last answer was to wait. */
  paused = false;
  /** Told when another context's callback asked something of this stream. */
  owner: { deliver(): void } | null = null;

  constructor(id: number, properties: StreamProperties | null, startTime: bigint | number) {
    this.id = id;
    this.properties = properties;
    this.startTime = startTime;
  }

  /** Nanoseconds since the epoch. */
  startedAt(): bigint {
    return typeof this.startTime === "bigint" ? this.startTime : BigInt(this.startTime) * 1_000_000n;
  }
}

export type Context = RootContext | StreamContext;
