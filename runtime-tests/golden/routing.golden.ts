// Bundle routing, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { HeaderMap, HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { is } from "tollgate/runtime/match";
import {
  beginRequest,
  headersComplete,
  keep,
  nameIs,
  nameSize,
  nextHeader,
  readHeaders,
} from "tollgate/runtime/request";
import { refuse, removeHeader, setHeader } from "tollgate/runtime/respond";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";

// The request headers that policies look at; a slot holds every value of a repeated header.
const H_X_TIER: u32 = 0; // x-tier
const SLOTS: usize = memory.data(8, 4);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  beginRequest();
  if (!readRequest()) return refuse(431, WHY_TOO_MANY_HEADERS, 33, 0, 0, 8);
  if (!route(stream)) return refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
  return HeadersAction.Continue;
}

/** Reads all headers in one host call and keeps those that policies look at. */
function readRequest(): bool {
  readHeaders(SLOTS, 1);
  while (nextHeader()) {
    switch (nameSize()) {
      case 6:
        if (nameIs(T_X_TIER)) keep(H_X_TIER);
        break;
    }
  }
  return headersComplete();
}

/** In each policy the first rule that matches decides; false where the proxy refused a change. */
function route(stream: u32): bool {
  if (!route_golden_only()) return false;
  return true;
}

/** golden/only */
function route_golden_only(): bool {
  // golden/only rules[0], routing.yaml:6
  if (is(H_X_TIER, T_GOLD, 4)) {
    return setHeader(HeaderMap.Request, T_X_ROUTE, 7, T_GOLD, 4);
  }
  // golden/only rules[1], routing.yaml:8
  return removeHeader(HeaderMap.Request, T_X_DEBUG, 7) && setHeader(HeaderMap.Request, T_X_ROUTE, 7, T_STD, 3);
}

// Texts of the policies.
const WHY_TOO_MANY_HEADERS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 101, 113, 117, 101, 115, 116, 58, 116, 111, 111, 45, 109, 97, 110, 121, 45, 104, 101, 97, 100, 101, 114, 115]); // "tollgate:request:too-many-headers"
const WHY_CHANGE_REFUSED: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 111, 117, 116, 105, 110, 103, 58, 99, 104, 97, 110, 103, 101, 45, 114, 101, 102, 117, 115, 101, 100]); // "tollgate:routing:change-refused"
const T_X_TIER: usize = memory.data<u8>([120, 45, 116, 105, 101, 114]); // "x-tier"
const T_GOLD: usize = memory.data<u8>([103, 111, 108, 100]); // "gold"
const T_X_ROUTE: usize = memory.data<u8>([120, 45, 114, 111, 117, 116, 101]); // "x-route"
const T_X_DEBUG: usize = memory.data<u8>([120, 45, 100, 101, 98, 117, 103]); // "x-debug"
const T_STD: usize = memory.data<u8>([115, 116, 100]); // "std"
