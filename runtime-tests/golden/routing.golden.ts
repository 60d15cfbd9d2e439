// Bundle routing, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { HeaderMap, HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { classByTrie, forgetColumns } from "tollgate/runtime/columns";
import { decide } from "tollgate/runtime/decide";
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

// What policies look at; a slot holds every value of a repeated header.
const H_X_TIER: u32 = 0; // x-tier
const SLOTS: usize = memory.data(8, 4);

// The classes of a request: one for each column, and those of repeated values.
const COLUMNS: usize = memory.data(8, 4);
const CLASSES: usize = memory.data(2304, 4);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  beginRequest();
  forgetColumns(COLUMNS, 1, CLASSES);
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

/** golden/only: the first rule that matches. */
function route_golden_only(): bool {
  switch (decide(DECISIONS, 4, classify)) {
    case 1: // golden/only rules[0], routing.yaml:6
      return setHeader(HeaderMap.Request, T_X_ROUTE, 7, T_GOLD, 4);
    case 2: // golden/only rules[1], routing.yaml:8
      return removeHeader(HeaderMap.Request, T_X_DEBUG, 7) && setHeader(HeaderMap.Request, T_X_ROUTE, 7, T_STD, 3);
  }
  return true;
}

/** Finds out the class of a column: what of all patterns on an attribute its value matches. */
function classify(column: u32): u32 {
  switch (column) {
    default: // x-tier: "gold"; 2 classes
      return classByTrie(0, H_X_TIER, NODES, FIRST_BYTES, LABELS);
  }
}

// Tables: what texts and addresses are scanned with, and what is decided.
const DECISIONS: usize = memory.data<u32>([0, 2, 0, 2147483648, 22, 9, 17, 2147483649, 1, 11, 14, 1, 16777216, 2147483648, 2, 1, 2147483648, 1, 0, 0, 0, 16, 0, 2147483650, 2, 2147483650, 2147483649]);
const NODES: usize = memory.data<u32>([0, 65536, 1, 0, 0, 3, 2, 65536]);
const FIRST_BYTES: usize = memory.data<u8>([0, 103]);
const LABELS: usize = memory.data<u8>([111, 108, 100]);

// Texts of the policies.
const WHY_TOO_MANY_HEADERS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 101, 113, 117, 101, 115, 116, 58, 116, 111, 111, 45, 109, 97, 110, 121, 45, 104, 101, 97, 100, 101, 114, 115]); // "tollgate:request:too-many-headers"
const WHY_CHANGE_REFUSED: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 111, 117, 116, 105, 110, 103, 58, 99, 104, 97, 110, 103, 101, 45, 114, 101, 102, 117, 115, 101, 100]); // "tollgate:routing:change-refused"
const T_X_TIER: usize = memory.data<u8>([120, 45, 116, 105, 101, 114]); // "x-tier"
const T_X_ROUTE: usize = memory.data<u8>([120, 45, 114, 111, 117, 116, 101]); // "x-route"
const T_GOLD: usize = memory.data<u8>([103, 111, 108, 100]); // "gold"
const T_X_DEBUG: usize = memory.data<u8>([120, 45, 100, 101, 98, 117, 103]); // "x-debug"
const T_STD: usize = memory.data<u8>([115, 116, 100]); // "std"
