// Bundle shop, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { HeaderMap, HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { classBySuffix, classByTrie, classByTrieIgnoringCase, forgetColumns } from "tollgate/runtime/columns";
import { flushCounters, flushEvery } from "tollgate/runtime/counters";
import { decide } from "tollgate/runtime/decide";
import { classByAddress } from "tollgate/runtime/intervals";
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
import { peerFamily, peerHigh, peerLow } from "tollgate/runtime/peer";
import { readCookie } from "tollgate/runtime/property";
import { closeRecord, openRecord, recordOf, setWord } from "tollgate/runtime/records";
import {
  beginRequest,
  headersComplete,
  isNotAsked,
  keep,
  keepOnce,
  keepPath,
  nameIs,
  nameSize,
  nextHeader,
  readHeaders,
} from "tollgate/runtime/request";
import { refuse, refuseByRule, removeHeader, setHeader } from "tollgate/runtime/respond";
import {
  beginSplit,
  chosenArm,
  drawArm,
  stickToNothing,
  stickToPeer,
  stickToSlot,
} from "tollgate/runtime/split";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";

// What policies look at; a slot holds every value of a repeated header.
const H_AUTHORITY: u32 = 0; // :authority
const H_METHOD: u32 = 1; // :method
const H_PATH: u32 = 2; // :path
const H_COOKIE: u32 = 3; // cookie
const H_X_API_KEY: u32 = 4; // x-api-key
const H_X_BETA: u32 = 5; // x-beta
const H_X_REQUEST_ID: u32 = 6; // x-request-id
const H_X_SERVICE: u32 = 7; // x-service
const H_X_USER: u32 = 8; // x-user
const C_COOKIE_BETA: u32 = 9; // cookie beta
const SLOTS: usize = memory.data(80, 4);

// The classes of a request: one for each column, and those of repeated values.
const COLUMNS: usize = memory.data(80, 4);
const CLASSES: usize = memory.data(4608, 4);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  beginRequest();
  forgetColumns(COLUMNS, 10, CLASSES);
  if (!readRequest()) return refuse(431, WHY_TOO_MANY_HEADERS, 33, 0, 0, 8);
  if (authorize() != HeadersAction.Continue) return HeadersAction.StopIteration;
  if (limit(stream) != HeadersAction.Continue) return HeadersAction.StopIteration;
  if (!route(stream)) return refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
  return HeadersAction.Continue;
}

/** Reads all headers in one host call and keeps those that policies look at. */
function readRequest(): bool {
  readHeaders(SLOTS, 10);
  while (nextHeader()) {
    switch (nameSize()) {
      case 5:
        if (nameIs(T_PATH)) keepPath(H_PATH);
        break;
      case 6:
        if (nameIs(T_COOKIE)) keep(H_COOKIE);
        else if (nameIs(T_X_BETA)) keep(H_X_BETA);
        else if (nameIs(T_X_USER)) keep(H_X_USER);
        break;
      case 7:
        if (nameIs(T_METHOD)) keepOnce(H_METHOD);
        break;
      case 9:
        if (nameIs(T_X_API_KEY)) keep(H_X_API_KEY);
        else if (nameIs(T_X_SERVICE)) keep(H_X_SERVICE);
        break;
      case 10:
        if (nameIs(T_AUTHORITY)) keepOnce(H_AUTHORITY);
        break;
      case 12:
        if (nameIs(T_X_REQUEST_ID)) keep(H_X_REQUEST_ID);
        break;
    }
  }
  return headersComplete();
}

/** DENY rules first; then, where ALLOW policies apply, one of their rules must match. */
function authorize(): u32 {
  const outcome = decide(DECISIONS, 39, classify);
  if (outcome == 1) return HeadersAction.Continue;
  if (outcome == 0) return refuse(403, WHY_NONE, 27, T_RBAC_ACCESS_DENIED, 19, 7);
  // 2: shop/never rules[0], authorization.yaml:9
  // 3: shop/never rules[1], authorization.yaml:12
  // 4: shop/never rules[2], authorization.yaml:14
  return refuseByRule(403, DENY_RULES + (outcome - 2) * 12, DENY_POLICIES, T_RBAC_ACCESS_DENIED, 19, 7);
}

