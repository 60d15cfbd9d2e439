// What the host is asked for beside headers: a property as the value of a slot, so that it is looked at as a header is. Each is
// asked for when a decision first gets there. Paths hold NUL between their segments.
import { proxy_get_property } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { FAMILY_NONE, parseAddress } from "./address";
import { writeDecimal } from "./decimal";
import { findCookie, cookiePointer, cookieSize } from "./cookie";
import { keepAnswer } from "./request";

const ANSWER: usize = memory.data(8, 4);
const DECIMAL: usize = memory.data(20);

/** Puts a text property behind the values of a slot. An absent one, and an empty one, is no value. */
export function readProperty(slot: u32, path: usize, size: u32): void {
  if (proxy_get_property(path, size, ANSWER, ANSWER + 4) != Status.Ok) return;
  const bytes = load<u32>(ANSWER, 4);
  if (bytes != 0) keepAnswer(slot, load<usize>(ANSWER), bytes);
}

/** Puts a number property (64 bits) into a slot as decimal text. One slot of a filter holds such. */
export function readNumber(slot: u32, path: usize, size: u32): void {
  if (proxy_get_property(path, size, ANSWER, ANSWER + 4) != Status.Ok) return;
  if (load<u32>(ANSWER, 4) != 8) return;
  keepAnswer(slot, DECIMAL, writeDecimal(DECIMAL, load<u64>(load<usize>(ANSWER))));
}

/** Puts the first cookie of a name into a slot. */
export function readCookie(slot: u32, cookies: u32, name: usize, size: u32): void {
  if (findCookie(cookies, name, size)) keepAnswer(slot, cookiePointer(), cookieSize());
}

/**
 * Asks for an address property, `10.0.0.1:80` or `[2001:db8::1]:80`, and parses it without the port: see `parsedHigh` and
 * `parsedLow`. `FAMILY_NONE` where the proxy does not say.
 */
export function readAddress(path: usize, size: u32): u32 {
  if (proxy_get_property(path, size, ANSWER, ANSWER + 4) != Status.Ok) return FAMILY_NONE;
  let p = load<usize>(ANSWER);
  let end = p + load<u32>(ANSWER, 4);
  if (p == end) return FAMILY_NONE;
  if (load<u8>(p) == 0x5b) {
    p++;
    while (end > p && load<u8>(end - 1) != 0x5d) end--;
    if (end == p) return FAMILY_NONE;
    end--;
  } else {
    let colon: usize = 0;
    for (let q = p; q < end; q++) {
      if (load<u8>(q) != 0x3a) continue;
      // More than one colon is an IPv6 address without brackets, and so without a port.
      if (colon != 0) return parseAddress(p, <u32>(end - p));
      colon = q;
    }
    if (colon != 0) end = colon;
  }
  return parseAddress(p, <u32>(end - p));
}
