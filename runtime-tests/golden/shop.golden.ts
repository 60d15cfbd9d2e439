// Bundle shop, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { HeaderMap, HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { cookieIs } from "tollgate/runtime/cookie";
import { addHeader, addPeer, beginKey, now, seedKeys } from "tollgate/runtime/limit-key";
import { endsWith, is, isIgnoringCase, isPresent, startsWith } from "tollgate/runtime/match";
import { peerInV4 } from "tollgate/runtime/peer";
import {
  beginRequest,
  headersComplete,
  keep,
  keepPath,
  nameIs,
  nameSize,
  nextHeader,
  readHeaders,
} from "tollgate/runtime/request";
import { refuse, refuseForNow, removeHeader, setHeader } from "tollgate/runtime/respond";
import {
  beginSplit,
  chosenArm,
  drawArm,
  stickToHeader,
  stickToNothing,
  stickToPeer,
} from "tollgate/runtime/split";
import { forget, recall, remember } from "tollgate/runtime/streams";
import { findBucket, reserveBuckets, take, waitTime } from "tollgate/runtime/token-bucket";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";

// The request headers that policies look at; a slot holds every value of a repeated header.
const H_AUTHORITY: u32 = 0; // :authority
const H_METHOD: u32 = 1; // :method
const H_PATH: u32 = 2; // :path
const H_COOKIE: u32 = 3; // cookie
const H_X_API_KEY: u32 = 4; // x-api-key
const H_X_BETA: u32 = 5; // x-beta
const H_X_REQUEST_ID: u32 = 6; // x-request-id
const H_X_SERVICE: u32 = 7; // x-service
const H_X_USER: u32 = 8; // x-user
const SLOTS: usize = memory.data(72, 4);

// Where each limit's buckets are.
const BUCKETS_0: usize = memory.data(8, 4);
const BUCKETS_1: usize = memory.data(8, 4);

/** Makes room for the buckets; without it the configuration is refused. */
export function proxy_on_configure(context: u32, size: u32): u32 {
  seedKeys();
  return reserveBuckets(BUCKETS_0, 16384) && reserveBuckets(BUCKETS_1, 4096) ? 1 : 0;
}

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  beginRequest();
  if (!readRequest()) return refuse(431, WHY_TOO_MANY_HEADERS, 33, 0, 0, 8);
  if (authorize() != HeadersAction.Continue) return HeadersAction.StopIteration;
  if (limit() != HeadersAction.Continue) return HeadersAction.StopIteration;
  if (!route(stream)) return refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
  return HeadersAction.Continue;
}

/** Reads all headers in one host call and keeps those that policies look at. */
function readRequest(): bool {
  readHeaders(SLOTS, 9);
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
        if (nameIs(T_METHOD)) keep(H_METHOD);
        break;
      case 9:
        if (nameIs(T_X_API_KEY)) keep(H_X_API_KEY);
        else if (nameIs(T_X_SERVICE)) keep(H_X_SERVICE);
        break;
      case 10:
        if (nameIs(T_AUTHORITY)) keep(H_AUTHORITY);
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
  if (deny_shop_never_rules_0()) return refuse(403, WHY_SHOP_NEVER_RULES_0, 42, T_RBAC_ACCESS_DENIED, 19, 7);
  if (deny_shop_never_rules_1()) return refuse(403, WHY_SHOP_NEVER_RULES_1, 42, T_RBAC_ACCESS_DENIED, 19, 7);
  if (deny_shop_never_rules_2()) return refuse(403, WHY_SHOP_NEVER_RULES_2, 42, T_RBAC_ACCESS_DENIED, 19, 7);
  if (allow_shop_services_rules_0()) return HeadersAction.Continue;
  if (allow_shop_services_rules_1()) return HeadersAction.Continue;
  if (allow_shop_storefront_rules_0()) return HeadersAction.Continue;
  if (allow_shop_storefront_rules_1()) return HeadersAction.Continue;
  return refuse(403, WHY_NONE, 27, T_RBAC_ACCESS_DENIED, 19, 7);
}