/** Every limit must have room; only then does the request take from them. */
function limit(stream: u32): u32 {
  const record = openRecord(stream, 40);
  if (record == 0) return refuse(500, WHY_NO_MEMORY, 32, 0, 0, 13);
  beginAsking(ASKED, now());
  // shop/fair-use limits.per-caller, rate-limits.yaml:8: 60 per 1m, burst 20, worker
  askWorker(LIMIT, STATE, 1, addPeer(addHeader(beginKey(0x29a83f5dbe2c6733), H_X_USER), 0xffffffff, 0xffffffffffffffff, 0x0), 1, record + 8, 0);
  // shop/fair-use limits.per-address, rate-limits.yaml:14: 50 per 1s, burst 100, worker
  askWorker(LIMIT_2, STATE_2, 2, addPeer(beginKey(0x390db944ce02c832), 0xffffffff, 0xffffffffffffffff, 0x0), 1, record + 24, 0);
  const refusing = refusal();
  if (refusing == 0) {
    takeWorker();
    return HeadersAction.Continue;
  }
  // What other limits have left is not what this answer is about.
  forgetItems(record + 8, 32);
  switch (refusing) {
    case 1: // shop/fair-use limits.per-caller, rate-limits.yaml:8
      beginAnswer(ANSWER, 4);
      addRetryAfter(refusalWait());
      addDraft(FIELD, QUOTA, 22, QUOTA, 12, refusalWait());
      return refuseLimited(429, WHY_SHOP_FAIR_USE_LIMITS_PER_CALLER, 54, T_SLOW_DOWN_PLEASE, 17, 8);
    case 2: // shop/fair-use limits.per-address, rate-limits.yaml:14
      beginAnswer(ANSWER_2, 4);
      addRetryAfter(refusalWait());
      addDraft(FIELD_2, QUOTA_2, 22, QUOTA_2, 13, refusalWait());
      return refuseLimited(429, WHY_SHOP_FAIR_USE_LIMITS_PER_ADDRESS, 55, T_SLOW_DOWN_PLEASE, 17, 8);
    default: // those that are only tried out refuse nothing
      return HeadersAction.Continue;
  }
}

// What the response will get: for each policy the number of its changes, 0 for none.
let response: u64 = 0;

/** In each policy the first rule that matches decides; false where the proxy refused a change. */
function route(stream: u32): bool {
  response = 0;
  if (!route_shop_versions()) return false;
  return response == 0 || setWord(openRecord(stream, 40), response);
}

/** shop/versions: the first rule that matches. */
function route_shop_versions(): bool {
  switch (decide(DECISIONS, 299, classify)) {
    case 1: // shop/versions rules[0], routing.yaml:7 (beta-testers)
      response |= 0x1;
      return removeHeader(HeaderMap.Request, T_X_DEBUG, 7) && setHeader(HeaderMap.Request, T_X_SHOP_VERSION, 14, T_V2, 2);
    case 2: // shop/versions rules[1], routing.yaml:16 (canary)
      stickToSlot(H_X_USER) || stickToPeer() || stickToSlot(H_X_REQUEST_ID) || stickToNothing();
      beginSplit();
      drawArm(0, 0x11cb33cb3c138832, 90); // v1
      drawArm(1, 0x8815aa1d021a7d50, 10); // v2
      switch (chosenArm()) {
        case 0: // v1
          return removeHeader(HeaderMap.Request, T_X_DEBUG, 7) && setHeader(HeaderMap.Request, T_X_SHOP_VERSION, 14, T_V1, 2);
        default: // v2
          response |= 0x2;
          return removeHeader(HeaderMap.Request, T_X_DEBUG, 7) && setHeader(HeaderMap.Request, T_X_SHOP_VERSION, 14, T_V2, 2);
      }
  }
  return true;
}

