// AssemblyScript: the reader and the writer of Protocol Buffers, for protobuf/*.test.ts.
import { allocate, resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { textPointer, textSize } from "proxy-wasm-assemblyscript-sdk/abi/text";
import { Bytes } from "proxy-wasm-assemblyscript-sdk/bytes";
import { ProtoReader } from "proxy-wasm-assemblyscript-sdk/protobuf/reader";
import { ProtoWriter } from "proxy-wasm-assemblyscript-sdk/protobuf/writer";

let content = new ArrayBuffer(0);
let resultPointer: usize = 0;
let resultSize: u32 = 0;

const writer = new ProtoWriter();
const readers: ProtoReader[] = [];
let reader = new ProtoReader(new Bytes());

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

// Writing: a call for each method.

export function clear(): void {
  writer.clear();
}

export function finish(): void {
  answer(writer.bytes);
}

export function overflowed(): bool {
  return writer.overflowed;
}

export function writeInt64(field: u32, value: i64): void {
  writer.int64(field, value);
}

export function writeUint64(field: u32, value: u64): void {
  writer.uint64(field, value);
}

export function writeSint64(field: u32, value: i64): void {
  writer.sint64(field, value);
}

export function writeBool(field: u32, value: bool): void {
  writer.bool(field, value);
}

export function writeFixed32(field: u32, value: u32): void {
  writer.fixed32(field, value);
}

export function writeFixed64(field: u32, value: u64): void {
  writer.fixed64(field, value);
}

export function writeFloat(field: u32, value: f32): void {
  writer.float(field, value);
}

export function writeDouble(field: u32, value: f64): void {
  writer.double(field, value);
}

/** The input, as bytes or as the string that it decodes to. */
export function writeString(field: u32, decoded: bool): void {
  if (decoded) writer.string(field, inputBytes().toString());
  else writer.string(field, inputBytes());
}

/** How many bytes of the arena are left taken by writing a string. */
export function arenaTaken(): usize {
  const before = allocate(0);
  writer.string(1, "a string");
  return allocate(0) - before;
}

export function begin(field: u32): u32 {
  return writer.begin(field);
}

export function end(begun: u32): void {
  writer.end(begun);
}

export function packedVarint(value: u64): void {
  writer.varint(value);
}

export function packedZigzag(value: i64): void {
  writer.zigzag(value);
}

export function packedFixed32(value: u32): void {
  writer.plain<u32>(value);
}

export function packedDouble(value: f64): void {
  writer.plain<f64>(value);
}

// Reading: the reader stays where it is between calls.

export function read(): void {
  readers.length = 0;
  reader = new ProtoReader(inputBytes());
}

/** Reads the input with the reader that is there. */
export function readAgain(): void {
  readers.length = 0;
  reader.reset(inputBytes());
}

export function enter(): void {
  const inner = new ProtoReader(new Bytes());
  reader.enter(inner);
  readers.push(reader);
  reader = inner;
}

export function leave(): void {
  reader = readers.pop();
}

export function next(): bool {
  return reader.next();
}

export function nextVarint(): bool {
  return reader.nextVarint();
}

export function nextFixed32(): bool {
  return reader.nextFixed32();
}

export function nextFixed64(): bool {
  return reader.nextFixed64();
}

export function malformed(): bool {
  return reader.malformed;
}

export function field(): u32 {
  return reader.field;
}

export function wireType(): u32 {
  return reader.wireType;
}

export function int32(): i32 {
  return reader.int32;
}

export function int64(): i64 {
  return reader.int64;
}

export function uint32(): u32 {
  return reader.uint32;
}

export function uint64(): u64 {
  return reader.uint64;
}

export function sint32(): i32 {
  return reader.sint32;
}

export function sint64(): i64 {
  return reader.sint64;
}

export function boolean(): bool {
  return reader.bool;
}

export function fixed32(): u32 {
  return reader.fixed32;
}

export function fixed64(): u64 {
  return reader.fixed64;
}

export function float(): f32 {
  return reader.float;
}

export function double(): f64 {
  return reader.double;
}

export function bytes(): void {
  answer(reader.bytes);
}
