// Bundle limits, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { defineCounter, flushCounters, flushEvery } from "tollgate/runtime/counters";
import { addHeader, addPeer, beginKey, now, seedKeys } from "tollgate/runtime/limit-key";
import { addField, addRetryAfter, beginAnswer, refuseLimited } from "tollgate/runtime/limits/answer";
import { beginAsking, refusal, refusalWait } from "tollgate/runtime/limits/ask";
import { askWorker, takeWorker } from "tollgate/runtime/limits/ask-worker";
import {
  addLeft,
  addNothing,
  addQuota,
  beginField,
  forgetItems,
  tellField,
} from "tollgate/runtime/limits/items";
import { reserveCells } from "tollgate/runtime/limits/worker";
import { closeRecord, openRecord, recordOf } from "tollgate/runtime/records";
import {
  beginRequest,
  headersComplete,
  keep,
  nameIs,
  nameSize,
  nextHeader,
  readHeaders,
} from "tollgate/runtime/request";
import { refuse } from "tollgate/runtime/respond";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";

// What policies look at; a slot holds every value of a repeated header.
const H_X_USER: u32 = 0; // x-user
const SLOTS: usize = memory.data(8, 4);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  beginRequest();
  if (!readRequest()) return refuse(431, WHY_TOO_MANY_HEADERS, 33, 0, 0, 8);
  if (limit(stream) != HeadersAction.Continue) return HeadersAction.StopIteration;
  return HeadersAction.Continue;
}

/** Reads all headers in one host call and keeps those that policies look at. */
function readRequest(): bool {
  readHeaders(SLOTS, 1);
  while (nextHeader()) {
    switch (nameSize()) {
      case 6:
        if (nameIs(T_X_USER)) keep(H_X_USER);
        break;
    }
  }
  return headersComplete();
}

/** Every limit must have room; only then does the request take from them. */
function limit(stream: u32): u32 {
  const record = openRecord(stream, 40);
  if (record == 0) return refuse(500, WHY_NO_MEMORY, 32, 0, 0, 13);
  beginAsking(ASKED, now());
  // golden/only limits.everyone, limits.yaml:6: 7 per 1s, burst 7, worker
  askWorker(LIMIT, STATE, 1, beginKey(0xe63265684a5276d), 1, record + 8, 0);
  // golden/only limits.per-user, limits.yaml:7: 1000 per 1d, burst 10, worker
  askWorker(LIMIT_2, STATE_2, 2, addPeer(addHeader(beginKey(0xdc77ce263adfb1dd), H_X_USER), 0xffffff00, 0xffffffffffffffff, 0x0), 3, record + 24, 0);
  const refusing = refusal();
  if (refusing == 0) {
    takeWorker();
    return HeadersAction.Continue;
  }
  // What other limits have left is not what this answer is about.
  forgetItems(record + 8, 32);
  switch (refusing) {
    case 1: // golden/only limits.everyone, limits.yaml:6
      beginAnswer(ANSWER, 4);
      addRetryAfter(refusalWait());
      beginField(FIELD);
      addQuota(0, QUOTA, 18);
      addField(T_RATELIMIT_POLICY, 16);
      beginField(FIELD);
      addNothing(T_EVERYONE, 10, refusalWait());
      addField(T_RATELIMIT, 9);
      return refuseLimited(429, WHY_GOLDEN_ONLY_LIMITS_EVERYONE, 50, T_RATE_LIMIT_EXCEEDED, 19, 8);
    case 2: // golden/only limits.per-user, limits.yaml:7
      beginAnswer(ANSWER_2, 4);
      addRetryAfter(refusalWait());
      beginField(FIELD_2);
      addQuota(0, QUOTA_2, 25);
      addField(T_RATELIMIT_POLICY, 16);
      beginField(FIELD_2);
      addNothing(T_PER_USER, 10, refusalWait());
      addField(T_RATELIMIT, 9);
      return refuseLimited(429, WHY_GOLDEN_ONLY_LIMITS_PER_USER, 50, T_RATE_LIMIT_EXCEEDED, 19, 8);
    default:
      return HeadersAction.Continue;
  }
}