/** shop/never rules[0], authorization.yaml:9 */
function deny_shop_never_rules_0(): bool {
  return (
    (
      is(H_PATH, T_ADMIN, 6) ||
      startsWith(H_PATH, T_ADMIN_2, 7)
    ) &&
    !(
      peerInV4(0x7f000008, 0xfffffff8 /* 127.0.0.8/29 */) ||
      peerInV4(0xa140000, 0xffff0000 /* 10.20.0.0/16 */)
    )
  );
}

/** shop/never rules[1], authorization.yaml:12 */
function deny_shop_never_rules_1(): bool {
  return (
    endsWith(H_PATH, T_BAK, 4) ||
    startsWith(H_PATH, T_GIT, 6)
  );
}

/** shop/never rules[2], authorization.yaml:14 */
function deny_shop_never_rules_2(): bool {
  return is(H_X_API_KEY, T_SHOP_2026_03, 12);
}

/** shop/services rules[0], authorization.yaml:34 */
function allow_shop_services_rules_0(): bool {
  return (
    isIgnoringCase(H_AUTHORITY, T_ORDERS_SHOP_TEST, 16) &&
    isPresent(H_X_USER) &&
    (
      is(H_METHOD, T_GET, 3) ||
      is(H_METHOD, T_POST, 4)
    ) &&
    (
      is(H_PATH, T_ORDERS, 7) ||
      startsWith(H_PATH, T_ORDERS_2, 8)
    )
  );
}

/** shop/services rules[1], authorization.yaml:43 */
function allow_shop_services_rules_1(): bool {
  return (
    isIgnoringCase(H_AUTHORITY, T_PAYMENTS_SHOP_TEST, 18) &&
    is(H_METHOD, T_POST, 4) &&
    is(H_PATH, T_CHARGES, 8) &&
    is(H_X_SERVICE, T_ORDERS_3, 6)
  );
}

/** shop/storefront rules[0], authorization.yaml:23 */
function allow_shop_storefront_rules_0(): bool {
  return (
    isIgnoringCase(H_AUTHORITY, T_SHOP_TEST, 9) &&
    (
      is(H_METHOD, T_GET, 3) ||
      is(H_METHOD, T_HEAD, 4)
    )
  );
}

/** shop/storefront rules[1], authorization.yaml:25 */
function allow_shop_storefront_rules_1(): bool {
  return (
    isIgnoringCase(H_AUTHORITY, T_SHOP_TEST, 9) &&
    is(H_METHOD, T_POST, 4) &&
    startsWith(H_PATH, T_ADMIN_2, 7)
  );
}

/** Every limit must have room; only then does the request take from them. */
function limit(): u32 {
  const time = now();
  let longest: u64 = 0;
  let refusing: u32 = 0;
  // shop/fair-use limits.per-caller, rate-limits.yaml:8: 60 per 1m, burst 20
  const key0 = addPeer(addHeader(beginKey(0), H_X_USER), 0xffffffff, 0xffffffffffffffff, 0x0);
  const bucket0 = findBucket(BUCKETS_0, key0, time, 1, 20000000000);
  const wait0 = waitTime(bucket0, key0, time, 20000000000, 1000000000, 1, 20000000000);
  if (wait0 > longest) {
    longest = wait0;
    refusing = 0;
  }
  // shop/fair-use limits.per-address, rate-limits.yaml:14: 50 per 1s, burst 100
  const key1 = addPeer(beginKey(1), 0xffffffff, 0xffffffffffffffff, 0x0);
  const bucket1 = findBucket(BUCKETS_1, key1, time, 1, 2000000000);
  const wait1 = waitTime(bucket1, key1, time, 2000000000, 20000000, 1, 2000000000);
  if (wait1 > longest) {
    longest = wait1;
    refusing = 1;
  }
  if (longest != 0) {
    switch (refusing) {
      case 0:
        return refuseForNow(429, WHY_SHOP_FAIR_USE_LIMITS_PER_CALLER, 54, T_SLOW_DOWN_PLEASE, 17, 8, longest);
      default:
        return refuseForNow(429, WHY_SHOP_FAIR_USE_LIMITS_PER_ADDRESS, 55, T_SLOW_DOWN_PLEASE, 17, 8, longest);
    }
  }
  take(bucket0, key0, time, 1000000000, 1, 20000000000);
  take(bucket1, key1, time, 20000000, 1, 2000000000);
  return HeadersAction.Continue;
}

