// Bytes put together piece by piece: keys made at run time, log lines, records of a fixed layout.
import { shrink } from "./abi/arena";
import { textPointer, textSize } from "./abi/text";
import { ByteWriter } from "./byte-writer";

/**
 * Puts texts and numbers one behind the other, as they are. Keep one and `clear` it for each use: then it allocates
 * nothing but what its longest content needs.
 *
 * @example
 * key.clear();
 * key.text("tier:").text(user);
 * shared.rekey(key.bytes);
 */
export class ByteBuilder extends ByteWriter {
  /** Any text (see `Bytes`). */
  text<T>(text: T): ByteBuilder {
    const pointer = textPointer(text);
    const size = textSize();
    const to = this.reserve(size);
    if (to != 0) memory.copy(to, pointer, size);
    // A string was encoded for this only.
    if (isString<T>() && pointer != 0) shrink(pointer, 0);
    return this;
  }

  /** Four bytes, the lowest first. */
  uint32(value: u32): ByteBuilder {
    const to = this.reserve(4);
    if (to != 0) store<u32>(to, value);
    return this;
  }

  /** Eight bytes, the lowest first. */
  uint64(value: u64): ByteBuilder {
    const to = this.reserve(8);
    if (to != 0) store<u64>(to, value);
    return this;
  }
}
