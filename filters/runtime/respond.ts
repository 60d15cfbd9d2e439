// Refusing a request, and changing headers. Every host status is looked at.
import {
  proxy_add_header_map_value,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
  proxy_send_local_response,
} from "proxy-wasm-assemblyscript-sdk/abi/env";
import { HeadersAction, Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { writeDecimal } from "./decimal";

/** Answers the request here. What the host says cannot change what to do next: the stream stops, so nothing passes. */
export function refuse(
  status: u32,
  details: usize,
  detailsSize: u32,
  body: usize,
  bodySize: u32,
  grpcStatus: i32,
): u32 {
  return refuseWith(status, details, detailsSize, body, bodySize, 0, 0, grpcStatus);
}

/** As `refuse`, with headers: serialized pairs. */
export function refuseWith(
  status: u32,
  details: usize,
  detailsSize: u32,
  body: usize,
  bodySize: u32,
  headers: usize,
  headersSize: u32,
  grpcStatus: i32,
): u32 {
  proxy_send_local_response(status, details, detailsSize, body, bodySize, headers, headersSize, grpcStatus);
  return HeadersAction.StopIteration;
}

// "tollgate:authorization:", and room for the policy and the rule behind it.
const RULE_DETAILS: usize = memory.data<u8>([
  116, 111, 108, 108, 103, 97, 116, 101, 58, 97, 117, 116, 104, 111, 114, 105, 122, 97, 116, 105, 111, 110,
  58,
]);
const RULE_DETAILS_START: u32 = 23;
const DETAILS: usize = memory.data(600);
const DETAILS_ROOM: u32 = 600;

/**
 * As `refuse`, in the name of a rule: `tollgate:authorization:<policy>:rules[<number>]`. `rule` is three words: where the
 * policy's name stands in `policies`, its size, the rule's number.
 */
export function refuseByRule(
  status: u32,
  rule: usize,
  policies: usize,
  body: usize,
  bodySize: u32,
  grpcStatus: i32,
): u32 {
  const size = writeDetails(RULE_DETAILS, RULE_DETAILS_START, rule, policies);
  return refuse(status, DETAILS, size, body, bodySize, grpcStatus);
}

/** As `refuseByRule`, in the name of a stage, `tollgate:routing:`, without a body, and with headers: serialized pairs. */
export function refuseInName(
  stage: usize,
  stageSize: u32,
  status: u32,
  rule: usize,
  policies: usize,
  grpcStatus: i32,
  headers: usize,
  headersSize: u32,
): u32 {
  const size = writeDetails(stage, stageSize, rule, policies);
  return refuseWith(status, DETAILS, size, 0, 0, headers, headersSize, grpcStatus);
}

/** Puts details together, and answers how many bytes they have. */
function writeDetails(stage: usize, stageSize: u32, rule: usize, policies: usize): u32 {
  // A name that is too long for the details is cut: it is for people to read.
  const name = min(load<u32>(rule, 4), DETAILS_ROOM - stageSize - 18);
  memory.copy(DETAILS, stage, stageSize);
  let at = DETAILS + stageSize;
  memory.copy(at, policies + load<u32>(rule), name);
  at += name;
  store<u64>(at, 0x5b73656c75723a); // ":rules["
  at += 7;
  at += writeDecimal(at, load<u32>(rule, 8));
  store<u8>(at++, 0x5d);
  return <u32>(at - DETAILS);
}

// One serialized pair, `retry-after: <up to 20 digits>`: {u32 count, u32 name size, u32 value size}, name NUL value NUL.
const RETRY_AFTER: usize = memory.data<u8>([
  1, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 114, 101, 116, 114, 121, 45, 97, 102, 116, 101, 114, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

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
  const digits = writeDecimal(RETRY_AFTER + 24, seconds);
  store<u32>(RETRY_AFTER, digits, 8);
  store<u8>(RETRY_AFTER + 24 + digits, 0);
  return refuseWith(status, details, detailsSize, body, bodySize, RETRY_AFTER, 25 + digits, grpcStatus);
}

/** Sets a header to one value; false where the host refused. */
export function setHeader(map: u32, name: usize, nameSize: u32, value: usize, valueSize: u32): bool {
  return proxy_replace_header_map_value(map, name, nameSize, value, valueSize) == Status.Ok;
}

/** Adds one more value of a header; false where the host refused. */
export function appendHeader(map: u32, name: usize, nameSize: u32, value: usize, valueSize: u32): bool {
  return proxy_add_header_map_value(map, name, nameSize, value, valueSize) == Status.Ok;
}

/** Removes every value of a header; false where the host refused. */
export function removeHeader(map: u32, name: usize, nameSize: u32): bool {
  return proxy_remove_header_map_value(map, name, nameSize) == Status.Ok;
}
