/** A plugin's or a VM's configuration as the filter reads it. */
import { NO_BYTES } from "../bytes.ts";
import { BootstrapRefused, type Message } from "./message.ts";

/**
 * The bytes of an optional `google.protobuf.Any`: the value of a StringValue or BytesValue as it is. A Struct, and a
 * TypedStruct, are handed over serialised, not as JSON; the order of fields is anybody's guess in Envoy.
 */
export function configurationBytes(parent: Message, name: string): Uint8Array {
  if (!parent.has(name)) return NO_BYTES;
  return parent.any(name, ({ type, message }) => {
    switch (type) {
      case "google.protobuf.StringValue":
        return Buffer.from(message.string("value"));
      case "google.protobuf.BytesValue":
        return Buffer.from(message.string("value"), "base64");
      case "google.protobuf.Struct":
        return struct(message.raw("value") ?? {}, message.at("value"));
      case "xds.type.v3.TypedStruct":
      case "udpa.type.v1.TypedStruct":
        return Buffer.concat([
          field(1, Buffer.from(message.string("type_url"))),
          field(2, struct(message.raw("value") ?? {}, message.at("value"))),
        ]);
      default:
        throw new BootstrapRefused(message.path, `\`${type}\` is not supported by this host`);
    }
  });
}

/** {fields 1: {key 1, value 2}} */
function struct(value: unknown, path: string): Uint8Array {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new BootstrapRefused(path, "an object is expected here");
  const entries = Object.entries(value).map(([key, item]) =>
    Buffer.concat([field(1, Buffer.from(key)), field(2, structValue(item, `${path}.${key}`))]),
  );
  return Buffer.concat(entries.map((entry) => field(1, entry)));
}

/** {null 1, number 2, string 3, bool 4, struct 5, list 6: {values 1}} */
function structValue(value: unknown, path: string): Uint8Array {
  if (value === null) return Uint8Array.of(0x08, 0);
  if (typeof value === "boolean") return Uint8Array.of(0x20, value ? 1 : 0);
  if (typeof value === "string") return field(3, Buffer.from(value));
  if (typeof value === "number") {
    const bytes = Buffer.alloc(9);
    bytes[0] = 0x11;
    bytes.writeDoubleLE(value, 1);
    return bytes;
  }
  if (!Array.isArray(value)) return field(5, struct(value, path));
  const items = value.map((item, i) => field(1, structValue(item, `${path}[${i}]`)));
  return field(6, Buffer.concat(items));
}

/** A field of bytes, empty ones too: in a oneof they tell which it is. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Uint8Array.of((number << 3) | 2, ...length, rest), bytes]);
}
