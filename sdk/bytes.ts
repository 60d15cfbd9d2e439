// Views of bytes: how the SDK hands over what the host answered, without a copy and without UTF-16.

/**
 * A window on bytes in linear memory: a header value, a body, a configuration. It owns nothing. A view that the host's
 * answer filled is valid until the callback returns; copy (`toString`) what must live longer.
 */
export class Bytes {
  /** Address of the first byte. */
  pointer: usize = 0;
  /** Number of bytes. */
  size: u32 = 0;

  /** The UTF-8 bytes of a text: for names and values that a filter knows when it starts. Allocates; do it once. */
  static of(text: string): Bytes {
    const buffer = String.UTF8.encode(text);
    const bytes = new Bytes();
    bytes.pointer = changetype<usize>(buffer);
    bytes.size = <u32>buffer.byteLength;
    bytes.owner = buffer;
    return bytes;
  }

  // Keeps what `of` encoded alive as long as the view is.
  private owner: ArrayBuffer | null = null;

  /** Points this view at other bytes. */
  set(pointer: usize, size: u32): void {
    this.pointer = pointer;
    this.size = size;
    this.owner = null;
  }

  /** Whether both hold the same bytes. */
  equals(other: Bytes): bool {
    return this.size == other.size && memory.compare(this.pointer, other.pointer, this.size) == 0;
  }

  /** Whether the first bytes are those of `prefix`. */
  startsWith(prefix: Bytes): bool {
    return this.size >= prefix.size && memory.compare(this.pointer, prefix.pointer, prefix.size) == 0;
  }

  /** A text of its own, decoded from UTF-8; what bytes that are no UTF-8 become is not defined. Allocates. */
  toString(): string {
    return String.UTF8.decodeUnsafe(this.pointer, this.size);
  }
}
