// A compact JWS (RFC 7515, section 7.1) taken apart: header, payload and signature in base64url with dots between them.
import { allocate } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { decodeBase64url, decodedSize } from "./base64url";

/** The largest token that is looked at, in bytes. */
export const TOKEN_BYTES_MAX: u32 = 16384;

const DOT: u8 = 0x2e;
const DOTS: u64 = 0x2e2e2e2e2e2e2e2e;
const ONES: u64 = 0x0101010101010101;
const HIGHS: u64 = 0x8080808080808080;

let start: usize = 0;
let header: u32 = 0;
let payload: usize = 0;
let payloadText: u32 = 0;
let signature: usize = 0;
let signatureText: u32 = 0;
let decoded: usize = 0;
let decodedBytes: u32 = 0;

/**
 * Makes these bytes the current token: exactly three parts, the payload base64url. Neither header nor signature are looked
 * at, so that a token whose signature is known already does not pay for them. The bytes must stay where they are.
 */
export function readToken(pointer: usize, size: u32): bool {
  decoded = 0;
  decodedBytes = 0;
  header = 0;
  if (size > TOKEN_BYTES_MAX) return false;
  const end = pointer + size;
  const first = nextDot(pointer, end);
  if (first == end) return false;
  const second = nextDot(first + 1, end);
  if (second == end || nextDot(second + 1, end) != end) return false;
  start = pointer;
  payload = first + 1;
  payloadText = <u32>(second - payload);
  signature = second + 1;
  signatureText = <u32>(end - signature);
  const bytes = decodedSize(payloadText);
  const to = allocate(bytes);
  if (to == 0 || !decodeBase64url(payload, payloadText, to)) return false;
  decoded = to;
  decodedBytes = bytes;
  header = <u32>(first - start);
  return true;
}

/** The payload, decoded; `readClaims` changes it. 0 where the last `readToken` has failed. */
export function payloadPointer(): usize {
  return decoded;
}

export function payloadSize(): u32 {
  return decodedBytes;
}

/** The payload as the token writes it: base64url without padding. */
export function payloadTextPointer(): usize {
  return payload;
}

export function payloadTextSize(): u32 {
  return payloadText;
}

/** The header as the token writes it. */
export function headerTextPointer(): usize {
  return start;
}

/** 0 where the last `readToken` has failed. */
export function headerTextSize(): u32 {
  return header;
}

/** The signature as the token writes it. */
export function signatureTextPointer(): usize {
  return signature;
}

export function signatureTextSize(): u32 {
  return signatureText;
}

/** What is signed: header and payload as the token writes them, and the dot between. */
export function signedPointer(): usize {
  return start;
}

export function signedSize(): u32 {
  return <u32>(signature - 1 - start);
}

/** The first dot, or `end`. */
function nextDot(at: usize, end: usize): usize {
  // Eight bytes at a time while none of them is one: XORed with dots, a dot is the only byte that borrows from the next.
  while (end - at >= 8) {
    const word = load<u64>(at) ^ DOTS;
    if (((word - ONES) & ~word & HIGHS) != 0) break;
    at += 8;
  }
  while (at < end && load<u8>(at) != DOT) at++;
  return at;
}