/** Tells the client what is left of the limits that were asked. */
function tellLimits(record: usize): bool {
  beginField(FIELD_3);
  addQuota(record + 8, QUOTA, 18);
  addQuota(record + 24, QUOTA_2, 25);
  if (!tellField(T_RATELIMIT_POLICY, 16)) return false;
  beginField(FIELD_3);
  addLeft(record + 8, T_EVERYONE, 10, true);
  addLeft(record + 24, T_PER_USER, 10, true);
  if (!tellField(T_RATELIMIT, 9)) return false;
  return true;
}

export function proxy_on_response_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  resetArena();
  const record = recordOf(stream);
  if (record == 0) return HeadersAction.Continue;
  if (!tellLimits(record)) return refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
  return HeadersAction.Continue;
}

export function proxy_on_delete(stream: u32): void {
  closeRecord(stream);
}

/** Makes ready; where that fails the configuration is refused. */
export function proxy_on_configure(context: u32, size: u32): u32 {
  return seedKeys() && reserveCells(LIMIT, STATE) && defineCounter(STATE + 16, COUNTER, 48) && defineCounter(STATE + 16 + 16, COUNTER_2, 48) && defineCounter(STATE + 16 + 32, COUNTER_3, 49) && defineCounter(STATE + 16 + 48, COUNTER_4, 47) && defineCounter(STATE + 16 + 64, COUNTER_5, 50) && flushEvery(1000) && reserveCells(LIMIT_2, STATE_2) && defineCounter(STATE_2 + 16, COUNTER_6, 48) && defineCounter(STATE_2 + 16 + 16, COUNTER_7, 48) && defineCounter(STATE_2 + 16 + 32, COUNTER_8, 49) && defineCounter(STATE_2 + 16 + 48, COUNTER_9, 47) && defineCounter(STATE_2 + 16 + 64, COUNTER_10, 50) ? 1 : 0;
}

export function proxy_on_tick(context: u32): void {
  flushCounters(STATE + 16, 5);
  flushCounters(STATE_2 + 16, 5);
}

// Tables: what texts and addresses are scanned with, and what is decided.
const STATE: usize = memory.data(96, 8);
const STATE_2: usize = memory.data(96, 8);
const ASKED: usize = memory.data(384, 8);
const ANSWER: usize = memory.data(308, 4);
const FIELD: usize = memory.data(72, 4);
const ANSWER_2: usize = memory.data(308, 4);
const FIELD_2: usize = memory.data(72, 4);
const FIELD_3: usize = memory.data(144, 4);
const LIMIT: usize = memory.data<u64>([4294967296, 1, 7, 7000000000, 1000000000, 1000000000]);
const LIMIT_2: usize = memory.data<u64>([4294967296, 64424509448, 1, 864000000000, 86400000000, 864000000000]);

