// A body, or a piece of one, as the host shows it in a callback.
import { ANSWER, answerPointer, answerSize, keep, succeeded } from "./abi/answer";
import { proxy_get_buffer_bytes, proxy_set_buffer_bytes } from "./abi/env";
import { Buffer, Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";
import { Bytes } from "./bytes";

/**
 * The bytes of a body, of data on a connection, of a callout's response or of a message: what has arrived for this
 * callback. After `StopIterationAndBuffer` (HTTP) or `StopIteration` (connections) that is everything so far, else the
 * piece that came. Bodies and connection data can be changed; Envoy corrects no `content-length`, so a filter that
 * changes a body's size removes that header in the headers phase.
 */
export class Body {
  private bytes: u32 = 0;

  /** @internal For the callbacks. */
  constructor(private buffer: Buffer) {}

  /** How many bytes are here. */
  get size(): u32 {
    return this.bytes;
  }

  /** @internal For the callbacks: how many bytes the host announced. */
  announce(size: u32): void {
    this.bytes = size;
  }

  /** The bytes from `start` on, at most `length`; null where the host shows none (`lastStatus` says why). Allocates the view. */
  get(start: u32 = 0, length: u32 = u32.MAX_VALUE): Bytes | null {
    const view = new Bytes();
    return this.read(view, start, length) ? view : null;
  }

  /** Points `out` at the bytes from `start` on, at most `length`, and says whether the host showed them. */
  read(out: Bytes, start: u32 = 0, length: u32 = u32.MAX_VALUE): bool {
    out.clear();
    const from = min(start, this.bytes);
    const size = min(length, this.bytes - from);
    if (size == 0) {
      keep(Status.Ok);
      return true;
    }
    if (!succeeded(proxy_get_buffer_bytes(this.buffer, from, size, ANSWER, ANSWER + 4))) return false;
    out.set(answerPointer(), answerSize());
    return true;
  }

  /** Puts this in the place of all that is here. */
  set<T>(content: T): Status {
    const pointer = textPointer(content);
    return this.write(0, this.bytes, pointer, textSize());
  }

  /** Puts this in front. */
  prepend<T>(content: T): Status {
    const pointer = textPointer(content);
    return this.write(0, 0, pointer, textSize());
  }

  /** Puts this behind. */
  append<T>(content: T): Status {
    const pointer = textPointer(content);
    return this.write(this.bytes, 0, pointer, textSize());
  }

  /** Puts this in the place of the first `length` bytes: the host replaces at the front only. */
  replaceFront<T>(length: u32, content: T): Status {
    const pointer = textPointer(content);
    return this.write(0, min(length, this.bytes), pointer, textSize());
  }

  private write(start: u32, length: u32, pointer: usize, size: u32): Status {
    const status = keep(proxy_set_buffer_bytes(this.buffer, start, length, pointer, size));
    if (status == Status.Ok) this.bytes = this.bytes - length + size;
    return status;
  }
}