// What the response will get: for each policy the number of its changes, 0 for none.
let response: u64 = 0;

/** In each policy the first rule that matches decides; false where the proxy refused a change. */
function route(stream: u32): bool {
  response = 0;
  if (!route_shop_versions()) return false;
  return response == 0 || remember(stream, response);
}

/** shop/versions */
function route_shop_versions(): bool {
  // shop/versions rules[0], routing.yaml:7 (beta-testers)
  if (
    is(H_X_BETA, T_1, 1) ||
    cookieIs(H_COOKIE, T_BETA, 4, T_1, 1)
  ) {
    response |= 0x1;
    return removeHeader(HeaderMap.Request, T_X_DEBUG, 7) && setHeader(HeaderMap.Request, T_X_SHOP_VERSION, 14, T_V2, 2);
  }
  // shop/versions rules[1], routing.yaml:16 (canary)
  stickToHeader(H_X_USER) || stickToPeer() || stickToHeader(H_X_REQUEST_ID) || stickToNothing();
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

export function proxy_on_response_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  resetArena();
  const chosen = recall(stream);
  // shop/versions
  switch (<u32>((chosen >>> 0) & 0x3)) {
    case 1:
      if (!(setHeader(HeaderMap.Response, T_X_SHOP_SERVED, 13, T_V2_BETA, 7))) return refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
      break;
    case 2:
      if (!(setHeader(HeaderMap.Response, T_X_SHOP_SERVED, 13, T_V2_CANARY, 9))) return refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
      break;
  }
  return HeadersAction.Continue;
}

