// envoy.service.ratelimit.v3: `RateLimitRequest` written, `RateLimitResponse` read, in protobuf's wire format. Reading
// trusts nothing: what goes on wrongly is no response.
import { KEY_DIGEST_BYTES } from "./key";
import { rateCount, rateName, rateNameSize, RATES_MAX } from "./limit";

/** How long a domain may be, so that a request always fits its room. */
export const DOMAIN_MAX: u32 = 256;

// Room for a domain, and for four descriptors with a name of 768 bytes, a key and what stands around them.
const REQUEST: usize = memory.data(4096, 8);

// "limit", "key"
const LIMIT: usize = memory.data<u8>([108, 105, 109, 105, 116]);
const LIMIT_SIZE: u32 = 5;
const KEY: usize = memory.data<u8>([107, 101, 121]);
const KEY_SIZE: u32 = 3;

// Tags of fields that hold bytes or a message; number << 3 | 2
const FIRST: u8 = 0x0a;
const SECOND: u8 = 0x12;
const HITS_ADDEND: u8 = 0x18;

let end: usize = 0;

/**
 * Writes a request for `hits` tokens of a key from each of a limit's rates, to where `requestPointer` is, and returns its
 * size. A rate's descriptor is `limit: <name>`, `key: <digest>`.
 */
export function writeRequest(domain: usize, domainSize: u32, limit: usize, digest: usize, hits: u32): u32 {
  end = REQUEST;
  writeText(FIRST, domain, domainSize);
  const key = entrySize(KEY_SIZE, <u32>KEY_DIGEST_BYTES);
  for (let i: u32 = 0; i < rateCount(limit); i++) {
    const nameSize = rateNameSize(limit, i);
    const name = entrySize(LIMIT_SIZE, nameSize);
    writeByte(SECOND);
    writeVarint(1 + varintSize(name) + name + 1 + varintSize(key) + key);
    writeEntry(LIMIT, LIMIT_SIZE, rateName(limit, i), nameSize);
    writeEntry(KEY, KEY_SIZE, digest, <u32>KEY_DIGEST_BYTES);
  }
  writeByte(HITS_ADDEND);
  writeVarint(hits);
  return <u32>(end - REQUEST);
}

export function requestPointer(): usize {
  return REQUEST;
}

function entrySize(key: u32, value: u32): u32 {
  return 1 + varintSize(key) + key + 1 + varintSize(value) + value;
}

function writeEntry(key: usize, keySize: u32, value: usize, valueSize: u32): void {
  writeByte(FIRST);
  writeVarint(entrySize(keySize, valueSize));
  writeText(FIRST, key, keySize);
  writeText(SECOND, value, valueSize);
}

function writeText(tag: u8, text: usize, size: u32): void {
  writeByte(tag);
  writeVarint(size);
  memory.copy(end, text, size);
  end += size;
}

function writeByte(byte: u8): void {
  store<u8>(end++, byte);
}

function writeVarint(value: u32): void {
  while (value > 127) {
    writeByte(<u8>(value | 0x80));
    value >>>= 7;
  }
  writeByte(<u8>value);
}

function varintSize(value: u32): u32 {
  let size: u32 = 1;
  while (value > 127) {
    value >>>= 7;
    size++;
  }
  return size;
}

/** `RateLimitResponse.Code` */
export const enum Code {
  Unknown = 0,
  Ok = 1,
  OverLimit = 2,
}

// Statuses of the response that was read last: {u32 code, u32 known, u32 remaining, u32 reset}
const STATUS_BYTES: u32 = 16;
const STATUSES: usize = memory.data(64, 4);
/** What the service says remains of a limit that it has set to unlimited. */
const UNLIMITED: u32 = u32.MAX_VALUE;

let overall: u64 = 0;
let statuses: u32 = 0;

