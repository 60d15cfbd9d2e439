// Bundle limits, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { flushCounters, flushEvery } from "tollgate/runtime/counters";
import { addHeader, addPeer, beginKey, now, seedKeys } from "tollgate/runtime/limit-key";
import { addDraft, addRetryAfter, beginAnswer, refuseLimited } from "tollgate/runtime/limits/answer";
import { beginAsking, refusal, refusalWait } from "tollgate/runtime/limits/ask";
import { askWorker, takeWorker } from "tollgate/runtime/limits/ask-worker";
import {
  addLeft,
  addQuota,
  beginField,
  forgetItems,
  tellLeft,
  tellQuotas,
} from "tollgate/runtime/limits/items";
import { defineLimitCounters } from "tollgate/runtime/limits/metrics";
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
      addDraft(FIELD, QUOTA, 18, QUOTA, 10, refusalWait());
      return refuseLimited(429, WHY_GOLDEN_ONLY_LIMITS_EVERYONE, 50, T_RATE_LIMIT_EXCEEDED, 19, 8);
    case 2: // golden/only limits.per-user, limits.yaml:7
      beginAnswer(ANSWER_2, 4);
      addRetryAfter(refusalWait());
      addDraft(FIELD_2, QUOTA_2, 25, QUOTA_2, 10, refusalWait());
      return refuseLimited(429, WHY_GOLDEN_ONLY_LIMITS_PER_USER, 50, T_RATE_LIMIT_EXCEEDED, 19, 8);
    default: // those that are only tried out refuse nothing
      return HeadersAction.Continue;
  }
}

/** Tells the client what is left of the limits that were asked. */
function tellLimits(record: usize): bool {
  beginField(FIELD_3);
  addQuota(record + 8, QUOTA, 18);
  addQuota(record + 24, QUOTA_2, 25);
  if (!tellQuotas()) return false;
  beginField(FIELD_3);
  addLeft(record + 8, QUOTA, 10, true);
  addLeft(record + 24, QUOTA_2, 10, true);
  if (!tellLeft()) return false;
  return true;
}

export function proxy_on_response_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  resetArena();
  const record = recordOf(stream);
  if (record == 0) return HeadersAction.Continue;
  if (!tellLimits(record)) return changeRefused();
  return HeadersAction.Continue;
}

function changeRefused(): u32 {
  return refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
}

export function proxy_on_delete(stream: u32): void {
  closeRecord(stream);
}

/** Makes ready; where that fails the configuration is refused. */
export function proxy_on_configure(context: u32, size: u32): u32 {
  return seedKeys() && reserveCells(LIMIT, STATE) && defineLimitCounters(STATE + 16, METRICS, 20) && flushEvery(1000) && reserveCells(LIMIT_2, STATE_2) && defineLimitCounters(STATE_2 + 16, METRICS_2, 20) ? 1 : 0;
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
const METRICS: usize = memory.data<u8>([103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 101, 118, 101, 114, 121, 111, 110, 101]); // "golden/only.everyone"
const METRICS_2: usize = memory.data<u8>([103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 46, 112, 101, 114, 45, 117, 115, 101, 114]); // "golden/only.per-user"
const WHY_NO_MEMORY: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 110, 111, 45, 109, 101, 109, 111, 114, 121]); // "tollgate:rate-limiting:no-memory"
const QUOTA: usize = memory.data<u8>([34, 101, 118, 101, 114, 121, 111, 110, 101, 34, 59, 113, 61, 55, 59, 119, 61, 49]); // "\"everyone\";q=7;w=1"
const T_RATE_LIMIT_EXCEEDED: usize = memory.data<u8>([114, 97, 116, 101, 32, 108, 105, 109, 105, 116, 32, 101, 120, 99, 101, 101, 100, 101, 100]); // "rate limit exceeded"
const WHY_GOLDEN_ONLY_LIMITS_EVERYONE: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 58, 108, 105, 109, 105, 116, 115, 46, 101, 118, 101, 114, 121, 111, 110, 101]); // "tollgate:rate-limiting:golden/only:limits.everyone"
const QUOTA_2: usize = memory.data<u8>([34, 112, 101, 114, 45, 117, 115, 101, 114, 34, 59, 113, 61, 49, 48, 48, 48, 59, 119, 61, 56, 54, 52, 48, 48]); // "\"per-user\";q=1000;w=86400"
const WHY_GOLDEN_ONLY_LIMITS_PER_USER: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 58, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 117, 115, 101, 114]); // "tollgate:rate-limiting:golden/only:limits.per-user"
const WHY_CHANGE_REFUSED: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 111, 117, 116, 105, 110, 103, 58, 99, 104, 97, 110, 103, 101, 45, 114, 101, 102, 117, 115, 101, 100]); // "tollgate:routing:change-refused"
