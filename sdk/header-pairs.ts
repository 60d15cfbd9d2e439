// Header lists that a filter makes: for callouts, local responses, gRPC metadata, or in the place of a whole map.
import { allocate } from "./abi/arena";
import { fitsHeader } from "./abi/compare";
import { textPointer, textSize } from "./abi/text";

/** The most headers that the host takes at once; more, and it takes the list for empty. */
const MOST: u32 = 1024;

/** A list of names and values, built once or for each use; it copies what it is given. */
export class HeaderPairs {
  // {name size, value size, name, value} for each.
  private bytes: ArrayBuffer = new ArrayBuffer(0);
  private used: u32 = 0;
  private count: u32 = 0;
  private written: u32 = 0;
  private split: bool = false;

  /** Whether a line break or a NUL in one of the pairs would have split a header: then the list is not used at all. */
  get broken(): bool {
    return this.split;
  }

  /** How many pairs there are. */
  get length(): u32 {
    return this.count;
  }

  /** Adds a pair. Beyond 1,024, which is all that the host takes, it is left out. Allocates. */
  add<N, V>(name: N, value: V): HeaderPairs {
    if (this.count == MOST) return this;
    const nameAt = textPointer(name);
    const nameSize = textSize();
    const valueAt = textPointer(value);
    const valueSize = textSize();
    if (!fitsHeader(nameAt, nameSize) || !fitsHeader(valueAt, valueSize)) {
      this.split = true;
      return this;
    }
    const at = this.reserve(8 + nameSize + valueSize);
    store<u32>(at, nameSize);
    store<u32>(at, valueSize, 4);
    memory.copy(at + 8, nameAt, nameSize);
    memory.copy(at + 8 + nameSize, valueAt, valueSize);
    this.count++;
    return this;
  }

  /** Takes out all pairs and keeps the room for new ones. */
  clear(): void {
    this.used = 0;
    this.count = 0;
    this.split = false;
  }

  /** The list as the host takes it, until the callback returns; `serializedSize` then tells how long it is. 0: none. */
  serialize(): usize {
    this.written = 0;
    if (this.count == 0) return 0;
    // A pair's two sizes are there already; what comes on top is a NUL behind each name and value.
    const size = 4 + this.used + 2 * this.count;
    const start = allocate(size);
    if (start == 0) return 0;
    store<u32>(start, this.count);
    let sizes = start + 4;
    let text = sizes + 8 * this.count;
    let from = changetype<usize>(this.bytes);
    for (let i: u32 = 0; i < this.count; i++) {
      const nameSize = load<u32>(from);
      const valueSize = load<u32>(from, 4);
      store<u32>(sizes, nameSize);
      store<u32>(sizes, valueSize, 4);
      sizes += 8;
      memory.copy(text, from + 8, nameSize);
      text += nameSize;
      store<u8>(text++, 0);
      memory.copy(text, from + 8 + nameSize, valueSize);
      text += valueSize;
      store<u8>(text++, 0);
      from += 8 + nameSize + valueSize;
    }
    this.written = size;
    return start;
  }

  /** How many bytes the last `serialize` wrote. */
  get serializedSize(): u32 {
    return this.written;
  }

  private reserve(size: u32): usize {
    const need = this.used + size;
    const before = this.bytes;
    if (need > <u32>before.byteLength) {
      const after = new ArrayBuffer(max<u32>(need, max<u32>(<u32>before.byteLength * 2, 128)));
      memory.copy(changetype<usize>(after), changetype<usize>(before), this.used);
      this.bytes = after;
    }
    const at = changetype<usize>(this.bytes) + this.used;
    this.used = need;
    return at;
  }
}
