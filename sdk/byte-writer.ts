// A buffer that grows while it is written: what the writers of JSON and of Protocol Buffers share.
import { Bytes } from "./bytes";

/** The most bytes that a writer holds; with it, growing never fails for being too much at once. */
const MOST: u32 = 0x4000000;
const FIRST_ROOM: u32 = 128;

/**
 * Bytes that are written front to back. A writer can be kept and used again (`clear`), and then allocates no more once it
 * has had the room that it needs.
 */
export class ByteWriter {
  /** For the writers: the bytes written so far are at the front. */
  protected buffer: ArrayBuffer = new ArrayBuffer(0);
  /** For the writers: how many they are. */
  protected used: u32 = 0;
  private full: bool = false;
  private readonly view: Bytes = new Bytes();

  /**
   * What has been written, wherever the SDK takes bytes: always the same view, valid until the callback returns or more is
   * written. `copy()` what must live longer.
   */
  get bytes(): Bytes {
    this.view.set(changetype<usize>(this.buffer), this.size);
    return this.view;
  }

  /** How many bytes have been written. */
  get size(): u32 {
    return this.full ? 0 : this.used;
  }

  /** Whether more than 64 MiB were to be written. Then there are no bytes at all: half a document would mislead. */
  get overflowed(): bool {
    return this.full;
  }

  /** Takes out all bytes and keeps the room for new ones. */
  clear(): void {
    this.used = 0;
    this.full = false;
  }

  /** For the writers: whether `size` more bytes will do; where not, nothing will any more. */
  protected fits(size: u64): bool {
    if (size > <u64>(MOST - this.used)) this.full = true;
    return !this.full;
  }

  /** For the writers: room for `size` more bytes, which count as written from here on; 0 where that is too many. */
  protected reserve(size: u32): usize {
    if (!this.fits(size)) return 0;
    const used = this.used;
    const need = used + size;
    const before = this.buffer;
    if (need > <u32>before.byteLength) {
      const after = new ArrayBuffer(max<u32>(need, max<u32>(<u32>before.byteLength * 2, FIRST_ROOM)));
      memory.copy(changetype<usize>(after), changetype<usize>(before), used);
      this.buffer = after;
    }
    this.used = need;
    return changetype<usize>(this.buffer) + used;
  }
}
