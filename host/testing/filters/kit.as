// Strings in and out for the test filters; `last` keeps what the host gave last.
import * as env from "./env";

export const OUT: usize = memory.data(32, 16);

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size);
}

class Text {
  bytes: ArrayBuffer;
  constructor(text: string) {
    this.bytes = String.UTF8.encode(text);
  }
  get at(): usize {
    return changetype<usize>(this.bytes);
  }
  get size(): i32 {
    return this.bytes.byteLength;
  }
}

export function text(value: string): Text {
  return new Text(value);
}

export function log(message: string): void {
  const line = text(message);
  env.proxy_log(2, line.at, line.size);
}

export function given(): string {
  return String.UTF8.decodeUnsafe(load<u32>(OUT), load<u32>(OUT + 4));
}

// The value, or "!" and the status.
export function header(map: i32, name: string): string {
  const key = text(name);
  const status = env.proxy_get_header_map_value(map, key.at, key.size, OUT, OUT + 4);
  return status == 0 ? given() : "!" + status.toString();
}

export function pairCount(map: i32): i32 {
  store<u64>(OUT, 0);
  const status = env.proxy_get_header_map_pairs(map, OUT, OUT + 4);
  if (status != 0) return -status;
  return load<u32>(OUT + 4) == 0 ? 0 : load<u32>(load<u32>(OUT));
}

export function add(map: i32, name: string, value: string): i32 {
  const key = text(name);
  const content = text(value);
  return env.proxy_add_header_map_value(map, key.at, key.size, content.at, content.size);
}

export function replace(map: i32, name: string, value: string): i32 {
  const key = text(name);
  const content = text(value);
  return env.proxy_replace_header_map_value(map, key.at, key.size, content.at, content.size);
}

export function remove(map: i32, name: string): i32 {
  const key = text(name);
  return env.proxy_remove_header_map_value(map, key.at, key.size);
}

export function property(path: string): string {
  const key = text(path);
  const status = env.proxy_get_property(key.at, key.size, OUT, OUT + 4);
  return status == 0 ? given() : "!" + status.toString();
}

export function respond(status: i32, details: string, body: string, grpcStatus: i32): void {
  const why = text(details);
  const content = text(body);
  // One pair: x-why: test
  const pairs = memory.data(4 + 8 + 6 + 5);
  store<u32>(pairs, 1);
  store<u32>(pairs + 4, 5);
  store<u32>(pairs + 8, 4);
  const name = text("x-why\0test\0");
  memory.copy(pairs + 12, name.at, 11);
  env.proxy_send_local_response(status, why.at, why.size, content.at, content.size, pairs, 23, grpcStatus);
}

export function buffer(type: i32, start: i32, length: i32): string {
  store<u64>(OUT, 0);
  const status = env.proxy_get_buffer_bytes(type, start, length, OUT, OUT + 4);
  return status == 0 ? given() : "!" + status.toString();
}

export function setBuffer(type: i32, start: i32, length: i32, value: string): i32 {
  const content = text(value);
  return env.proxy_set_buffer_bytes(type, start, length, content.at, content.size);
}

// `list` is name NUL value NUL …
export function pairs(list: string, count: i32): ArrayBuffer {
  const bytes = String.UTF8.encode(list);
  const result = new ArrayBuffer(4 + count * 8 + bytes.byteLength);
  const at = changetype<usize>(result);
  const from = changetype<usize>(bytes);
  store<u32>(at, count);
  memory.copy(at + 4 + count * 8, from, bytes.byteLength);
  let start = 0;
  for (let i = 0; i < count * 2; i++) {
    let end = start;
    while (load<u8>(from + end) != 0) end++;
    store<u32>(at + 4 + i * 4, end - start);
    start = end + 1;
  }
  return result;
}
