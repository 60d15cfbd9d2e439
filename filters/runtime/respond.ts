// Refusing a request, and changing headers. Every host status is looked at.
import {
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
  proxy_send_local_response,
} from "proxy-wasm-assemblyscript-sdk/abi/env";
import { HeadersAction, Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";

/** Answers the request here. What the host says cannot change what to do next: the stream stops, so nothing passes. */
export function refuse(
  status: u32,
  details: usize,
  detailsSize: u32,
  body: usize,
  bodySize: u32,
  grpcStatus: i32,
): u32 {
  proxy_send_local_response(status, details, detailsSize, body, bodySize, 0, 0, grpcStatus);
  return HeadersAction.StopIteration;
}

// One serialized pair, `retry-after: <up to 20 digits>`: {u32 count, u32 name size, u32 value size}, name NUL value NUL.
const RETRY_AFTER: usize = memory.data<u8>([
  1, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 114, 101, 116, 114, 121, 45, 97, 102, 116, 101, 114, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);
const DIGITS: usize = memory.data(20);

/** As `refuse`, with a `retry-after` header: the wait in whole seconds, rounded up, at least one. */
export function refuseForNow(
  status: u32,
  details: usize,
  detailsSize: u32,
  body: usize,
  bodySize: u32,
  grpcStatus: i32,
  wait: u64,
): u32 {
  let seconds = wait / 1000000000;
  if (seconds == 0 || wait % 1000000000 != 0) seconds++;
  let at: u32 = 20;
  while (seconds != 0) {
    store<u8>(DIGITS + --at, <u8>(0x30 + (seconds % 10)));
    seconds /= 10;
  }
  const digits: u32 = 20 - at;
  store<u32>(RETRY_AFTER, digits, 8);
  memory.copy(RETRY_AFTER + 24, DIGITS + at, digits);
  store<u8>(RETRY_AFTER + 24 + digits, 0);
  proxy_send_local_response(
    status,
    details,
    detailsSize,
    body,
    bodySize,
    RETRY_AFTER,
    25 + digits,
    grpcStatus,
  );
  return HeadersAction.StopIteration;
}

/** Sets a header to one value; false where the host refused. */
export function setHeader(map: u32, name: usize, nameSize: u32, value: usize, valueSize: u32): bool {
  return proxy_replace_header_map_value(map, name, nameSize, value, valueSize) == Status.Ok;
}

/** Removes every value of a header; false where the host refused. */
export function removeHeader(map: u32, name: usize, nameSize: u32): bool {
  return proxy_remove_header_map_value(map, name, nameSize) == Status.Ok;
}
