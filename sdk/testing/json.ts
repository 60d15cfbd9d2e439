// AssemblyScript: the reader and the writer of JSON, for json/*.test.ts. What was read is handed over by the writer, with
// numbers as their bits.
import { allocate, resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { textPointer, textSize } from "proxy-wasm-assemblyscript-sdk/abi/text";
import { Bytes } from "proxy-wasm-assemblyscript-sdk/bytes";
import { Json } from "proxy-wasm-assemblyscript-sdk/json/json";
import { JsonKind } from "proxy-wasm-assemblyscript-sdk/json/kind";
import { JsonWriter } from "proxy-wasm-assemblyscript-sdk/json/writer";

let content = new ArrayBuffer(0);
let document: Json | null = null;
const writer = new JsonWriter();
let resultPointer: usize = 0;
let resultSize: u32 = 0;

/** Where the test puts `size` bytes of input. */
export function input(size: u32): usize {
  content = new ArrayBuffer(size);
  return changetype<usize>(content);
}

export function scratch(): usize {
  return input(65536);
}

export function nextCallback(): void {
  resetArena();
  // @ts-expect-error of asc's runtime; the types do not know it
  __collect();
}

export function resultAt(): usize {
  return resultPointer;
}

export function resultLength(): u32 {
  return resultSize;
}

function answer<T>(text: T): void {
  resultPointer = textPointer(text);
  resultSize = textSize();
}

function inputBytes(): Bytes {
  return Bytes.view(changetype<usize>(content), content.byteLength);
}

/** Parses the input; where it is no JSON, the result is the error. */
export function parse(): bool {
  document = Json.parse(inputBytes());
  answer(Json.error());
  return document !== null;
}

/** As `parse`, from a string. */
export function parseString(): bool {
  document = Json.parse(inputBytes().toString());
  answer(Json.error());
  return document !== null;
}

/** The document in a form that tells everything: see `read` in json.test.ts. */
export function dump(): void {
  writer.clear();
  const root = document;
  if (root !== null) dumpValue(root);
  answer(writer.bytes);
}

function dumpValue(value: Json): void {
  switch (value.kind) {
    case JsonKind.Null:
      writer.null();
      return;
    case JsonKind.Boolean:
      writer.boolean(value.asBoolean());
      return;
    case JsonKind.Number:
      writer.beginArray().string("number").string(reinterpret<u64>(value.asNumber()).toString());
      if (value.isInteger) writer.string(value.asInteger(-7).toString());
      writer.endArray();
      return;
    case JsonKind.String:
      writer.string(value.asBytes());
      return;
    case JsonKind.Array:
      writer.beginArray().string("array");
      for (let i: u32 = 0; i < value.length; i++) dumpValue(value.at(i));
      writer.endArray();
      return;
    case JsonKind.Object:
      writer.beginObject();
      for (let i: u32 = 0; i < value.length; i++) {
        const name = value.nameAt(i);
        writer.name(name);
        // Through the lookup, which must find the same member.
        dumpValue(value.get(name.toString()));
      }
      writer.endObject();
      return;
    default:
      writer.string("missing");
  }
}

/** What each accessor says of the value at `config[name]`, where `name` is the input. */
export function accessors(): void {
  const root = document;
  if (root === null) return;
  const name = inputBytes();
  const value = root.get(name);
  writer.clear();
  writer
    .beginArray()
    .integer(value.kind)
    .boolean(value.exists)
    .integer(value.length)
    .string(value.asBytes())
    .string(value.asString("otherwise"))
    .boolean(value.asBoolean())
    .boolean(value.asBoolean(true))
    .boolean(value.isInteger)
    .integer(value.asInteger(-1))
    .number(value.asNumber())
    .number(value.asNumber(0.5))
    .string(value.nameAt(0))
    .integer(value.at(0).kind)
    .integer(value.at(value.length).kind)
    .integer(value.get("a").get("b").at(7).kind)
    .endArray();
  answer(writer.bytes);
}

/** The double that the input writes. */
export function toDouble(): f64 {
  const value = Json.parse(inputBytes());
  return value === null ? NaN : value.asNumber();
}

/** Whether one value's text outlives the callback, the document and a collection. */
export function outlives(): bool {
  const root = Json.parse('{"a":["x","kept"]}');
  if (root !== null) kept = root.get("a").at(1).asBytes();
  return kept.equals("kept");
}

let kept = new Bytes();

export function keptText(): void {
  answer(kept);
}

/** Writes the input as a string. */
export function writeString(): void {
  writer.clear();
  writer.string(inputBytes());
  answer(writer.bytes);
}

/** Writes the input, decoded, as a string. */
export function writeDecoded(): void {
  writer.clear();
  writer.string(inputBytes().toString());
  answer(writer.bytes);
}

export function writeNumber(value: f64): void {
  writer.clear();
  writer.number(value);
  answer(writer.bytes);
}

export function writeInteger(value: i64): void {
  writer.clear();
  writer.integer(value);
  answer(writer.bytes);
}

/** A text with every kind of value in every position. */
export function writeAll(): void {
  const own = new JsonWriter();
  own
    .beginObject()
    .name("string")
    .string('a "b"\n')
    .name("integer")
    .integer(-5)
    .name("number")
    .number(0.25)
    .name("empty")
    .beginObject()
    .endObject()
    .name("list")
    .beginArray()
    .null()
    .boolean(true)
    .beginArray()
    .endArray()
    .beginObject()
    .name("x")
    .boolean(false)
    .endObject()
    .string("[")
    .string("{")
    .string(":")
    .integer(1)
    .endArray()
    .endObject();
  answer(own.bytes);
}

/** Writes the input so often, and says whether it was too much; then writes once more from the start. */
export function overflow(times: u32): u32 {
  writer.clear();
  writer.beginArray();
  for (let i: u32 = 0; i < times; i++) writer.string(inputBytes());
  const overflowed = writer.overflowed;
  const size = writer.size;
  const before = writer.bytes.size;
  writer.clear();
  writer.integer(1);
  answer(writer.bytes);
  return (overflowed ? 1 : 0) | (size == 0 ? 2 : 0) | (before == 0 ? 4 : 0);
}

/** How many bytes of the arena are left taken by looking up names and writing strings. */
export function arenaTaken(): usize {
  const root = Json.parse('{"a":1}');
  const before = allocate(0);
  for (let i = 0; i < 10; i++) if (root !== null) root.get("a string");
  writer.name("a name").string("a string");
  return allocate(0) - before;
}