// Texts of the policies.
const WHY_TOO_MANY_HEADERS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 101, 113, 117, 101, 115, 116, 58, 116, 111, 111, 45, 109, 97, 110, 121, 45, 104, 101, 97, 100, 101, 114, 115]); // "tollgate:request:too-many-headers"
const T_X_USER: usize = memory.data<u8>([120, 45, 117, 115, 101, 114]); // "x-user"
const COUNTER: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 101, 118, 101, 114, 121, 111, 110, 101, 46, 97, 108, 108, 111, 119, 101, 100]); // "tollgate.rate_limit.golden/only.everyone.allowed"
const COUNTER_2: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 101, 118, 101, 114, 121, 111, 110, 101, 46, 108, 105, 109, 105, 116, 101, 100]); // "tollgate.rate_limit.golden/only.everyone.limited"
const COUNTER_3: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 101, 118, 101, 114, 121, 111, 110, 101, 46, 115, 104, 97, 100, 111, 119, 101, 100]); // "tollgate.rate_limit.golden/only.everyone.shadowed"
const COUNTER_4: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 101, 118, 101, 114, 121, 111, 110, 101, 46, 101, 114, 114, 111, 114, 115]); // "tollgate.rate_limit.golden/only.everyone.errors"
const COUNTER_5: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 101, 118, 101, 114, 121, 111, 110, 101, 46, 101, 118, 105, 99, 116, 105, 111, 110, 115]); // "tollgate.rate_limit.golden/only.everyone.evictions"
const COUNTER_6: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 112, 101, 114, 45, 117, 115, 101, 114, 46, 97, 108, 108, 111, 119, 101, 100]); // "tollgate.rate_limit.golden/only.per-user.allowed"
const COUNTER_7: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 112, 101, 114, 45, 117, 115, 101, 114, 46, 108, 105, 109, 105, 116, 101, 100]); // "tollgate.rate_limit.golden/only.per-user.limited"
const COUNTER_8: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 112, 101, 114, 45, 117, 115, 101, 114, 46, 115, 104, 97, 100, 111, 119, 101, 100]); // "tollgate.rate_limit.golden/only.per-user.shadowed"
const COUNTER_9: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 112, 101, 114, 45, 117, 115, 101, 114, 46, 101, 114, 114, 111, 114, 115]); // "tollgate.rate_limit.golden/only.per-user.errors"
const COUNTER_10: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 114, 97, 116, 101, 95, 108, 105, 109, 105, 116, 46, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 112, 101, 114, 45, 117, 115, 101, 114, 46, 101, 118, 105, 99, 116, 105, 111, 110, 115]); // "tollgate.rate_limit.golden/only.per-user.evictions"
const WHY_NO_MEMORY: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 110, 111, 45, 109, 101, 109, 111, 114, 121]); // "tollgate:rate-limiting:no-memory"
const T_EVERYONE: usize = memory.data<u8>([34, 101, 118, 101, 114, 121, 111, 110, 101, 34]); // "\"everyone\""
const QUOTA: usize = memory.data<u8>([34, 101, 118, 101, 114, 121, 111, 110, 101, 34, 59, 113, 61, 55, 59, 119, 61, 49]); // "\"everyone\";q=7;w=1"
const T_RATELIMIT_POLICY: usize = memory.data<u8>([114, 97, 116, 101, 108, 105, 109, 105, 116, 45, 112, 111, 108, 105, 99, 121]); // "ratelimit-policy"
const T_RATELIMIT: usize = memory.data<u8>([114, 97, 116, 101, 108, 105, 109, 105, 116]); // "ratelimit"
const T_RATE_LIMIT_EXCEEDED: usize = memory.data<u8>([114, 97, 116, 101, 32, 108, 105, 109, 105, 116, 32, 101, 120, 99, 101, 101, 100, 101, 100]); // "rate limit exceeded"
const WHY_GOLDEN_ONLY_LIMITS_EVERYONE: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 58, 108, 105, 109, 105, 116, 115, 46, 101, 118, 101, 114, 121, 111, 110, 101]); // "tollgate:rate-limiting:golden/only:limits.everyone"
const T_PER_USER: usize = memory.data<u8>([34, 112, 101, 114, 45, 117, 115, 101, 114, 34]); // "\"per-user\""
const QUOTA_2: usize = memory.data<u8>([34, 112, 101, 114, 45, 117, 115, 101, 114, 34, 59, 113, 61, 49, 48, 48, 48, 59, 119, 61, 56, 54, 52, 48, 48]); // "\"per-user\";q=1000;w=86400"
const WHY_GOLDEN_ONLY_LIMITS_PER_USER: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 58, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 117, 115, 101, 114]); // "tollgate:rate-limiting:golden/only:limits.per-user"
const WHY_CHANGE_REFUSED: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 111, 117, 116, 105, 110, 103, 58, 99, 104, 97, 110, 103, 101, 45, 114, 101, 102, 117, 115, 101, 100]); // "tollgate:routing:change-refused"
