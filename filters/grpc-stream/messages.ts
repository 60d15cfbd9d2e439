// The messages of reports.proto. What is written is valid until the callback returns or another one is written.
import { Bytes } from "proxy-wasm-assemblyscript-sdk";
import { ProtoReader } from "proxy-wasm-assemblyscript-sdk/protobuf/reader";
import { ProtoWriter } from "proxy-wasm-assemblyscript-sdk/protobuf/writer";

const writer = new ProtoWriter();

/** A `Summary`. */
export function summary(number: u64, method: Bytes | null, path: Bytes | null, status: u32): Bytes {
  writer.clear();
  return writer.uint64(1, number).string(2, method).string(3, path).uint64(4, status).bytes;
}

/** A `Piece`. */
export function piece(content: Bytes): Bytes {
  writer.clear();
  return writer.string(1, content).bytes;
}

/** The number of an `Acknowledgement`; 0 where it has none. */
export function acknowledged(message: Bytes): u64 {
  let number: u64 = 0;
  const reader = new ProtoReader(message);
  while (reader.next()) {
    if (reader.field == 1) number = reader.uint64;
  }
  return reader.malformed ? 0 : number;
}

/** Whether a `Verdict` says that all is clean. */
export function isClean(message: Bytes): bool {
  let clean: bool = false;
  const reader = new ProtoReader(message);
  while (reader.next()) {
    if (reader.field == 1) clean = reader.bool;
  }
  return clean && !reader.malformed;
}
