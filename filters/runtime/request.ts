// The request's headers, read once in one host call and sorted into slots: one slot for each header that a policy looks
// at, holding every value of a repeated header in order. One read costs what a single header would.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { proxy_get_header_map_pairs } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { HeaderMap, Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { same } from "./bytes";
import { forgetPeer } from "./peer";

const ANSWER: usize = memory.data(8, 4);

// A kept value: {pointer, size, next value of the same slot or 0}.
const VALUE_BYTES: usize = 12;
/** Of headers, and once more of claims. */
const VALUES_MAX: u32 = 256;
/** Behind them, whatever the host is asked for one by one has its place: compiler/4-plan/room.ts sees to that. */
const ROOM: u32 = 1024;
const VALUES: usize = memory.data(12288, 4);
let values: u32 = 0;
let texts: u32 = 0;

// A slot: {first value or 0, last value}.
let slots: usize = 0;

// The cursor over the answer: `count` entries of {u32 name size, u32 value size}, then name NUL value NUL each. The current
// header's sizes stand before `sizes`, its texts from `name` on, and the next one's from `text` on.
let sizes: usize = 0;
let sizesEnd: usize = 0;
let text: usize = 0;
let end: usize = 0;
let broken: bool = false;

let name: usize = 0;
let nameBytes: u32 = 0;

/** Starts a request: what earlier requests left behind is gone. */
export function beginRequest(): void {
  resetArena();
  forgetPeer();
}

/**
 * Reads all request headers. `table` is room for `count` slots of 8 bytes. Walk them with `nextHeader` and `keep` the
 * ones that matter, then ask `headersComplete`.
 */
export function readHeaders(table: usize, count: u32): void {
  readMap(HeaderMap.Request, table, count);
}

/** As `readHeaders`, of the response; what was read of the request is gone. */
export function readResponseHeaders(table: usize, count: u32): void {
  readMap(HeaderMap.Response, table, count);
}

function readMap(map: u32, table: usize, count: u32): void {
  readNothing(table, count);
  sizes = 0;
  sizesEnd = 0;
  broken = true;
  if (proxy_get_header_map_pairs(map, ANSWER, ANSWER + 4) != Status.Ok) return;
  const start = load<usize>(ANSWER);
  const size = load<u32>(ANSWER, 4);
  if (start == 0 || size < 4) return;
  const entries = load<u32>(start);
  if (entries > (size - 4) >>> 3) return;
  sizes = start + 4;
  sizesEnd = sizes + ((<usize>entries) << 3);
  text = sizesEnd;
  end = start + size;
  broken = false;
}

/** Starts with no headers, where none is looked at; always true. */
export function readNothing(table: usize, count: u32): bool {
  slots = table;
  values = 0;
  texts = 0;
  for (const end = table + ((<usize>count) << 3); table < end; table += 8) store<u64>(table, 0);
  return true;
}

/** Moves to the next header; false behind the last. */
export function nextHeader(): bool {
  if (sizes == sizesEnd) return false;
  const n = load<u32>(sizes);
  const v = load<u32>(sizes, 4);
  const start = text;
  if (<u64>n + <u64>v + 2 > <u64>(end - start)) {
    sizesEnd = sizes;
    broken = true;
    return false;
  }
  sizes += 8;
  name = start;
  nameBytes = n;
  text = start + n + v + 2;
  return true;
}

/** Size of the current header's name, in bytes. */
export function nameSize(): u32 {
  return nameBytes;
}

/** Whether the current header's name is these bytes, which are as many as `nameSize()`. */
export function nameIs(literal: usize): bool {
  return same(name, literal, nameBytes);
}

/** Keeps the current header's value in a slot, behind those the slot has. */
export function keep(slot: u32): void {
  keepPart(slot, load<u32>(sizes - 4));
}

function keepPart(slot: u32, size: u32): void {
  if (values == VALUES_MAX) broken = true;
  else append(slot, name + nameBytes + 1, size);
}

/**
 * Puts a text behind the values of a slot: a claim's. False where there is no room for more, and such a request must be
 * refused. The bytes must stay where they are until the request is decided.
 */
export function keepText(slot: u32, pointer: usize, size: u32): bool {
  if (texts == VALUES_MAX) return false;
  texts++;
  return append(slot, pointer, size);
}

/** As `keepText`, for what the host was asked for, or told. */
export function keepAnswer(slot: u32, pointer: usize, size: u32): bool {
  return append(slot, pointer, size);
}

/** True the first time that it is asked of a slot without values: nobody has asked the host for them yet. */
export function isNotAsked(slot: u32): bool {
  const last = slots + ((<usize>slot) << 3) + 4;
  if (load<usize>(last) != 0) return false;
  store<usize>(last, 1);
  return true;
}

/** Forgets the values of a slot. */
export function emptySlot(slot: u32): void {
  store<u64>(slots + ((<usize>slot) << 3), 0);
}

function append(slot: u32, pointer: usize, size: u32): bool {
  if (values == ROOM) return false;
  const entry = VALUES + <usize>values * VALUE_BYTES;
  values++;
  store<usize>(entry, pointer);
  store<u32>(entry, size, 4);
  store<usize>(entry, 0, 8);
  const at = slots + ((<usize>slot) << 3);
  if (load<usize>(at) == 0) store<usize>(at, entry);
  else store<usize>(load<usize>(at, 4), entry, 8);
  store<usize>(at, entry, 4);
  return true;
}

/** As `keep`, for what a request has once: one that repeats it is not complete. */
export function keepOnce(slot: u32): void {
  if (firstValue(slot) != 0) broken = true;
  keep(slot);
}

/** As `keepOnce`, for `:path`: the part before the query. */
export function keepPath(slot: u32): void {
  if (firstValue(slot) != 0) broken = true;
  const path = name + nameBytes + 1;
  const whole = load<u32>(sizes - 4);
  let size: u32 = 0;
  for (; size < whole; size++) {
    const byte = load<u8>(path + size);
    if (byte == 0x3f || byte == 0x23) break;
  }
  keepPart(slot, size);
}

/** False where the host did not hand over the headers, or more values than there is room for: refuse such a request. */
export function headersComplete(): bool {
  return !broken;
}

/** The first value in a slot, or 0. Read it with `valuePointer` and `valueSize`. */
export function firstValue(slot: u32): usize {
  return load<usize>(slots + ((<usize>slot) << 3));
}

/** The next value of the same header, or 0. */
export function nextValue(entry: usize): usize {
  return load<usize>(entry, 8);
}

export function valuePointer(entry: usize): usize {
  return load<usize>(entry);
}

export function valueSize(entry: usize): u32 {
  return load<u32>(entry, 4);
}
