// Bundle limits, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { addHeader, addPeer, beginKey, now, seedKeys } from "tollgate/runtime/limit-key";
import {
  beginRequest,
  headersComplete,
  keep,
  nameIs,
  nameSize,
  nextHeader,
  readHeaders,
} from "tollgate/runtime/request";
import { refuse, refuseForNow } from "tollgate/runtime/respond";
import { findBucket, reserveBuckets, take, waitTime } from "tollgate/runtime/token-bucket";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";

// What policies look at; a slot holds every value of a repeated header.
const H_X_USER: u32 = 0; // x-user
const SLOTS: usize = memory.data(8, 4);

// Where each limit's buckets are.
const BUCKETS_0: usize = memory.data(8, 4);
const BUCKETS_1: usize = memory.data(8, 4);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  beginRequest();
  if (!readRequest()) return refuse(431, WHY_TOO_MANY_HEADERS, 33, 0, 0, 8);
  if (limit() != HeadersAction.Continue) return HeadersAction.StopIteration;
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
function limit(): u32 {
  const time = now();
  let longest: u64 = 0;
  let refusing: u32 = 0;
  // golden/only limits.everyone, limits.yaml:6: 7 per 1s, burst 7
  const key0 = beginKey(0);
  const bucket0 = findBucket(BUCKETS_0, key0, time, 7, 1000000000);
  const wait0 = waitTime(bucket0, key0, time, 7000000000, 1000000000, 7, 1000000000);
  if (wait0 > longest) {
    longest = wait0;
    refusing = 0;
  }
  // golden/only limits.per-user, limits.yaml:7: 1000 per 1d, burst 10, 3 a request
  const key1 = addPeer(addHeader(beginKey(1), H_X_USER), 0xffffff00, 0xffffffffffffffff, 0x0);
  const bucket1 = findBucket(BUCKETS_1, key1, time, 1, 864000000000);
  const wait1 = waitTime(bucket1, key1, time, 864000000000, 259200000000, 1, 864000000000);
  if (wait1 > longest) {
    longest = wait1;
    refusing = 1;
  }
  if (longest != 0) {
    switch (refusing) {
      case 0:
        return refuseForNow(429, WHY_GOLDEN_ONLY_LIMITS_EVERYONE, 50, T_RATE_LIMIT_EXCEEDED, 19, 8, longest);
      default:
        return refuseForNow(429, WHY_GOLDEN_ONLY_LIMITS_PER_USER, 50, T_RATE_LIMIT_EXCEEDED, 19, 8, longest);
    }
  }
  take(bucket0, key0, time, 1000000000, 7, 1000000000);
  take(bucket1, key1, time, 259200000000, 1, 864000000000);
  return HeadersAction.Continue;
}

/** Makes ready; where that fails the configuration is refused. */
export function proxy_on_configure(context: u32, size: u32): u32 {
  return seedKeys() && reserveBuckets(BUCKETS_0, 1) && reserveBuckets(BUCKETS_1, 16) ? 1 : 0;
}

// Texts of the policies.
const WHY_TOO_MANY_HEADERS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 101, 113, 117, 101, 115, 116, 58, 116, 111, 111, 45, 109, 97, 110, 121, 45, 104, 101, 97, 100, 101, 114, 115]); // "tollgate:request:too-many-headers"
const T_X_USER: usize = memory.data<u8>([120, 45, 117, 115, 101, 114]); // "x-user"
const WHY_GOLDEN_ONLY_LIMITS_EVERYONE: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 58, 108, 105, 109, 105, 116, 115, 46, 101, 118, 101, 114, 121, 111, 110, 101]); // "tollgate:rate-limiting:golden/only:limits.everyone"
const T_RATE_LIMIT_EXCEEDED: usize = memory.data<u8>([114, 97, 116, 101, 32, 108, 105, 109, 105, 116, 32, 101, 120, 99, 101, 101, 100, 101, 100]); // "rate limit exceeded"
const WHY_GOLDEN_ONLY_LIMITS_PER_USER: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 58, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 117, 115, 101, 114]); // "tollgate:rate-limiting:golden/only:limits.per-user"
