// Protocol Buffers read: gRPC messages, answers of foreign functions, properties that are messages.
import { Bytes } from "../bytes";
import { WireType } from "./wire-type";

/**
 * Reads a message field by field. `next` takes in a whole field, so one that nobody asks for is skipped, and the accessors
 * only look at what it took in: they never fail, and answer 0 or nothing where the field's wire type is another.
 *
 * @example
 * const reader = new ProtoReader(message);
 * while (reader.next()) {
 *   if (reader.field == 1) allowed = reader.bool;
 *   else if (reader.field == 2) reason = reader.bytes.toString();
 * }
 * if (reader.malformed) return false;
 *
 * Where the message goes on wrongly, `next` answers false and `malformed` true: what was read before is then of no use.
 * Groups, which proto3 has not, are malformed. A reader can be kept and used again (`reset`, `enter`).
 */
export class ProtoReader {
  // Where it reads: offsets into the source, which may be gone (see `Bytes`) when it reads again.
  private at: u32 = 0;
  private end: u32 = 0;
  private broken: bool = false;
  private number: u32 = 0;
  private type: WireType = WireType.Varint;
  // A varint's or a fixed value's bits; 0 for bytes.
  private bits: u64 = 0;
  // Where bytes are.
  private from: u32 = 0;
  private to: u32 = 0;

  /** Reads `source`, which must go on showing the same bytes. */
  constructor(private source: Bytes) {
    this.end = source.size;
  }

  /** Begins anew with another message. */
  reset(source: Bytes): void {
    this.source = source;
    this.start(0, source.size);
  }

  /** Moves to the next field; false at the end, and where what follows is no field (`malformed`). */
  next(): bool {
    this.forget();
    const start = this.at;
    if (start >= this.end) return false;
    if (!this.varint()) return false;
    const tag = this.bits;
    this.bits = 0;
    const field = tag >>> 3;
    // The largest number has 29 bits, and a tag five bytes.
    if (field - 1 >= 0x1fffffff || this.at - start > 5) return this.fail();
    this.number = <u32>field;
    this.type = (<u32>tag) & 7;
    switch (this.type) {
      case WireType.Varint:
        return this.varint();
      case WireType.Fixed64:
        return this.fixed(8);
      case WireType.Bytes:
        return this.sized();
      case WireType.Fixed32:
        return this.fixed(4);
      default:
        return this.fail();
    }
  }

  /** Moves to the next element of a packed list of varints (`enter`): the accessors then show it. */
  nextVarint(): bool {
    this.forget();
    this.type = WireType.Varint;
    return this.at < this.end && this.varint();
  }

  /** As `nextVarint`, for fixed32, sfixed32 and float. */
  nextFixed32(): bool {
    this.forget();
    this.type = WireType.Fixed32;
    return this.at < this.end && this.fixed(4);
  }

  /** As `nextVarint`, for fixed64, sfixed64 and double. */
  nextFixed64(): bool {
    this.forget();
    this.type = WireType.Fixed64;
    return this.at < this.end && this.fixed(8);
  }

  /** Whether what has been read so far was followed by something that is no field. */
  get malformed(): bool {
    return this.broken;
  }

  /** The field's number; 0 before the first `next`, behind the last field, and in packed lists. */
  get field(): u32 {
    return this.number;
  }

  /** The form of the field's value. */
  get wireType(): WireType {
    return this.type;
  }

  /** An int32, or an enum. */
  get int32(): i32 {
    return this.type == WireType.Varint ? <i32>this.bits : 0;
  }

  /** An int64. */
  get int64(): i64 {
    return this.type == WireType.Varint ? this.bits : 0;
  }

  /** A uint32. */
  get uint32(): u32 {
    return this.type == WireType.Varint ? <u32>this.bits : 0;
  }

  /** A uint64. */
  get uint64(): u64 {
    return this.type == WireType.Varint ? this.bits : 0;
  }

  /** A sint32. */
  get sint32(): i32 {
    const bits = this.uint32;
    return <i32>((bits >>> 1) ^ -(bits & 1));
  }

  /** A sint64. */
  get sint64(): i64 {
    const bits = this.uint64;
    return <i64>((bits >>> 1) ^ -(bits & 1));
  }

  /** A bool. */
  get bool(): bool {
    return this.uint64 != 0;
  }

  /** A fixed32; an sfixed32 is the same as `i32`. */
  get fixed32(): u32 {
    return this.type == WireType.Fixed32 ? <u32>this.bits : 0;
  }

  /** A fixed64; an sfixed64 is the same as `i64`. */
  get fixed64(): u64 {
    return this.type == WireType.Fixed64 ? this.bits : 0;
  }

  /** A float. */
  get float(): f32 {
    return reinterpret<f32>(this.fixed32);
  }

  /** A double. */
  get double(): f64 {
    return reinterpret<f64>(this.fixed64);
  }

  /** A string, or bytes: a view, valid as long as the source. Strings are not checked (`isUtf8`). Allocates the view. */
  get bytes(): Bytes {
    return this.source.slice(this.from, this.to);
  }

  /** Has `inner` read the field, a message, an entry of a map or a packed list, without a copy; another field is empty. */
  enter(inner: ProtoReader): void {
    const from = this.from;
    const to = this.to;
    inner.source = this.source;
    inner.start(from, to);
  }

  private start(from: u32, to: u32): void {
    this.at = from;
    this.end = to;
    this.broken = false;
    this.forget();
  }

  private forget(): void {
    this.number = 0;
    this.bits = 0;
    this.from = 0;
    this.to = 0;
  }

  private fail(): bool {
    this.forget();
    this.broken = true;
    this.at = this.end;
    return false;
  }

  private varint(): bool {
    const source = this.source;
    const start = this.at;
    const end = min(this.end, source.size);
    let bits: u64 = 0;
    for (let at = start; at < end && at - start < 10; at++) {
      const byte = <u64>load<u8>(source.pointer + at);
      const shift = 7 * (at - start);
      bits |= (byte & 0x7f) << shift;
      if (byte > 0x7f) continue;
      // The tenth byte has one bit left.
      if (shift == 63 && byte > 1) break;
      this.at = at + 1;
      this.bits = bits;
      return true;
    }
    return this.fail();
  }

  private fixed(size: u32): bool {
    const source = this.source;
    const at = this.at;
    const end = min(this.end, source.size);
    if (at > end || end - at < size) return this.fail();
    const pointer = source.pointer + at;
    this.bits = size == 4 ? <u64>load<u32>(pointer) : load<u64>(pointer);
    this.at = at + size;
    return true;
  }

  private sized(): bool {
    if (!this.varint()) return false;
    const size = this.bits;
    const from = this.at;
    this.bits = 0;
    if (size > <u64>(this.end - from)) return this.fail();
    this.from = from;
    this.to = this.at = from + <u32>size;
    return true;
  }
}
