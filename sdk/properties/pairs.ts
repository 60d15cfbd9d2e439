// Maps and lists, which the host hands over as pairs.
import { Bytes } from "../bytes";

/**
 * A map or a list out of a property, as a view of the host's answer: gone when the callback returns. A value's bytes
 * are those of its type (see `toDouble` and its kin; a map within a map is `Pairs` again). Of a list the items are the
 * keys.
 */
export class Pairs {
  private count: u32;

  constructor(private bytes: Bytes) {
    this.count = countOf(bytes);
  }

  /** How many pairs there are; 0 as well where the bytes are no pairs. */
  get length(): u32 {
    return this.bytes.size == 0 ? 0 : this.count;
  }

  /** Points `key` and `value` at the pair at an index below `length`; both are empty beyond. */
  read(index: u32, key: Bytes, value: Bytes): void {
    if (index >= this.length) {
      key.clear();
      value.clear();
      return;
    }
    const sizes = this.bytes.pointer + 4;
    let at = sizes + ((<usize>this.count) << 3);
    for (let i: u32 = 0; i < index; i++) {
      at += load<u32>(sizes + ((<usize>i) << 3)) + load<u32>(sizes + ((<usize>i) << 3), 4) + 2;
    }
    const keySize = load<u32>(sizes + ((<usize>index) << 3));
    key.set(at, keySize);
    value.set(at + keySize + 1, load<u32>(sizes + ((<usize>index) << 3), 4));
  }

  /** The value of a key, or null where it has none. Allocates the view. */
  get<K>(key: K): Bytes | null {
    const name = new Bytes();
    const value = new Bytes();
    for (let i: u32 = 0; i < this.length; i++) {
      this.read(i, name, value);
      if (name.equals(key)) return value;
    }
    return null;
  }
}

/** How many pairs the bytes hold; 0 where they hold less than they say. */
function countOf(bytes: Bytes): u32 {
  const size = bytes.size;
  const count: u32 = size < 4 ? 0 : load<u32>(bytes.pointer);
  if (4 + <u64>count * 8 > <u64>size) return 0;
  // Each key and each value ends in a NUL.
  let need: u64 = 4 + <u64>count * 8;
  for (let i: u32 = 0; i < count; i++) {
    const sizes = bytes.pointer + 4 + ((<usize>i) << 3);
    need += <u64>load<u32>(sizes) + load<u32>(sizes, 4) + 2;
  }
  return need <= size ? count : 0;
}

/** A property's answer as pairs; null stays null. */
export function pairsOf(bytes: Bytes | null): Pairs | null {
  return bytes === null ? null : new Pairs(bytes);
}
