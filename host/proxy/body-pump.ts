import type { Readable, Writable } from "node:stream";
import type { BodyResult } from "../stream.ts";

/** What decides about each chunk of a body. */
export interface BodyFilter {
  /** The declared length, or NaN: tells the last chunk, which Envoy hands over with the end of the stream. */
  readonly length: number;
  /**
   * The length the head promised to the receiver, or NaN. A filter that changes a body has to remove
   * `content-length` while it still can; where it did not, the message is cut rather than left hanging.
   */
  readonly promised: number;
  filter(chunk: Uint8Array, endOfStream: boolean): BodyResult;
  /** The filter ended the exchange; nothing more is pumped. */
  ended(result: Exclude<BodyResult, { kind: "continue" | "pause" }>): void;
}

/**
 * Moves a body from `source` to `sink` chunk by chunk through a filter, with back-pressure. Ends `sink` when the
 * body is over and the filter let it go.
 */
export class BodyPump {
  private readonly source: Readable;
  private readonly sink: Writable;
  private readonly target: BodyFilter;
  private received = 0;
  private sent = 0;
  private sawEnd = false;
  private stopped = false;

  constructor(source: Readable, sink: Writable, target: BodyFilter) {
    this.source = source;
    this.sink = sink;
    this.target = target;
    source.on("data", this.onData);
    source.on("end", this.onEnd);
    sink.on("drain", this.onDrain);
    source.resume();
  }

  /** The filter lets go what it held back. */
  continued(body: Uint8Array): void {
    if (this.stopped) return;
    this.write(body);
    if (this.sawEnd) this.finish();
    else if (!this.sink.writableNeedDrain) this.source.resume();
  }

  /** Takes its hands off both streams. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.source.off("data", this.onData);
    this.source.off("end", this.onEnd);
    this.sink.off("drain", this.onDrain);
  }

  private readonly onData = (chunk: Uint8Array): void => {
    this.received += chunk.length;
    if (this.received === this.target.length) this.sawEnd = true;
    this.pass(chunk);
  };

  private readonly onEnd = (): void => {
    if (this.sawEnd) return;
    this.sawEnd = true;
    this.pass(new Uint8Array(0));
  };

  private readonly onDrain = (): void => {
    this.source.resume();
  };

  private pass(chunk: Uint8Array): void {
    const result = this.target.filter(chunk, this.sawEnd);
    if (result.kind === "continue") {
      this.write(result.body);
      if (this.sawEnd) this.finish();
    } else if (result.kind === "pause") {
      if (!result.buffer) this.source.pause();
    } else {
      this.stop();
      this.target.ended(result);
    }
  }

  private write(body: Uint8Array): void {
    this.sent += body.length;
    if (body.length > 0 && !this.sink.write(body)) this.source.pause();
  }

  private finish(): void {
    this.stop();
    if (Number.isNaN(this.target.promised) || this.target.promised === this.sent) this.sink.end();
    else this.sink.destroy();
  }
}
