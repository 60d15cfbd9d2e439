import { BodyBuffer } from "./body-buffer.ts";
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
  /** Nanoseconds since the epoch. */
  readonly startTime: bigint;

  requestHeaders: HeaderMap | null = null;
  requestTrailers: HeaderMap | null = null;
  responseHeaders: HeaderMap | null = null;
  responseTrailers: HeaderMap | null = null;
  readonly requestBody = new BodyBuffer();
  readonly responseBody = new BodyBuffer();

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
  /** Called when another context's callback asked something of this stream. */
  deliver: () => void = () => {};

  constructor(id: number, properties: StreamProperties | null, startTime: bigint) {
    this.id = id;
    this.properties = properties;
    this.startTime = startTime;
  }
}

export type Context = RootContext | StreamContext;
