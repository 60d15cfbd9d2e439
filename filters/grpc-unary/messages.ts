// The messages of access.proto.
import { Bytes, Headers } from "proxy-wasm-assemblyscript-sdk";
import { ProtoReader } from "proxy-wasm-assemblyscript-sdk/protobuf/reader";
import { ProtoWriter } from "proxy-wasm-assemblyscript-sdk/protobuf/writer";

// Kept for the next request: once they have their room they allocate no more.
const request = new ProtoWriter();
const name = new Bytes();
const value = new Bytes();

/** A `CheckRequest` about these headers; valid until the callback returns or another one is written. */
export function checkRequest(headers: Headers): Bytes {
  request.clear();
  for (let i: u32 = 0; i < headers.length; i++) {
    headers.readNameAt(i, name);
    headers.readValueAt(i, value);
    if (name.equals(":method")) request.string(1, value);
    else if (name.equals(":path")) request.string(2, value);
    else if (!name.startsWith(":")) {
      const header = request.begin(3);
      request.string(1, name).string(2, value).end(header);
    }
  }
  return request.bytes;
}

const ALLOW: i32 = 1;
const DENY: i32 = 2;

/** A `CheckResponse`. */
export class CheckResponse {
  /** Whether it says so in so many words. */
  allowed: bool = false;
  /** Whether it does. */
  denied: bool = false;
  /** Valid until the callback returns. */
  user: Bytes = new Bytes();
  /** 400 to 599. */
  status: u32 = 403;

  /** Reads a message; null where it is none. */
  static read(message: Bytes): CheckResponse | null {
    const response = new CheckResponse();
    const reader = new ProtoReader(message);
    while (reader.next()) {
      if (reader.field == 1) {
        response.allowed = reader.int32 == ALLOW;
        response.denied = reader.int32 == DENY;
      } else if (reader.field == 2) {
        response.user = reader.bytes;
      } else if (reader.field == 3) {
        response.status = reader.uint32 - 400 < 200 ? reader.uint32 : 403;
      }
    }
    return reader.malformed ? null : response;
  }
}
