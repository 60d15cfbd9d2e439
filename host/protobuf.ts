/**
 * As much of the protobuf wire format as the foreign functions' arguments need. Like Envoy's parser it skips fields it
 * does not know, takes the last of several values, and refuses a message that is not well-formed.
 */

type FieldValue = bigint | Uint8Array;

/** The fields of a message by number; the accessors answer proto3's defaults where a field is absent. */
export class ProtobufMessage {
  private readonly fields: ReadonlyMap<number, FieldValue>;

  private constructor(fields: ReadonlyMap<number, FieldValue>) {
    this.fields = fields;
  }

  /** Reads a message, or answers undefined where the bytes are none. */
  static parse(bytes: Uint8Array): ProtobufMessage | undefined {
    const fields = new Map<number, FieldValue>();
    const reader = new Reader(bytes);
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === undefined) return undefined;
      const value = reader.value(tag);
      if (value === undefined) return undefined;
      // A field of a fixed width or a group is none that the messages here have.
      if (tag.wire === WIRE_VARINT || tag.wire === WIRE_BYTES) fields.set(tag.field, value);
    }
    return new ProtobufMessage(fields);
  }

  /** Whether a field is there that is bytes, text or a message. */
  has(field: number): boolean {
    return this.fields.get(field) instanceof Uint8Array;
  }

  bytes(field: number): Uint8Array {
    const value = this.fields.get(field);
    return value instanceof Uint8Array ? value : new Uint8Array(0);
  }

  /** The text of a `string` field, or undefined where it is no UTF-8: then proto3 refuses the whole message. */
  text(field: number): string | undefined {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes(field));
    } catch {
      return undefined;
    }
  }

  /** A number or enumeration value of at most 32 bits. */
  number(field: number): number {
    const value = this.fields.get(field);
    return typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : 0;
  }

  boolean(field: number): boolean {
    const value = this.fields.get(field);
    return typeof value === "bigint" && value !== 0n;
  }
}

/** Writes a message; defaults (false, empty) are left out, as proto3 does. */
export function writeMessage(fields: ReadonlyArray<readonly [number, boolean | Uint8Array]>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [field, value] of fields) {
    if (value === true) parts.push(Uint8Array.of(field << 3, 1));
    else if (value !== false && value.length > 0)
      parts.push(Uint8Array.of((field << 3) | WIRE_BYTES), varint(value.length), value);
  }
  return Buffer.concat(parts);
}

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;
const WIRE_GROUP = 3;
const WIRE_FIXED32 = 5;
const MAX_DEPTH = 100;

interface Tag {
  field: number;
  wire: number;
}

class Reader {
  private readonly data: Uint8Array;
  private at = 0;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  get done(): boolean {
    return this.at >= this.data.length;
  }

  tag(): Tag | undefined {
    const tag = this.varint();
    if (tag === undefined || tag > 0xffff_ffffn || tag < 8n) return undefined;
    return { field: Number(tag >> 3n), wire: Number(tag & 7n) };
  }

  value({ field, wire }: Tag, depth = 0): FieldValue | undefined {
    switch (wire) {
      case WIRE_VARINT:
        return this.varint();
      case WIRE_FIXED64:
        return this.take(8);
      case WIRE_FIXED32:
        return this.take(4);
      case WIRE_BYTES: {
        const length = this.varint();
        return length === undefined || length > 0x7fff_ffffn ? undefined : this.take(Number(length));
      }
      case WIRE_GROUP:
        return depth < MAX_DEPTH ? this.group(field, depth + 1) : undefined;
      default:
        return undefined;
    }
  }

  /** Skips the fields up to the group's end. */
  private group(field: number, depth: number): Uint8Array | undefined {
    for (;;) {
      const tag = this.tag();
      if (tag === undefined) return undefined;
      if (tag.wire === 4) return tag.field === field ? new Uint8Array(0) : undefined;
      if (this.value(tag, depth) === undefined) return undefined;
    }
  }

  private varint(): bigint | undefined {
    let value = 0n;
    for (let i = 0; i < 10; i++) {
      const byte = this.data[this.at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return undefined;
  }

  private take(length: number): Uint8Array | undefined {
    const end = this.at + length;
    if (end > this.data.length) return undefined;
    const bytes = this.data.subarray(this.at, end);
    this.at = end;
    return bytes;
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, value]);
}
