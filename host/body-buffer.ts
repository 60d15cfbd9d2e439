import { Status } from "./abi.ts";
import { concatBytes, NO_BYTES } from "./bytes.ts";

/** The part of a body a filter can see: one chunk, or all that was buffered for it. */
export class BodyBuffer {
  bytes: Uint8Array = NO_BYTES;

  /**
   * Envoy's `set_buffer_bytes`: (0, n) replaces the first n bytes, all of them where there are fewer; a start at or
   * past the end appends. Anything in the middle cannot be done.
   */
  write(start: number, length: number, data: Uint8Array): number {
    if (start === 0) this.bytes = concatBytes(data, this.bytes.subarray(length));
    else if (start >= this.bytes.length) this.bytes = concatBytes(this.bytes, data);
    else return Status.BadArgument;
    return Status.Ok;
  }

  /** All bytes; the buffer is empty afterwards. */
  take(): Uint8Array {
    const bytes = this.bytes;
    this.bytes = NO_BYTES;
    return bytes;
  }
}
