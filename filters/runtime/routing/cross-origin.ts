// Cross-origin resource sharing (the Fetch standard): preflights are answered, and other requests leave behind what their
// responses say. Outcomes are as compiler/4-plan/cross-origin.ts has them: even ones allow the origin.
import { allocate } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { HeaderMap } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { firstValue, nextValue, valuePointer, valueSize } from "../request";
import { appendHeader, refuseInName, removeHeader, setHeader } from "../respond";
import { beginTape, readTape, rewindTape, tapePointer, writeTape } from "./tape";

// A sharing: flags, then where a text is and its size, 0 for none, of methods, headers, exposed headers and the age in seconds.
const CREDENTIALS: u32 = 1;
const ANY_ORIGIN: u32 = 2;
/** Whichever are asked for. */
const ASKED_METHODS: u32 = 4;
const ASKED_HEADERS: u32 = 8;
const SHARING_BYTES: usize = 36;
const METHODS: usize = 4;
const HEADERS: usize = 12;
const EXPOSED: usize = 20;
const AGE: usize = 28;
// A preflight: the number of its sharing, and its rule.
const PREFLIGHT_BYTES: usize = 16;

const STAR: usize = memory.data<u8>([42]);
// "tollgate:cors:"
const STAGE: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 99, 111, 114, 115, 58]);
const STAGE_SIZE: u32 = 14;

// "access-control-allow-origin"
const ALLOW_ORIGIN: usize = memory.data<u8>([
  97, 99, 99, 101, 115, 115, 45, 99, 111, 110, 116, 114, 111, 108, 45, 97, 108, 108, 111, 119, 45, 111, 114,
  105, 103, 105, 110,
]);
// "access-control-allow-credentials"
const ALLOW_CREDENTIALS: usize = memory.data<u8>([
  97, 99, 99, 101, 115, 115, 45, 99, 111, 110, 116, 114, 111, 108, 45, 97, 108, 108, 111, 119, 45, 99, 114,
  101, 100, 101, 110, 116, 105, 97, 108, 115,
]);
// "access-control-allow-methods"
const ALLOW_METHODS: usize = memory.data<u8>([
  97, 99, 99, 101, 115, 115, 45, 99, 111, 110, 116, 114, 111, 108, 45, 97, 108, 108, 111, 119, 45, 109, 101,
  116, 104, 111, 100, 115,
]);
// "access-control-allow-headers"
const ALLOW_HEADERS: usize = memory.data<u8>([
  97, 99, 99, 101, 115, 115, 45, 99, 111, 110, 116, 114, 111, 108, 45, 97, 108, 108, 111, 119, 45, 104, 101,
  97, 100, 101, 114, 115,
]);
// "access-control-max-age"
const MAX_AGE: usize = memory.data<u8>([
  97, 99, 99, 101, 115, 115, 45, 99, 111, 110, 116, 114, 111, 108, 45, 109, 97, 120, 45, 97, 103, 101,
]);
// "access-control-expose-headers"
const EXPOSE: usize = memory.data<u8>([
  97, 99, 99, 101, 115, 115, 45, 99, 111, 110, 116, 114, 111, 108, 45, 101, 120, 112, 111, 115, 101, 45, 104,
  101, 97, 100, 101, 114, 115,
]);
// "vary"
const VARY: usize = memory.data<u8>([118, 97, 114, 121]);
// "origin"
const ORIGIN: usize = memory.data<u8>([111, 114, 105, 103, 105, 110]);
// "true"
const TRUE: usize = memory.data<u8>([116, 114, 117, 101]);

/** As `MAX_TEXT` in compiler/ir/routes.ts: what is longer is no origin. */
const MAX_ORIGIN: u32 = 4096;
const NO_CONTENT: u32 = 204;
const OK: i32 = 0;
const INTERNAL: i32 = 13;

/** Whether a browser asks whether it may send a request: `OPTIONS`, and one method that it asks about. */
export function asksBefore(method: u32, askedMethod: u32): bool {
  const asked = firstValue(askedMethod);
  const value = firstValue(method);
  if (asked == 0 || nextValue(asked) != 0 || value == 0 || valueSize(value) != 7) return false;
  // "OPTI", "ONS"
  const text = valuePointer(value);
  return load<u32>(text) == 0x4954504f && load<u16>(text, 4) == 0x4e4f && load<u8>(text, 6) == 0x53;
}

/** Whether an outcome allows the request's origin, of which there must be one. */
function allows(outcome: u32, origin: usize): bool {
  return (outcome & 1) == 0 && nextValue(origin) == 0 && valueSize(origin) <= MAX_ORIGIN;
}

let count: u32 = 0;
let sizes: usize = 0;
let end: usize = 0;

