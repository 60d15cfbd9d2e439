// JSON written: bodies of local responses, log lines, requests of callouts.
import { shrink } from "../abi/arena";
import { textPointer, textSize } from "../abi/text";
import { ByteWriter } from "../byte-writer";
import { decodeUtf8, isUtf8 } from "../utf8";

/**
 * Writes one JSON text, value by value. Commas come by themselves; that each `begin` has its `end` and each value of an
 * object its name is the caller's to see to.
 *
 * @example
 * const body = new JsonWriter();
 * body.beginObject().name("error").string("denied").name("retry").integer(30).endObject();
 * sendLocalResponse(429, body.bytes, "limited", headers);
 */
export class JsonWriter extends ByteWriter {
  /** Begins an object. */
  beginObject(): JsonWriter {
    this.part();
    return this.byte(0x7b);
  }

  /** Ends the object begun last. */
  endObject(): JsonWriter {
    return this.byte(0x7d);
  }

  /** Begins an array. */
  beginArray(): JsonWriter {
    this.part();
    return this.byte(0x5b);
  }

  /** Ends the array begun last. */
  endArray(): JsonWriter {
    return this.byte(0x5d);
  }

  /** The name of the value that comes next: any text (see `Bytes`). That it is the only one in its object is not checked. */
  name<T>(name: T): JsonWriter {
    this.string(name);
    return this.byte(0x3a);
  }

  /** A string: any text (see `Bytes`), escaped; what is no UTF-8 becomes U+FFFD. */
  string<T>(text: T): JsonWriter {
    this.part();
    const pointer = textPointer(text);
    const size = textSize();
    if (!this.fits(size)) return this;
    if (isString<T>() || isUtf8(pointer, size)) {
      this.quote(pointer, size);
      // A string was encoded for this only.
      if (isString<T>() && pointer != 0) shrink(pointer, 0);
    } else {
      const repaired = textPointer(decodeUtf8(pointer, size));
      this.quote(repaired, textSize());
    }
    return this;
  }

  /** A whole number. Beyond 2^53 many readers round it. */
  integer(value: i64): JsonWriter {
    this.part();
    const negative = value < 0;
    // Two's complement: the number that is its own negative is right without a sign.
    let left = negative ? <u64>-value : <u64>value;
    let digits: u32 = 1;
    for (let more = left / 10; more > 0; more /= 10) digits++;
    const at = this.reserve(digits + u32(negative));
    if (at == 0) return this;
    if (negative) store<u8>(at, 0x2d);
    for (let to = at + digits + u32(negative); digits > 0; digits--) {
      store<u8>(--to, <u32>(left % 10) + 0x30);
      left /= 10;
    }
    return this;
  }

  /** A number, so that reading it gives the same one; infinities and NaN, which JSON has not, become null. */
  number(value: f64): JsonWriter {
    if (!isFinite(value)) return this.null();
    if (value == Math.trunc(value) && Math.abs(value) < 9007199254740992) return this.integer(<i64>value);
    this.part();
    return this.ascii(value.toString());
  }

  /** `true` or `false`. */
  boolean(value: bool): JsonWriter {
    this.part();
    return this.ascii(value ? "true" : "false");
  }

  /** `null`. */
  null(): JsonWriter {
    this.part();
    return this.ascii("null");
  }

  /** Puts a comma where something comes before this in the same array or object. */
  private part(): void {
    if (this.size == 0) return;
    const before = load<u8>(changetype<usize>(this.buffer) + this.used - 1);
    if (before != 0x7b && before != 0x5b && before != 0x3a) this.byte(0x2c);
  }

  private byte(byte: u8): JsonWriter {
    const at = this.reserve(1);
    if (at != 0) store<u8>(at, byte);
    return this;
  }

  private ascii(text: string): JsonWriter {
    const size = text.length;
    const at = this.reserve(size);
    if (at == 0) return this;
    for (let i = 0; i < size; i++) {
      store<u8>(at + i, load<u16>(changetype<usize>(text) + ((<usize>i) << 1)));
    }
    return this;
  }

  private quote(pointer: usize, size: u32): void {
    const end = pointer + size;
    let need: u64 = 2;
    for (let at = pointer; at < end; at++) need += escapeSize(load<u8>(at));
    if (!this.fits(need)) return;
    let to = this.reserve(<u32>need);
    store<u8>(to++, 0x22);
    for (let at = pointer; at < end; at++) {
      const byte = <u32>load<u8>(at);
      const room = escapeSize(byte);
      if (room == 1) {
        store<u8>(to++, byte);
        continue;
      }
      store<u8>(to, 0x5c);
      if (room == 2) {
        store<u8>(to, shortEscape(byte), 1);
      } else {
        // `u00`, then two digits.
        store<u32>(to, 0x30303075, 1);
        store<u8>(to, (byte >>> 4) + 0x30, 4);
        store<u8>(to, hexDigit(byte & 15), 5);
      }
      to += room;
    }
    store<u8>(to, 0x22);
  }
}

/** How many bytes stand for this one in a string. */
function escapeSize(byte: u32): u32 {
  if (byte >= 0x20) return byte == 0x22 || byte == 0x5c ? 2 : 1;
  return shortEscape(byte) != 0 ? 2 : 6;
}

/** What stands behind the backslash for this byte; 0 where it takes the long form. */
function shortEscape(byte: u32): u32 {
  switch (byte) {
    case 0x22:
    case 0x5c:
      return byte;
    case 0x08:
      return 0x62;
    case 0x09:
      return 0x74;
    case 0x0a:
      return 0x6e;
    case 0x0c:
      return 0x66;
    case 0x0d:
      return 0x72;
    default:
      return 0;
  }
}

function hexDigit(digit: u32): u32 {
  return digit < 10 ? digit + 0x30 : digit + 0x57;
}