/** Tells the client what is left of the limits that were asked. */
function tellLimits(record: usize): bool {
  beginField(FIELD_3);
  addQuota(record + 8, QUOTA, 22);
  addQuota(record + 24, QUOTA_2, 22);
  if (!tellQuotas()) return false;
  beginField(FIELD_3);
  addLeft(record + 8, QUOTA, 12, true);
  addLeft(record + 24, QUOTA_2, 13, true);
  if (!tellLeft()) return false;
  return true;
}

export function proxy_on_response_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  resetArena();
  const record = recordOf(stream);
  if (record == 0) return HeadersAction.Continue;
  const chosen = load<u64>(record);
  // shop/versions
  switch (<u32>((chosen >>> 0) & 0x3)) {
    case 1:
      if (!(setHeader(HeaderMap.Response, T_X_SHOP_SERVED, 13, T_V2_BETA, 7))) return changeRefused();
      break;
    case 2:
      if (!(setHeader(HeaderMap.Response, T_X_SHOP_SERVED, 13, T_V2_CANARY, 9))) return changeRefused();
      break;
  }
  if (!tellLimits(record)) return changeRefused();
  return HeadersAction.Continue;
}

function changeRefused(): u32 {
  return refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
}

export function proxy_on_delete(stream: u32): void {
  closeRecord(stream);
}

/** Finds out the class of a column: what of all patterns on an attribute its value matches. */
function classify(column: u32): u32 {
  switch (column) {
    case 0: // peer: 127.0.0.8/29, 10.20.0.0/16; 2 classes
      return classByAddress(0, peerFamily(), peerHigh(-1), peerLow(-1, -1), 0, STARTS, ADDRESS_CLASSES, 5, STARTS_2, ADDRESS_CLASSES_2, 1);
    case 1: // :path: "/admin", "/admin/*", "/.git/*", "/orders" and 2 more; 6 classes
      return classByTrie(1, H_PATH, NODES, FIRST_BYTES, LABELS);
    case 2: // :path: "*.bak"; 2 classes
      return classBySuffix(2, H_PATH, NODES_2, FIRST_BYTES_2, LABELS_2, false);
    case 3: // x-api-key: "shop-2026-03"; 2 classes
      return classByTrie(3, H_X_API_KEY, NODES_3, FIRST_BYTES_3, LABELS_3);
    case 4: // :authority: "orders.shop.test", "payments.shop.test", "shop.test"; 4 classes
      return classByTrieIgnoringCase(4, H_AUTHORITY, NODES_4, FIRST_BYTES_4, LABELS_4);
    case 5: // :method: "GET", "POST", "HEAD"; 4 classes
      return classByTrie(5, H_METHOD, NODES_5, FIRST_BYTES_5, LABELS_5);
    case 6: // x-user: present; 2 classes
      return classByTrie(6, H_X_USER, NODES_6, FIRST_BYTES_6, 0);
    case 7: // x-service: "orders"; 2 classes
      return classByTrie(7, H_X_SERVICE, NODES_7, FIRST_BYTES_7, LABELS_6);
    case 8: // cookie beta: "1"; 2 classes
      if (isNotAsked(C_COOKIE_BETA)) readCookie(C_COOKIE_BETA, H_COOKIE, T_BETA, 4);
      return classByTrie(8, C_COOKIE_BETA, NODES_8, FIRST_BYTES_8, 0);
    default: // x-beta: "1"; 2 classes
      return classByTrie(9, H_X_BETA, NODES_8, FIRST_BYTES_8, 0);
  }
}

/** Makes ready; where that fails the configuration is refused. */
export function proxy_on_configure(context: u32, size: u32): u32 {
  return seedKeys() && reserveCells(LIMIT, STATE) && defineLimitCounters(STATE + 16, METRICS, 24) && flushEvery(1000) && reserveCells(LIMIT_2, STATE_2) && defineLimitCounters(STATE_2 + 16, METRICS_2, 25) ? 1 : 0;
}

export function proxy_on_tick(context: u32): void {
  flushCounters(STATE + 16, 5);
  flushCounters(STATE_2 + 16, 5);
}

