// What answers say is left, item by item: each rate of a limit is one. An item stands in the stream's record as {u64 left,
// u64 nanoseconds until all of it is there again, plus 1}; zeros: the limit was not asked.
import { proxy_add_header_map_value } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { HeaderMap, Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { writeDecimal } from "../decimal";
import { setHeader } from "../respond";
import { leftOf, resetOf } from "./cell";
import { ratesOf } from "./shape";

/** "ratelimit-policy", which begins with "ratelimit". */
export const POLICY: usize = memory.data<u8>([
  114, 97, 116, 101, 108, 105, 109, 105, 116, 45, 112, 111, 108, 105, 99, 121,
]);
export const POLICY_SIZE: u32 = 16;
export const LEFT_SIZE: u32 = 9;

const ITEM_BYTES: usize = 16;
const RESET: usize = 8;
const SECOND: u64 = 1000000000;

let start: usize = 0;
let end: usize = 0;

/** Writes the items of a limit's rates, of which a cell says what is left; nothing where `items` is 0. */
export function setItems(items: usize, limit: usize, cell: usize, now: u64): void {
  if (items == 0) return;
  for (let i: u32 = 0; i < ratesOf(limit); i++) {
    setItem(items + <usize>i * ITEM_BYTES, leftOf(limit, cell, i, now), resetOf(limit, cell, i, now));
  }
}

/** Writes an item. */
export function setItem(item: usize, left: u64, reset: u64): void {
  store<u64>(item, left);
  store<u64>(item, reset + 1, RESET);
}

/** Starts on a field's value; `room` is as large as all of its items can be. */
export function beginField(room: usize): void {
  start = room;
  end = room;
}

export function fieldPointer(): usize {
  return start;
}

export function fieldSize(): u32 {
  return <u32>(end - start);
}

/** Adds an item's text, such as `"api";q=100;w=60`, where the limit was asked; `item` 0: in any case. */
export function addQuota(item: usize, text: usize, size: u32): void {
  if (item != 0 && load<u64>(item, RESET) == 0) return;
  separate();
  append(text, size);
}

/** Adds what is left of an item, such as `"api";r=50;t=30`, where the limit was asked. `timed`: it has a window. */
export function addLeft(item: usize, name: usize, size: u32, timed: bool): void {
  if (load<u64>(item, RESET) == 0) return;
  separate();
  append(name, size);
  appendLeft(load<u64>(item), load<u64>(item, RESET) - 1, timed);
}

/** Adds an item of which nothing is left for so many nanoseconds. */
export function addNothing(name: usize, size: u32, wait: u64): void {
  separate();
  append(name, size);
  appendLeft(0, wait, true);
}

let tightest: usize = 0;
let quota: u32 = 0;

/** Starts on the search for the item of which least is left in proportion to its quota. */
export function beginTightest(): void {
  tightest = 0;
}

/** Looks at an item, where its limit was asked. */
export function offerItem(item: usize, itemQuota: u32): void {
  if (load<u64>(item, RESET) == 0) return;
  if (tightest != 0 && load<u64>(item) * quota >= load<u64>(tightest) * itemQuota) return;
  tightest = item;
  quota = itemQuota;
}

/** The item that was found, the first of equals; 0 for none. */
export function tightestItem(): usize {
  return tightest;
}

export function tightestQuota(): u32 {
  return quota;
}

function addNumber(number: u64): void {
  end += writeDecimal(end, number);
}

/** Forgets what was written of items that stand side by side. */
export function forgetItems(items: usize, bytes: u32): void {
  memory.fill(items, 0, bytes);
}

/** Tells the draft's quotas, behind those that the upstream sent; nothing where there are none. False: the host refused. */
export function tellQuotas(): bool {
  return tell(POLICY, POLICY_SIZE);
}

/** Tells what is left of them. */
export function tellLeft(): bool {
  return tell(POLICY, LEFT_SIZE);
}

function tell(name: usize, size: u32): bool {
  if (end == start) return true;
  return proxy_add_header_map_value(HeaderMap.Response, name, size, start, fieldSize()) == Status.Ok;
}

/** Sets a header of the response to a number; false where the host refused. */
export function tellNumber(name: usize, size: u32, room: usize, number: u64): bool {
  setNumber(room, number);
  return setHeader(HeaderMap.Response, name, size, start, fieldSize());
}

/** Makes the field's value a number. */
export function setNumber(room: usize, number: u64): void {
  beginField(room);
  addNumber(number);
}

/** Whole seconds, rounded up. */
export function seconds(nanoseconds: u64): u64 {
  return nanoseconds / SECOND + (nanoseconds % SECOND == 0 ? 0 : 1);
}

export function leftOfItem(item: usize): u64 {
  return load<u64>(item);
}

export function resetOfItem(item: usize): u64 {
  const reset = load<u64>(item, RESET);
  return reset == 0 ? 0 : seconds(reset - 1);
}

function appendLeft(left: u64, reset: u64, timed: bool): void {
  store<u16>(end, 0x723b); // ";r"
  store<u8>(end, 0x3d, 2);
  end += 3;
  addNumber(left);
  if (!timed) return;
  store<u16>(end, 0x743b); // ";t"
  store<u8>(end, 0x3d, 2);
  end += 3;
  addNumber(seconds(reset));
}

function separate(): void {
  if (end == start) return;
  store<u16>(end, 0x202c); // ", "
  end += 2;
}

function append(text: usize, size: u32): void {
  memory.copy(end, text, size);
  end += size;
}