/** Reads a response; false where it is none, and nothing of it is of use then. */
export function readResponse(message: usize, size: u32): bool {
  overall = Code.Unknown;
  statuses = 0;
  malformed = false;
  memory.fill(STATUSES, 0, RATES_MAX * STATUS_BYTES);
  at = message;
  stop = message + size;
  while (nextField()) {
    if (field == 1 && type == WireType.Varint) overall = bits;
    else if (field == 2 && type == WireType.Bytes) readStatus();
  }
  return !malformed && (overall == Code.Ok || overall == Code.OverLimit);
}

/** `DescriptorStatus`, which is the field that was just read. */
function readStatus(): void {
  const outer = stop;
  const status = STATUSES + <usize>min(statuses, RATES_MAX - 1) * STATUS_BYTES;
  statuses++;
  stop = at;
  at = from;
  while (nextField()) {
    if (field == 1 && type == WireType.Varint) store<u32>(status, clamp(bits));
    else if (field == 2 && type == WireType.Bytes) store<u32>(status, 1, 4);
    else if (field == 3 && type == WireType.Varint) store<u32>(status, clamp(bits), 8);
    else if (field == 4 && type == WireType.Bytes) store<u32>(status, readSeconds(), 12);
  }
  stop = outer;
}

/** `google.protobuf.Duration`, which is the field that was just read: its whole seconds; 0 where there are none. */
function readSeconds(): u32 {
  const outer = stop;
  let seconds: u64 = 0;
  stop = at;
  at = from;
  while (nextField()) {
    if (field == 1 && type == WireType.Varint) seconds = bits;
  }
  stop = outer;
  return <i64>seconds < 0 ? 0 : clamp(seconds);
}

function clamp(value: u64): u32 {
  return <u32>min<u64>(value, u32.MAX_VALUE);
}

/** What the response says of all rates together. */
export function overallCode(): Code {
  return <Code>overall;
}

/** How many statuses there are: one for each rate, or none where a service gives no details. */
export function statusCount(): u32 {
  return statuses;
}

/** What it says of one rate, by its place in the request. */
export function statusCode(rate: u32): Code {
  return <Code>load<u32>(STATUSES + <usize>rate * STATUS_BYTES);
}

/** Whether the service has a rule for the rate. */
export function isKnown(rate: u32): bool {
  return load<u32>(STATUSES + <usize>rate * STATUS_BYTES, 4) != 0 || remainingOf(rate) == UNLIMITED;
}

/** Tokens that are left. */
export function remainingOf(rate: u32): u32 {
  return load<u32>(STATUSES + <usize>rate * STATUS_BYTES, 8);
}

/** Seconds until the rate's window ends by the service's clock, rounded up; 0: it does not say. */
export function resetOf(rate: u32): u32 {
  return load<u32>(STATUSES + <usize>rate * STATUS_BYTES, 12);
}

const enum WireType {
  Varint = 0,
  Fixed64 = 1,
  Bytes = 2,
  Fixed32 = 5,
}

// Where it reads, and what it read last.
let at: usize = 0;
let stop: usize = 0;
let malformed: bool = false;
let field: u64 = 0;
let type: u32 = 0;
/** A varint's value. */
let bits: u64 = 0;
/** Where bytes begin; they end at `at`. */
let from: usize = 0;

/** Takes in a whole field; false at the end of the message, and where what follows is no field. */
function nextField(): bool {
  if (malformed || at >= stop) return false;
  if (!readVarint()) return fail();
  field = bits >>> 3;
  type = (<u32>bits) & 7;
  if (field == 0) return fail();
  switch (type) {
    case WireType.Varint:
      return readVarint() || fail();
    case WireType.Fixed64:
      return skip(8);
    case WireType.Bytes:
      return readVarint() ? skip(bits) : fail();
    case WireType.Fixed32:
      return skip(4);
    default:
      return fail();
  }
}

function skip(size: u64): bool {
  if (size > <u64>(stop - at)) return fail();
  from = at;
  at += <usize>size;
  return true;
}

function readVarint(): bool {
  bits = 0;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    if (at >= stop) return false;
    const byte = <u64>load<u8>(at++);
    if (shift < 64) bits |= (byte & 127) << shift;
    if (byte < 128) return true;
  }
  return false;
}

function fail(): bool {
  malformed = true;
  return false;
}
