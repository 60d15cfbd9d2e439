/** gRPC's framing: each message behind a flag byte and its length, big-endian. */
import { concatBytes, NO_BYTES } from "../bytes.ts";

export function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Gathers a stream's data into messages. */
export class FrameReader {
  private rest: Uint8Array = NO_BYTES;

  /** The messages that are complete now, or undefined where a frame is compressed: nobody asked for that. */
  read(data: Uint8Array): Uint8Array[] | undefined {
    this.rest = concatBytes(this.rest, data);
    const messages: Uint8Array[] = [];
    while (this.rest.length >= 5) {
      const length = new DataView(this.rest.buffer, this.rest.byteOffset).getUint32(1);
      if (this.rest[0] !== 0 && length > 0) return undefined;
      if (this.rest.length < 5 + length) break;
      messages.push(this.rest.subarray(5, 5 + length));
      this.rest = this.rest.subarray(5 + length);
    }
    return messages;
  }
}