// Tables: what texts and addresses are scanned with, and what is decided.
const STATE: usize = memory.data(96, 8);
const STATE_2: usize = memory.data(96, 8);
const ASKED: usize = memory.data(384, 8);
const ANSWER: usize = memory.data(312, 4);
const FIELD: usize = memory.data(74, 4);
const ANSWER_2: usize = memory.data(314, 4);
const FIELD_2: usize = memory.data(75, 4);
const FIELD_3: usize = memory.data(149, 4);
const DECISIONS: usize = memory.data<u32>([0, 11, 13, 19, 21, 23, 27, 31, 33, 35, 37, 0, 2147483648, 0, 2147483651, 2147483649, 2147483653, 2147483652, 2147483650, 0, 2147483654, 0, 2147483655, 0, 2147483656, 2147483657, 2147483658, 0, 2147483659, 2147483661, 2147483660, 0, 2147483662, 0, 2147483663, 0, 2147483664, 0, 2147483665, 290, 44, 111, 0, 1, 56, 60, 63, 66, 73, 79, 89, 93, 1, 2, 1, 2, 2, 33554432, 52, 3221225472, 3, 16777217, 2149580806, 3, 16777217, 2148532227, 4, 16777218, 2150629383, 5, 2, 11, 12, 1, 67108867, 2148532228, 2151677960, 69, 2153775118, 1, 67108867, 2148532229, 2151677961, 2152726540, 2154823695, 5, 2, 11, 13, 1, 33554435, 2151677962, 85, 1, 50331651, 2148532226, 2151677962, 2152726540, 2147483648, 2147483648, 2147483650, 2147483652, 2147483653, 0, 0, 2147483654, 0, 2147483655, 0, 2147483649, 2147483651, 5, 1, 0, 1, 98, 4, 3, 8, 103, 5, 3, 11, 106, 2, 1, 6, 109, 3, 2, 7, 110, 3, 2147483648, 2, 2147483648, 2147483652, 2, 132, 2, 132, 2147483651, 3, 2147483649, 2, 2147483649, 2147483652, 2, 142, 2, 142, 2147483651, 5, 137, 3, 137, 147, 147, 4, 137, 4, 137, 137, 137, 152, 0, 2147483650, 2, 2147483650, 2147483648, 0, 2147483650, 2, 2147483650, 2147483652, 3, 165, 2, 165, 170, 0, 2147483650, 2, 2147483650, 2147483651, 2, 175, 2, 175, 180, 0, 2147483650, 2, 2147483650, 2147483649, 3, 190, 2, 190, 170, 2, 195, 2, 195, 180, 5, 185, 3, 185, 200, 200, 4, 185, 4, 185, 185, 185, 205, 7, 2147483648, 2, 2147483648, 2147483649, 3, 218, 2, 218, 2147483652, 2, 223, 2, 223, 2147483651, 5, 137, 4, 137, 137, 137, 228, 4, 137, 4, 137, 137, 233, 152, 6, 2147483648, 2, 2147483648, 2147483649, 3, 247, 2, 247, 2147483652, 2, 252, 2, 252, 2147483651, 5, 137, 4, 137, 257, 137, 257, 4, 137, 4, 137, 262, 137, 152, 5, 185, 4, 185, 200, 200, 200, 4, 185, 4, 185, 185, 185, 276, 1, 158, 6, 158, 2147483651, 211, 240, 269, 283, 331, 304, 317, 2147483650, 1, 307, 310, 313, 1, 16777216, 2155872272, 1, 16777216, 2156920849, 2, 1, 2147483649, 2147483648, 2, 9, 0, 17, 315, 8, 0, 16, 316, 8, 2147483650, 2, 2147483650, 2147483649, 9, 326, 2, 326, 2147483649]);
const DENY_RULES: usize = memory.data<u32>([0, 10, 0, 0, 10, 1, 0, 10, 2]);
const DENY_POLICIES: usize = memory.data<u8>([115, 104, 111, 112, 47, 110, 101, 118, 101, 114]);
const LIMIT: usize = memory.data<u64>([4294967296, 70364449210376, 1, 20000000000, 1000000000, 20000000000]);
const LIMIT_2: usize = memory.data<u64>([4294967296, 17587891077128, 1, 2000000000, 20000000, 2000000000]);
const STARTS: usize = memory.data<u32>([0, 169082880, 169148416, 2130706440, 2130706448]);
const ADDRESS_CLASSES: usize = memory.data<u32>([0, 1, 0, 1, 0]);
const STARTS_2: usize = memory.data<u64>([0, 0]);
const ADDRESS_CLASSES_2: usize = memory.data<u32>([0]);
const NODES: usize = memory.data<u32>([0, 65536, 1, 0, 0, 262144, 2, 0, 0, 4, 6, 65537, 4, 65540, 6, 131072, 8, 6, 7, 196608, 14, 65541, 7, 262144, 0, 0, 8, 327685, 0, 0, 8, 262148]);
const FIRST_BYTES: usize = memory.data<u8>([0, 47, 46, 97, 99, 111, 47, 47]);
const LABELS: usize = memory.data<u8>([103, 105, 116, 47, 100, 109, 105, 110, 104, 97, 114, 103, 101, 115, 114, 100, 101, 114, 115]);
const NODES_2: usize = memory.data<u32>([0, 65536, 1, 0, 0, 3, 2, 65537]);
const FIRST_BYTES_2: usize = memory.data<u8>([0, 107]);
const LABELS_2: usize = memory.data<u8>([97, 98, 46]);
const NODES_3: usize = memory.data<u32>([0, 65536, 1, 0, 0, 11, 2, 65536]);
const FIRST_BYTES_3: usize = memory.data<u8>([0, 115]);
const LABELS_3: usize = memory.data<u8>([104, 111, 112, 45, 50, 48, 50, 54, 45, 48, 51]);
const NODES_4: usize = memory.data<u32>([0, 196608, 1, 0, 0, 15, 4, 65536, 15, 17, 4, 131072, 7, 8, 4, 196608]);
const FIRST_BYTES_4: usize = memory.data<u8>([0, 111, 112, 115]);
const LABELS_4: usize = memory.data<u8>([114, 100, 101, 114, 115, 46, 115, 104, 111, 112, 46, 116, 101, 115, 116, 97, 121, 109, 101, 110, 116, 115, 46, 115, 104, 111, 112, 46, 116, 101, 115, 116]);
const NODES_5: usize = memory.data<u32>([0, 196608, 1, 0, 0, 2, 4, 65536, 2, 3, 4, 131072, 5, 3, 4, 196608]);
const FIRST_BYTES_5: usize = memory.data<u8>([0, 71, 72, 80]);
const LABELS_5: usize = memory.data<u8>([69, 84, 69, 65, 68, 79, 83, 84]);
const NODES_6: usize = memory.data<u32>([0, 0, 1, 65537]);
const FIRST_BYTES_6: usize = memory.data<u8>([0]);
const NODES_7: usize = memory.data<u32>([0, 65536, 1, 0, 0, 5, 2, 65536]);
const FIRST_BYTES_7: usize = memory.data<u8>([0, 111]);
const LABELS_6: usize = memory.data<u8>([114, 100, 101, 114, 115]);
const NODES_8: usize = memory.data<u32>([0, 65536, 1, 0, 0, 0, 2, 65536]);
const FIRST_BYTES_8: usize = memory.data<u8>([0, 49]);

