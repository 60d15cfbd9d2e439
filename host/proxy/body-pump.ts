import type { IncomingMessage } from "node:http";
import { concatBytes, NO_BYTES } from "../bytes.ts";
import type { HeaderMap } from "../header-map.ts";
import type { BodyResult, StreamEnd } from "../stream.ts";
import { trailersOf } from "./trailers.ts";

/** What decides about each piece of a body, and where it goes then. */
export interface BodyTarget {
  filter(piece: Uint8Array, endOfStream: boolean): BodyResult;
  /** Absent: trailers are dropped. */
  filterTrailers?: ((trailers: HeaderMap) => BodyResult) | undefined;
  /** Sends on what the filter let go; false: there is enough under way. */
  pass(body: Uint8Array, endOfStream: boolean, trailers?: HeaderMap): boolean;
  /** The filter ended the exchange; nothing more is pumped. */
  ended(result: StreamEnd): void;
}

/**
 * Moves a message's body through a filter, with back-pressure, in pieces as Envoy does: what can be read at once is one
 * piece, and the end comes by itself after the last.
 */
export class BodyPump {
  private readonly source: IncomingMessage;
  private readonly target: BodyTarget;
  private pending: Uint8Array = NO_BYTES;
  private soon: NodeJS.Immediate | undefined;
  private stopped = false;

  constructor(source: IncomingMessage, target: BodyTarget) {
    this.source = source;
    this.target = target;
    source.on("data", this.onData);
    source.on("end", this.onEnd);
    source.resume();
  }

  /** Where it goes there is room again, or the filter has let go of what it held. */
  resume(): void {
    if (!this.stopped) this.source.resume();
  }

  /** Takes its hands off the source. */
  stop(): void {
    this.stopped = true;
    clearImmediate(this.soon);
    this.source.off("data", this.onData);
    this.source.off("end", this.onEnd);
  }

  private readonly onData = (chunk: Uint8Array): void => {
    this.pending = concatBytes(this.pending, chunk);
    this.soon ??= setImmediate(() => this.flush());
  };

  private readonly onEnd = (): void => {
    this.flush();
    if (this.stopped) return;
    const { filterTrailers } = this.target;
    const trailers = filterTrailers === undefined ? undefined : trailersOf(this.source);
    const result =
      filterTrailers !== undefined && trailers !== undefined
        ? filterTrailers(trailers)
        : this.target.filter(NO_BYTES, true);
    this.handle(result, true, trailers);
  };

  private flush(): void {
    clearImmediate(this.soon);
    this.soon = undefined;
    if (this.stopped || this.pending.length === 0) return;
    const piece = this.pending;
    this.pending = NO_BYTES;
    this.handle(this.target.filter(piece, false), false);
  }

  private handle(result: BodyResult, end: boolean, trailers?: HeaderMap): void {
    if (result.kind === "continue") {
      if (!this.target.pass(result.body, end, trailers ?? result.trailers)) this.source.pause();
    } else if (result.kind === "pause") {
      if (!result.buffer && !end) this.source.pause();
    } else {
      this.stop();
      this.target.ended(result);
    }
  }
}
