import { BodyBuffer } from "./body-buffer.ts";
import { concatBytes, NO_BYTES } from "./bytes.ts";
import type { HeaderMap } from "./header-map.ts";

/** Envoy's default `per_connection_buffer_limit_bytes`. */
const BODY_LIMIT = 1024 * 1024;

/** How far a direction may go on: freely, with the filter seeing what comes, or not at all. */
const Iteration = { Free: 0, StoppedHere: 1, StoppedAll: 2 } as const;
type Iteration = (typeof Iteration)[keyof typeof Iteration];

/**
 * A request or a response at the filter, as Envoy's filter manager keeps it: what is held back, whether the filter
 * still sees what comes, and whether it has all gone on.
 */
export class Direction {
  /** Whether the headers have gone on to what comes after the filter. */
  headersContinued = false;
  /** Whether the message has come to its end. */
  ended = false;
  /** Trailers that came while nothing may go on. */
  trailers: HeaderMap | null = null;

  private buffer: BodyBuffer | null = null;
  private iteration: Iteration = Iteration.Free;
  /** Null is not the same as empty: an empty buffer, when it is let go, still carries the end of the message. */
  private held: Uint8Array | null = null;
  /** Whether the filter sees all that is held rather than the piece that comes. */
  private gathering = false;
  /** Whether too much of what is held stops the sender rather than being refused. */
  private streaming = false;

  /** What the filter can read and write now. */
  get visible(): BodyBuffer {
    return (this.buffer ??= new BodyBuffer());
  }

  /** Whether the filter sees nothing until it lets go. */
  get stoppedAll(): boolean {
    return this.iteration === Iteration.StoppedAll;
  }

  get stopped(): boolean {
    return this.iteration !== Iteration.Free;
  }

  get holdsData(): boolean {
    return this.held !== null;
  }

  /** More than the limit is held, by a filter that wants it whole. */
  get tooLarge(): boolean {
    return !this.streaming && this.overLimit;
  }

  /** Whether whoever sends had better wait. */
  get full(): boolean {
    return this.streaming && this.overLimit;
  }

  private get overLimit(): boolean {
    return this.held !== null && this.held.length > BODY_LIMIT;
  }

  /** Nothing more is shown to the filter until it lets go; what comes is held. */
  stopAll(buffer: boolean): void {
    this.iteration = Iteration.StoppedAll;
    this.streaming = !buffer;
  }

  /** The headers wait; the body is shown to the filter all the same. */
  stopHere(): void {
    this.iteration = Iteration.StoppedHere;
  }

  hold(bytes: Uint8Array): void {
    this.held = concatBytes(this.held ?? NO_BYTES, bytes);
  }

  /** A piece comes that the filter will see: alone, or with all that it gathers. */
  show(piece: Uint8Array): void {
    if (this.gathering) {
      this.streaming = false;
      this.hold(piece);
      this.visible.bytes = this.held ?? NO_BYTES;
    } else this.visible.bytes = piece;
  }

  /** What the filter was shown, as it left it, takes its place among what is held. */
  private keepShown(): void {
    const shown = this.visible.take();
    if (this.gathering) this.held = shown;
    else this.hold(shown);
  }

  /** The filter lets what it was shown go on, with what was held before. */
  pass(): Uint8Array {
    if (this.gathering || this.held !== null) {
      this.keepShown();
      this.gathering = false;
      return this.letGo();
    }
    this.iteration = Iteration.Free;
    this.headersContinued = true;
    return this.visible.take();
  }

  /** What was held goes on while the filter is shown a piece; of what it gathers, the piece, too. */
  release(): Uint8Array {
    if (this.gathering) this.held = this.visible.take();
    const held = this.held ?? NO_BYTES;
    this.held = null;
    this.iteration = Iteration.Free;
    this.headersContinued = true;
    return held;
  }

  /** The filter keeps what it was shown: to see it whole (`gather`), or piece by piece. */
  keep(gather: boolean): void {
    this.keepShown();
    this.iteration = Iteration.StoppedHere;
    this.gathering = gather;
    this.streaming = !gather;
    if (gather) this.visible.bytes = this.held ?? NO_BYTES;
  }

  /** The filter drops the piece it was shown. What it had gathered before stays. */
  drop(): void {
    const shown = this.visible.take();
    if (this.gathering) this.held = shown;
    this.gathering = false;
    this.iteration = Iteration.StoppedHere;
    if (this.ended && this.trailers === null) this.held ??= NO_BYTES;
  }

  /** The filter changed what it gathers while no piece came. */
  takeChanges(): void {
    if (this.gathering) this.held = this.visible.bytes;
  }

  /** Ends the stop and gives what was held; nothing is held afterwards. */
  letGo(): Uint8Array {
    this.iteration = Iteration.Free;
    this.headersContinued = true;
    this.gathering = false;
    this.buffer?.take();
    const held = this.held ?? NO_BYTES;
    this.held = null;
    return held;
  }
}