// Texts of the policies.
const WHY_TOO_MANY_HEADERS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 101, 113, 117, 101, 115, 116, 58, 116, 111, 111, 45, 109, 97, 110, 121, 45, 104, 101, 97, 100, 101, 114, 115]); // "tollgate:request:too-many-headers"
const WHY_CHANGE_REFUSED: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 111, 117, 116, 105, 110, 103, 58, 99, 104, 97, 110, 103, 101, 45, 114, 101, 102, 117, 115, 101, 100]); // "tollgate:routing:change-refused"
const T_PATH: usize = memory.data<u8>([58, 112, 97, 116, 104]); // ":path"
const T_COOKIE: usize = memory.data<u8>([99, 111, 111, 107, 105, 101]); // "cookie"
const T_X_BETA: usize = memory.data<u8>([120, 45, 98, 101, 116, 97]); // "x-beta"
const T_X_USER: usize = memory.data<u8>([120, 45, 117, 115, 101, 114]); // "x-user"
const T_METHOD: usize = memory.data<u8>([58, 109, 101, 116, 104, 111, 100]); // ":method"
const T_X_API_KEY: usize = memory.data<u8>([120, 45, 97, 112, 105, 45, 107, 101, 121]); // "x-api-key"
const T_X_SERVICE: usize = memory.data<u8>([120, 45, 115, 101, 114, 118, 105, 99, 101]); // "x-service"
const T_AUTHORITY: usize = memory.data<u8>([58, 97, 117, 116, 104, 111, 114, 105, 116, 121]); // ":authority"
const T_X_REQUEST_ID: usize = memory.data<u8>([120, 45, 114, 101, 113, 117, 101, 115, 116, 45, 105, 100]); // "x-request-id"
const T_RBAC_ACCESS_DENIED: usize = memory.data<u8>([82, 66, 65, 67, 58, 32, 97, 99, 99, 101, 115, 115, 32, 100, 101, 110, 105, 101, 100]); // "RBAC: access denied"
const WHY_NONE: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 97, 117, 116, 104, 111, 114, 105, 122, 97, 116, 105, 111, 110, 58, 110, 111, 110, 101]); // "tollgate:authorization:none"
const METRICS: usize = memory.data<u8>([115, 104, 111, 112, 47, 102, 97, 105, 114, 45, 117, 115, 101, 46, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114]); // "shop/fair-use.per-caller"
const METRICS_2: usize = memory.data<u8>([115, 104, 111, 112, 47, 102, 97, 105, 114, 45, 117, 115, 101, 46, 112, 101, 114, 45, 97, 100, 100, 114, 101, 115, 115]); // "shop/fair-use.per-address"
const WHY_NO_MEMORY: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 110, 111, 45, 109, 101, 109, 111, 114, 121]); // "tollgate:rate-limiting:no-memory"
const QUOTA: usize = memory.data<u8>([34, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114, 34, 59, 113, 61, 54, 48, 59, 119, 61, 54, 48]); // "\"per-caller\";q=60;w=60"
const T_SLOW_DOWN_PLEASE: usize = memory.data<u8>([115, 108, 111, 119, 32, 100, 111, 119, 110, 44, 32, 112, 108, 101, 97, 115, 101]); // "slow down, please"
const WHY_SHOP_FAIR_USE_LIMITS_PER_CALLER: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 115, 104, 111, 112, 47, 102, 97, 105, 114, 45, 117, 115, 101, 58, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114]); // "tollgate:rate-limiting:shop/fair-use:limits.per-caller"
const QUOTA_2: usize = memory.data<u8>([34, 112, 101, 114, 45, 97, 100, 100, 114, 101, 115, 115, 34, 59, 113, 61, 53, 48, 59, 119, 61, 49]); // "\"per-address\";q=50;w=1"
const WHY_SHOP_FAIR_USE_LIMITS_PER_ADDRESS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 115, 104, 111, 112, 47, 102, 97, 105, 114, 45, 117, 115, 101, 58, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 97, 100, 100, 114, 101, 115, 115]); // "tollgate:rate-limiting:shop/fair-use:limits.per-address"
const T_X_DEBUG: usize = memory.data<u8>([120, 45, 100, 101, 98, 117, 103]); // "x-debug"
const T_X_SHOP_VERSION: usize = memory.data<u8>([120, 45, 115, 104, 111, 112, 45, 118, 101, 114, 115, 105, 111, 110]); // "x-shop-version"
const T_V2: usize = memory.data<u8>([118, 50]); // "v2"
const T_V1: usize = memory.data<u8>([118, 49]); // "v1"
const T_X_SHOP_SERVED: usize = memory.data<u8>([120, 45, 115, 104, 111, 112, 45, 115, 101, 114, 118, 101, 100]); // "x-shop-served"
const T_V2_BETA: usize = memory.data<u8>([118, 50, 45, 98, 101, 116, 97]); // "v2-beta"
const T_V2_CANARY: usize = memory.data<u8>([118, 50, 45, 99, 97, 110, 97, 114, 121]); // "v2-canary"
const T_BETA: usize = memory.data<u8>([98, 101, 116, 97]); // "beta"
