// The line that will be logged next, built without allocating. Whatever a line shows is plain ASCII: other bytes, the
// quote, the per cent sign and the backslash appear as %XX, so that no logger changes it.
import { proxy_log } from "./env";

const ROOM = 16 * 1024;
const LINE = memory.data(16 * 1024, 16);
/** Of a longer text the first bytes, its length and a hash are shown. */
const SHOWN: i32 = 240;
const INFO = 2;

let at: i32 = 0;

export function byte(value: i32): void {
  if (at < ROOM) store<u8>(LINE + at++, value);
}

/** A literal of this program. */
export function say(text: string): void {
  for (let i = 0; i < text.length; i++) byte(text.charCodeAt(i));
}

/** Bytes as they are. */
export function raw(from: usize, size: i32): void {
  for (let i = 0; i < size; i++) byte(load<u8>(from + i));
}

function hex(value: i32): void {
  byte(value < 10 ? 0x30 + value : 0x41 + value - 10);
}

function escaped(from: usize, size: i32): void {
  for (let i = 0; i < size; i++) {
    const value = i32(load<u8>(from + i));
    if (value >= 0x20 && value < 0x7f && value != 0x25 && value != 0x22 && value != 0x5c && value != 0x27) {
      byte(value);
    } else {
      byte(0x25);
      hex(value >> 4);
      hex(value & 15);
    }
  }
}

/** Bytes, escaped. */
export function bytes(from: usize, size: i32): void {
  if (size <= SHOWN) return escaped(from, size);
  escaped(from, SHOWN);
  let hash: u32 = 2166136261;
  for (let i = 0; i < size; i++) hash = (hash ^ load<u8>(from + i)) * 16777619;
  say("...(");
  number(size);
  say(" bytes, hash ");
  number(hash);
  say(")");
}

export function number(value: i64): void {
  if (value < 0) {
    byte(0x2d);
    return unsigned(-value);
  }
  unsigned(value);
}

export function unsigned(value: u64): void {
  if (value >= 10) unsigned(value / 10);
  byte(0x30 + i32(value % 10));
}

/** Logs the line and begins another. */
export function end(): void {
  proxy_log(INFO, LINE, at);
  at = 0;
}