export function proxy_on_delete(stream: u32): void {
  forget(stream);
}

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
const WHY_SHOP_NEVER_RULES_0: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 97, 117, 116, 104, 111, 114, 105, 122, 97, 116, 105, 111, 110, 58, 115, 104, 111, 112, 47, 110, 101, 118, 101, 114, 58, 114, 117, 108, 101, 115, 91, 48, 93]); // "tollgate:authorization:shop/never:rules[0]"
const T_RBAC_ACCESS_DENIED: usize = memory.data<u8>([82, 66, 65, 67, 58, 32, 97, 99, 99, 101, 115, 115, 32, 100, 101, 110, 105, 101, 100]); // "RBAC: access denied"
const WHY_SHOP_NEVER_RULES_1: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 97, 117, 116, 104, 111, 114, 105, 122, 97, 116, 105, 111, 110, 58, 115, 104, 111, 112, 47, 110, 101, 118, 101, 114, 58, 114, 117, 108, 101, 115, 91, 49, 93]); // "tollgate:authorization:shop/never:rules[1]"
const WHY_SHOP_NEVER_RULES_2: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 97, 117, 116, 104, 111, 114, 105, 122, 97, 116, 105, 111, 110, 58, 115, 104, 111, 112, 47, 110, 101, 118, 101, 114, 58, 114, 117, 108, 101, 115, 91, 50, 93]); // "tollgate:authorization:shop/never:rules[2]"
const WHY_NONE: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 97, 117, 116, 104, 111, 114, 105, 122, 97, 116, 105, 111, 110, 58, 110, 111, 110, 101]); // "tollgate:authorization:none"
const T_ADMIN: usize = memory.data<u8>([47, 97, 100, 109, 105, 110]); // "/admin"
const T_ADMIN_2: usize = memory.data<u8>([47, 97, 100, 109, 105, 110, 47]); // "/admin/"
const T_BAK: usize = memory.data<u8>([46, 98, 97, 107]); // ".bak"
const T_GIT: usize = memory.data<u8>([47, 46, 103, 105, 116, 47]); // "/.git/"
const T_SHOP_2026_03: usize = memory.data<u8>([115, 104, 111, 112, 45, 50, 48, 50, 54, 45, 48, 51]); // "shop-2026-03"
const T_ORDERS_SHOP_TEST: usize = memory.data<u8>([111, 114, 100, 101, 114, 115, 46, 115, 104, 111, 112, 46, 116, 101, 115, 116]); // "orders.shop.test"
const T_GET: usize = memory.data<u8>([71, 69, 84]); // "GET"
const T_POST: usize = memory.data<u8>([80, 79, 83, 84]); // "POST"
const T_ORDERS: usize = memory.data<u8>([47, 111, 114, 100, 101, 114, 115]); // "/orders"
const T_ORDERS_2: usize = memory.data<u8>([47, 111, 114, 100, 101, 114, 115, 47]); // "/orders/"
const T_PAYMENTS_SHOP_TEST: usize = memory.data<u8>([112, 97, 121, 109, 101, 110, 116, 115, 46, 115, 104, 111, 112, 46, 116, 101, 115, 116]); // "payments.shop.test"
const T_CHARGES: usize = memory.data<u8>([47, 99, 104, 97, 114, 103, 101, 115]); // "/charges"
const T_ORDERS_3: usize = memory.data<u8>([111, 114, 100, 101, 114, 115]); // "orders"
const T_SHOP_TEST: usize = memory.data<u8>([115, 104, 111, 112, 46, 116, 101, 115, 116]); // "shop.test"
const T_HEAD: usize = memory.data<u8>([72, 69, 65, 68]); // "HEAD"
const WHY_SHOP_FAIR_USE_LIMITS_PER_CALLER: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 115, 104, 111, 112, 47, 102, 97, 105, 114, 45, 117, 115, 101, 58, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114]); // "tollgate:rate-limiting:shop/fair-use:limits.per-caller"
const T_SLOW_DOWN_PLEASE: usize = memory.data<u8>([115, 108, 111, 119, 32, 100, 111, 119, 110, 44, 32, 112, 108, 101, 97, 115, 101]); // "slow down, please"
const WHY_SHOP_FAIR_USE_LIMITS_PER_ADDRESS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 115, 104, 111, 112, 47, 102, 97, 105, 114, 45, 117, 115, 101, 58, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 97, 100, 100, 114, 101, 115, 115]); // "tollgate:rate-limiting:shop/fair-use:limits.per-address"
const T_1: usize = memory.data<u8>([49]); // "1"
const T_BETA: usize = memory.data<u8>([98, 101, 116, 97]); // "beta"
const T_X_DEBUG: usize = memory.data<u8>([120, 45, 100, 101, 98, 117, 103]); // "x-debug"
const T_X_SHOP_VERSION: usize = memory.data<u8>([120, 45, 115, 104, 111, 112, 45, 118, 101, 114, 115, 105, 111, 110]); // "x-shop-version"
const T_V2: usize = memory.data<u8>([118, 50]); // "v2"
const T_V1: usize = memory.data<u8>([118, 49]); // "v1"
const T_X_SHOP_SERVED: usize = memory.data<u8>([120, 45, 115, 104, 111, 112, 45, 115, 101, 114, 118, 101, 100]); // "x-shop-served"
const T_V2_BETA: usize = memory.data<u8>([118, 50, 45, 98, 101, 116, 97]); // "v2-beta"
const T_V2_CANARY: usize = memory.data<u8>([118, 50, 45, 99, 97, 110, 97, 114, 121]); // "v2-canary"
