import { concatBytes, NO_BYTES } from "../bytes.ts";

/** Bytes that have passed so far. */
export class Transcript {
  /** What has passed. */
  bytes: Uint8Array = NO_BYTES;
  /** Whether that is all. */
  ended = false;

  get text(): string {
    return Buffer.from(this.bytes).toString();
  }

  /** @internal */
  add(piece: Uint8Array, ended: boolean): void {
    this.bytes = concatBytes(this.bytes, piece);
    this.ended ||= ended;
  }
}