/** Answers a preflight; the slots are those of `origin`, of the method and of the headers that are asked about. */
export function answerPreflight(
  preflights: usize,
  sharings: usize,
  texts: usize,
  outcome: u32,
  originSlot: u32,
  methodSlot: u32,
  headersSlot: u32,
): u32 {
  const preflight = preflights + ((<usize>(outcome - 1)) >>> 1) * PREFLIGHT_BYTES;
  const rule = preflight + 4;
  const origin = firstValue(originSlot);
  if (!allows(outcome, origin)) {
    return refuseInName(STAGE, STAGE_SIZE, NO_CONTENT, rule, texts, OK, 0, 0);
  }
  const sharing = sharings + <usize>load<u32>(preflight) * SHARING_BYTES;
  const flags = load<u32>(sharing);
  const names: usize = 256;
  const most =
    names +
    valueSize(origin) +
    sizeOfAll(methodSlot) +
    sizeOfAll(headersSlot) +
    load<u32>(sharing + METHODS, 4) +
    load<u32>(sharing + HEADERS, 4) +
    load<u32>(sharing + AGE, 4);
  const room = allocate(most);
  if (room == 0) return refuseInName(STAGE, STAGE_SIZE, 500, rule, texts, INTERNAL, 0, 0);
  count = 0;
  sizes = room + 4;
  end = sizes + 40;
  if ((flags & ANY_ORIGIN) != 0) add(ALLOW_ORIGIN, 27, STAR, 1);
  else add(ALLOW_ORIGIN, 27, valuePointer(origin), valueSize(origin));
  if ((flags & CREDENTIALS) != 0) add(ALLOW_CREDENTIALS, 32, TRUE, 4);
  if ((flags & ASKED_METHODS) != 0) addAll(ALLOW_METHODS, 28, methodSlot);
  else addText(ALLOW_METHODS, 28, texts, sharing + METHODS);
  if ((flags & ASKED_HEADERS) != 0) addAll(ALLOW_HEADERS, 28, headersSlot);
  else addText(ALLOW_HEADERS, 28, texts, sharing + HEADERS);
  addText(MAX_AGE, 22, texts, sharing + AGE);
  // The texts move up behind the sizes that there turned out to be.
  store<u32>(room, count);
  const from = room + 44;
  memory.copy(sizes, from, end - from);
  const size = <u32>(sizes - room + (end - from));
  return refuseInName(STAGE, STAGE_SIZE, NO_CONTENT, rule, texts, OK, room, size);
}

/** Notes what the response will say, in two words of the stream's record; false where there is no memory. */
export function noteOrigin(record: usize, offset: usize, outcome: u32, originSlot: u32): bool {
  if (record == 0) return false;
  const origin = firstValue(originSlot);
  const allowed = allows(outcome, origin);
  store<u32>(record + offset, allowed || (outcome & 1) != 0 ? outcome : outcome - 1);
  beginTape(record + offset + 4);
  return !allowed || writeTape(valuePointer(origin), valueSize(origin));
}

/** Tells the response's reader what was noted, in place of what an upstream says; false where the host refused. */
export function tellOrigin(noted: usize, sharings: usize, texts: usize): bool {
  const outcome = load<u32>(noted);
  if (outcome == 0) return true;
  if ((outcome & 1) != 0) return removeHeader(HeaderMap.Response, ALLOW_ORIGIN, 27);
  const sharing = sharings + ((<usize>(outcome - 1)) >>> 1) * SHARING_BYTES;
  const flags = load<u32>(sharing);
  const any = (flags & ANY_ORIGIN) != 0;
  if (!any) rewindTape(noted + 4);
  const size = any ? 1 : readTape();
  if (!setHeader(HeaderMap.Response, ALLOW_ORIGIN, 27, any ? STAR : tapePointer(), size)) return false;
  const trusted: u32 = (flags & CREDENTIALS) != 0 ? 4 : 0;
  if (!put(ALLOW_CREDENTIALS, 32, TRUE, trusted)) return false;
  const exposed = sharing + EXPOSED;
  if (!put(EXPOSE, 29, texts + load<u32>(exposed), load<u32>(exposed, 4))) return false;
  return any || appendHeader(HeaderMap.Response, VARY, 4, ORIGIN, 6);
}

/** Sets a header of the response, or removes it where there is nothing to say. */
function put(name: usize, size: u32, value: usize, valueBytes: u32): bool {
  if (valueBytes == 0) return removeHeader(HeaderMap.Response, name, size);
  return setHeader(HeaderMap.Response, name, size, value, valueBytes);
}

/** The bytes of all values of a slot, and of a comma behind each. */
function sizeOfAll(slot: u32): usize {
  let size: usize = 0;
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) size += valueSize(v) + 1;
  return size;
}

function add(name: usize, size: u32, value: usize, valueBytes: u32): void {
  memory.copy(begin(name, size), value, valueBytes);
  end += valueBytes;
  finish(valueBytes);
}

/** Adds a header whose text a table has; none where that is empty. */
function addText(name: usize, size: u32, texts: usize, at: usize): void {
  if (load<u32>(at, 4) != 0) add(name, size, texts + load<u32>(at), load<u32>(at, 4));
}

/** Adds a header that says what was asked for; none where that is nothing. */
function addAll(name: usize, size: u32, slot: u32): void {
  const bytes = sizeOfAll(slot);
  if (bytes < 2) return;
  begin(name, size);
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    memory.copy(end, valuePointer(v), valueSize(v));
    end += valueSize(v);
    if (nextValue(v) != 0) store<u8>(end++, 0x2c);
  }
  finish(<u32>bytes - 1);
}

/** Writes a header's name; its value follows at the end, which is answered. */
function begin(name: usize, size: u32): usize {
  store<u32>(sizes, size);
  memory.copy(end, name, size);
  store<u8>(end + size, 0);
  end += <usize>size + 1;
  return end;
}

function finish(valueBytes: u32): void {
  store<u32>(sizes, valueBytes, 4);
  store<u8>(end++, 0);
  sizes += 8;
  count++;
}
