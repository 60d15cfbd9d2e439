// Protocol Buffers written: gRPC messages, arguments of foreign functions.
import { shrink } from "../abi/arena";
import { textPointer, textSize } from "../abi/text";
import { ByteWriter } from "../byte-writer";
import { WireType } from "./wire-type";

/**
 * Writes one message, field by field; what it is told it writes, so leave out what has its default. A repeated field is
 * written once for each element, a map as a repeated message of its key (1) and its value (2). Field numbers are the
 * schema's, 1 to 536,870,911.
 *
 * @example
 * const request = new ProtoWriter();
 * request.string(1, "/shop").uint64(2, 5);
 * const entry = request.begin(3);
 * request.string(1, "tier").string(2, "gold");
 * request.end(entry);
 * this.grpcCall("limits", "shop.Limits", "Take", request.bytes, 500);
 */
export class ProtoWriter extends ByteWriter {
  /** An int32, an int64, or an enum; below 0 it takes ten bytes. */
  int64(field: u32, value: i64): ProtoWriter {
    return this.tag(field, WireType.Varint).varint(value);
  }

  /** A uint32 or a uint64. */
  uint64(field: u32, value: u64): ProtoWriter {
    return this.tag(field, WireType.Varint).varint(value);
  }

  /** A sint32 or a sint64. */
  sint64(field: u32, value: i64): ProtoWriter {
    return this.tag(field, WireType.Varint).zigzag(value);
  }

  /** A bool. */
  bool(field: u32, value: bool): ProtoWriter {
    return this.tag(field, WireType.Varint).varint(value ? 1 : 0);
  }

  /** A fixed32 or an sfixed32. */
  fixed32(field: u32, value: u32): ProtoWriter {
    return this.tag(field, WireType.Fixed32).plain(value);
  }

  /** A fixed64 or an sfixed64. */
  fixed64(field: u32, value: u64): ProtoWriter {
    return this.tag(field, WireType.Fixed64).plain(value);
  }

  /** A float. */
  float(field: u32, value: f32): ProtoWriter {
    return this.tag(field, WireType.Fixed32).plain(value);
  }

  /** A double. */
  double(field: u32, value: f64): ProtoWriter {
    return this.tag(field, WireType.Fixed64).plain(value);
  }

  /**
   * A string, bytes, or a message that is serialised already: any text (see `Bytes`). Whether a string's bytes are UTF-8,
   * as the format wants, is not checked.
   */
  string<T>(field: u32, text: T): ProtoWriter {
    const pointer = textPointer(text);
    const size = textSize();
    this.tag(field, WireType.Bytes).varint(size);
    const to = this.reserve(size);
    if (to != 0) memory.copy(to, pointer, size);
    // A string was encoded for this only.
    if (isString<T>() && pointer != 0) shrink(pointer, 0);
    return this;
  }

  /**
   * Begins a message, an entry of a map, or a packed list, whose elements are written with `varint`, `zigzag` and `plain`.
   * @returns what `end` wants
   */
  begin(field: u32): u32 {
    // Most are shorter than 128 bytes; `end` makes room for a longer size.
    this.tag(field, WireType.Bytes).varint(0);
    return this.size;
  }

  /** Ends what was begun, and all that was begun in it must have ended. */
  end(begun: u32): ProtoWriter {
    const used = this.size;
    if (begun == 0 || begun > used) return this;
    const size = used - begun;
    const more = varintSize(size) - 1;
    if (more > 0) {
      if (this.reserve(more) == 0) return this;
      const content = changetype<usize>(this.buffer) + begun;
      memory.copy(content + more, content, size);
    }
    storeVarint(changetype<usize>(this.buffer) + begun - 1, size);
    return this;
  }

  /** An element of a packed list: any of the integers that `int64` and `uint64` write, an enum or a bool. */
  varint(value: u64): ProtoWriter {
    const to = this.reserve(varintSize(value));
    if (to != 0) storeVarint(to, value);
    return this;
  }

  /** An element of a packed list: a sint32 or a sint64. */
  zigzag(value: i64): ProtoWriter {
    return this.varint((value << 1) ^ (value >> 63));
  }

  /** An element of a packed list with a fixed size: `T` is u32, i32, u64, i64, f32 or f64. */
  plain<T>(value: T): ProtoWriter {
    const to = this.reserve(sizeof<T>());
    if (to != 0) store<T>(to, value);
    return this;
  }

  private tag(field: u32, type: WireType): ProtoWriter {
    return this.varint((field << 3) | type);
  }
}

function varintSize(value: u64): u32 {
  // Seven bits a byte, and one byte for none.
  return (70 - <u32>clz(value | 1)) / 7;
}

function storeVarint(at: usize, value: u64): void {
  while (value > 0x7f) {
    store<u8>(at++, (<u32>value) | 0x80);
    value >>>= 7;
  }
  store<u8>(at, <u32>value);
}
