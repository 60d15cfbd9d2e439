// Views of bytes: how the SDK hands over what the host answered, without a copy and without UTF-16.
import { arenaGeneration } from "./abi/arena";
import { lower, prefixLength, sameBytesIgnoringCase, sameTextIgnoringCase } from "./abi/compare";
import { textPointer, textSize } from "./abi/text";
import { decodeUtf8, isUtf8 } from "./utf8";

/**
 * A window on bytes: a header value, a piece of a body, a configuration. What the host answered is valid until the
 * callback returns; a view kept longer is empty from then on, never somebody else's bytes. `copy()` or `toString()` what
 * must live longer. Where a text is wanted, `T` is a `string` (its UTF-8), a `Bytes`, an `ArrayBuffer`, a `Uint8Array`
 * or a `StaticArray<u8>`.
 */
export class Bytes {
  private start: usize = 0;
  private length: u32 = 0;
  private generation: u32 = 0;
  // Where the bytes are the view's own.
  private owner: ArrayBuffer | null = null;

  /** A copy of a text or of bytes that lives as long as this object. Allocates. */
  static of<T>(text: T): Bytes {
    const pointer = textPointer(text);
    const size = textSize();
    const bytes = new Bytes();
    const owner = new ArrayBuffer(size);
    memory.copy(changetype<usize>(owner), pointer, size);
    bytes.owner = owner;
    bytes.start = changetype<usize>(owner);
    bytes.length = size;
    return bytes;
  }

  /** A copy of several, one behind the other. Allocates. */
  static join(parts: Bytes[]): Bytes {
    let sum: u64 = 0;
    for (let i = 0; i < parts.length; i++) sum += unchecked(parts[i]).size;
    // Parts may show the same bytes, and be more together than memory holds: then this traps, as any other lack of it.
    const size = <u32>min<u64>(sum, <u64>i32.MAX_VALUE);
    const owner = new ArrayBuffer(size);
    let at = changetype<usize>(owner);
    for (let i = 0; i < parts.length; i++) {
      const part = unchecked(parts[i]);
      memory.copy(at, part.pointer, part.size);
      at += part.size;
    }
    const bytes = new Bytes();
    bytes.owner = owner;
    bytes.start = changetype<usize>(owner);
    bytes.length = size;
    return bytes;
  }

  /** A view of `size` bytes at `pointer`, valid until the callback returns. */
  static view(pointer: usize, size: u32): Bytes {
    const bytes = new Bytes();
    bytes.set(pointer, size);
    return bytes;
  }

  /** Points this view at other bytes, valid until the callback returns. */
  set(pointer: usize, size: u32): void {
    this.start = pointer;
    this.length = size;
    this.generation = arenaGeneration();
    this.owner = null;
  }

  /** Points this view at nothing. */
  clear(): void {
    this.set(0, 0);
  }

  /** Number of bytes; 0 once the view is no longer valid. */
  get size(): u32 {
    return this.owner !== null || this.generation == arenaGeneration() ? this.length : 0;
  }

  /** Address of the first byte in linear memory; meaningless where `size` is 0. */
  get pointer(): usize {
    return this.start;
  }

  /** The byte at an index, 0 to 255; -1 outside. */
  at(index: u32): i32 {
    return index < this.size ? <i32>load<u8>(this.start + index) : -1;
  }

  /** Whether these are the bytes of `text`. */
  equals<T>(text: T): bool {
    return sameText(this.start, this.size, text);
  }

  /** Whether these are the bytes of an ASCII `text`, in whatever case. */
  equalsIgnoringCase<T>(text: T): bool {
    const size = this.size;
    if (isString<T>() && !isNullable<T>())
      return sameTextIgnoringCase(this.start, size, changetype<string>(text));
    const pointer = textPointer(text);
    return textSize() == size && sameBytesIgnoringCase(this.start, pointer, size);
  }

  /** Whether the first bytes are those of `text`. */
  startsWith<T>(text: T): bool {
    if (isString<T>() && !isNullable<T>())
      return prefixLength(this.start, this.size, changetype<string>(text)) >= 0;
    const pointer = textPointer(text);
    const size = textSize();
    return this.size >= size && memory.compare(this.start, pointer, size) == 0;
  }

  /** Whether the last bytes are those of `text`. */
  endsWith<T>(text: T): bool {
    const pointer = textPointer(text);
    const size = textSize();
    const own = this.size;
    return own >= size && memory.compare(this.start + own - size, pointer, size) == 0;
  }

  /** Where `text` first occurs at or behind `from`; -1 where it does not. */
  indexOf<T>(text: T, from: u32 = 0): i32 {
    const pointer = textPointer(text);
    const size = textSize();
    const own = this.size;
    for (let i = from; i <= own && size <= own - i; i++) {
      if (memory.compare(this.start + i, pointer, size) == 0) return <i32>i;
    }
    return -1;
  }

  /** A view of the bytes from `start` up to `end`, both cut to what there is. It is valid as long as this one is. */
  slice(start: u32, end: u32 = u32.MAX_VALUE): Bytes {
    const size = this.size;
    const to = min(end, size);
    const from = min(start, to);
    const part = new Bytes();
    part.start = this.start + from;
    part.length = to - from;
    part.generation = this.generation;
    part.owner = this.owner;
    return part;
  }

  /** Views of what is between the occurrences of `separator`: at least one, valid as long as this one is. Allocates. */
  split<T>(separator: T): Bytes[] {
    const pointer = textPointer(separator);
    const size = textSize();
    const own = this.size;
    const parts: Bytes[] = [];
    let from: u32 = 0;
    let at: u32 = 0;
    while (size > 0 && at <= own && size <= own - at) {
      if (memory.compare(this.start + at, pointer, size) != 0) {
        at++;
        continue;
      }
      parts.push(this.slice(from, at));
      from = at += size;
    }
    parts.push(this.slice(from));
    return parts;
  }

  /** A view without the spaces and tabs at both ends. */
  trim(): Bytes {
    let from: u32 = 0;
    let to = this.size;
    while (from < to && isBlank(load<u8>(this.start + from))) from++;
    while (to > from && isBlank(load<u8>(this.start + to - 1))) to--;
    return this.slice(from, to);
  }

  /** The number that these decimal digits write; `otherwise` where they are anything else or do not fit 64 bits. */
  toInteger(otherwise: i64 = -1): i64 {
    const size = this.size;
    if (size == 0 || size > 19) return otherwise;
    let value: u64 = 0;
    for (let i: u32 = 0; i < size; i++) {
      const digit = <u32>load<u8>(this.start + i) - 0x30;
      if (digit > 9) return otherwise;
      value = value * 10 + digit;
    }
    return value > <u64>i64.MAX_VALUE ? otherwise : <i64>value;
  }

  /** The same bytes with ASCII letters in lower case, as a copy of its own. Allocates. */
  toLowerCase(): Bytes {
    const bytes = this.copy();
    for (let i: u32 = 0; i < bytes.length; i++) {
      store<u8>(bytes.start + i, lower(load<u8>(bytes.start + i)));
    }
    return bytes;
  }

  /** Whether the bytes are UTF-8. */
  isUtf8(): bool {
    return isUtf8(this.start, this.size);
  }

  /** A copy that lives as long as the object that it returns. Allocates. */
  copy(): Bytes {
    return Bytes.of(this);
  }

  /** A text of its own, decoded from UTF-8; what is no UTF-8 becomes U+FFFD. Allocates. */
  toString(): string {
    return decodeUtf8(this.start, this.size);
  }

  /** The bytes in a buffer of its own. Allocates. */
  toArrayBuffer(): ArrayBuffer {
    const size = this.size;
    const buffer = new ArrayBuffer(size);
    memory.copy(changetype<usize>(buffer), this.start, size);
    return buffer;
  }
}

function isBlank(byte: u8): bool {
  return byte == 0x20 || byte == 0x09;
}

/** For the SDK: whether these are the bytes of `text`. */
export function sameText<T>(pointer: usize, size: u32, text: T): bool {
  if (isString<T>() && !isNullable<T>())
    return prefixLength(pointer, size, changetype<string>(text)) == <i32>size;
  const other = textPointer(text);
  return textSize() == size && memory.compare(pointer, other, size) == 0;
}
