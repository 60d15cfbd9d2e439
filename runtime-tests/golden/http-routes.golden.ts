// Bundle http-routes, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { HeaderMap, HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { classByTrie, classByTrieIgnoringCase, forgetColumns } from "tollgate/runtime/columns";
import { decide } from "tollgate/runtime/decide";
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
import { refuse } from "tollgate/runtime/respond";
import {
  beginChanges,
  dropUnlessTold,
  isRedirect,
  nextChange,
  removeNext,
  requestChanges,
  setNext,
  takeAction,
} from "tollgate/runtime/routing/action";
import { hasCluster, writeCluster } from "tollgate/runtime/routing/cluster";
import { readHostname } from "tollgate/runtime/routing/hostname";
import { answerRedirect } from "tollgate/runtime/routing/redirect";
import { chooseBackend } from "tollgate/runtime/routing/weighted";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";

// What policies look at; a slot holds every value of a repeated header.
const H_AUTHORITY: u32 = 0; // :authority
const H_PATH: u32 = 1; // :path
const H_PATH_2: u32 = 2; // :path?
const H_SCHEME: u32 = 3; // :scheme
const H_X_REQUEST_ID: u32 = 4; // x-request-id
const H_X_TOLLGATE_CLUSTER: u32 = 5; // x-tollgate-cluster
const H_X_TOLLGATE_RULE: u32 = 6; // x-tollgate-rule
const N_HOSTNAME: u32 = 7; // hostname
const SLOTS: usize = memory.data(64, 4);

// The classes of a request: one for each column, and those of repeated values.
const COLUMNS: usize = memory.data(16, 4);
const CLASSES: usize = memory.data(2304, 4);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  beginRequest();
  forgetColumns(COLUMNS, 2, CLASSES);
  if (!readRequest()) return refuse(431, WHY_TOO_MANY_HEADERS, 33, 0, 0, 8);
  return route(stream);
}

/** Reads all headers in one host call and keeps those that policies look at. */
function readRequest(): bool {
  readHeaders(SLOTS, 8);
  while (nextHeader()) {
    switch (nameSize()) {
      case 5:
        if (nameIs(T_PATH)) { keepOnce(H_PATH_2); keepPath(H_PATH); }
        break;
      case 7:
        if (nameIs(T_SCHEME)) keepOnce(H_SCHEME);
        break;
      case 10:
        if (nameIs(T_AUTHORITY)) keepOnce(H_AUTHORITY);
        break;
      case 12:
        if (nameIs(T_X_REQUEST_ID)) keep(H_X_REQUEST_ID);
        break;
      case 15:
        if (nameIs(T_X_TOLLGATE_RULE)) keep(H_X_TOLLGATE_RULE);
        break;
      case 18:
        if (nameIs(T_X_TOLLGATE_CLUSTER)) keep(H_X_TOLLGATE_CLUSTER);
        break;
    }
  }
  return headersComplete();
}

// What HTTPRoutes ask for, by number:
// 1: golden/only rules[0], http-routes.yaml:16, to golden/orders:8080 x90, golden/orders-next:8080 x10
// 2: golden/only rules[1], http-routes.yaml:18, redirected with 301
// 3: golden/only rules[2], http-routes.yaml:23, to golden/web:80

/** The HTTPRoutes' first rule that matches decides, then the first of each policy. */
function route(stream: u32): u32 {
  const action = decide(DECISIONS, 1, classify);
  takeAction(ROUTES, ROUTE_TEXTS, action);
  chooseBackend(H_X_REQUEST_ID);
  if (!change(HeaderMap.Request, requestChanges())) return refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
  if (isRedirect()) return answerRedirect(H_AUTHORITY, H_SCHEME, H_PATH_2);
  if (!hasCluster()) {
    return refuse(404, WHY_NONE, 21, 0, 0, 12);
  }
  return dropUnlessTold(0, H_X_TOLLGATE_RULE, T_X_TOLLGATE_RULE, 15) && writeCluster() ? HeadersAction.Continue : refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
}

/** Makes the changes of a list, 0 for none; false where the proxy refused one. */
function change(map: u32, list: u32): bool {
  beginChanges(ROUTES, ROUTE_TEXTS, list);
  while (true) {
    switch (nextChange()) {
      case 0:
        return true;
      case 1:
        if (!removeNext(map)) return false;
        break;
      case 2:
        if (!setNext(map)) return false;
        break;
      default:
        return false;
    }
  }
}

/** Finds out the class of a column: what of all patterns on an attribute its value matches. */
function classify(column: u32): u32 {
  switch (column) {
    case 0: // hostname: "shop.test"; 2 classes
      if (isNotAsked(N_HOSTNAME)) readHostname(N_HOSTNAME, H_AUTHORITY);
      return classByTrieIgnoringCase(0, N_HOSTNAME, NODES, FIRST_BYTES, LABELS);
    default: // :path: "/orders", "/orders/*", "/old", "/old/*"; 3 classes
      return classByTrie(1, H_PATH, NODES_2, FIRST_BYTES_2, LABELS_2);
  }
}

// Tables: what texts and addresses are scanned with, and what is decided.
const DECISIONS: usize = memory.data<u32>([0, 21, 0, 0, 0, 0, 0, 2147483648, 2, 2147483648, 2147483651, 0, 2147483648, 2, 2147483648, 2147483650, 0, 2147483648, 2, 2147483648, 2147483649, 1, 6, 3, 6, 11, 16]);
const ROUTES: usize = memory.data<u32>([3, 16, 39, 131072, 4037593475, 1340399362, 0, 1079410688, 0, 18, 1958418555, 1274327261, 0, 1076101120, 18, 23, 65557, 18, 41, 7, 48, 11, 1, 301, 0, 0, 4294967295, 65537, 0, 4294967295, 2, 2, 59, 6, 65, 3, 1, 68, 7, 65568, 75, 13, 30, 0]);
const ROUTE_TEXTS: usize = memory.data<u8>([103, 111, 108, 100, 101, 110, 47, 111, 114, 100, 101, 114, 115, 58, 56, 48, 56, 48, 103, 111, 108, 100, 101, 110, 47, 111, 114, 100, 101, 114, 115, 45, 110, 101, 120, 116, 58, 56, 48, 56, 48, 47, 111, 114, 100, 101, 114, 115, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 120, 45, 115, 104, 111, 112, 119, 101, 98, 120, 45, 100, 101, 98, 117, 103, 103, 111, 108, 100, 101, 110, 47, 119, 101, 98, 58, 56, 48]);
const NODES: usize = memory.data<u32>([0, 65536, 1, 0, 0, 8, 2, 65536]);
const FIRST_BYTES: usize = memory.data<u8>([0, 115]);
const LABELS: usize = memory.data<u8>([104, 111, 112, 46, 116, 101, 115, 116]);
const NODES_2: usize = memory.data<u32>([0, 65536, 1, 0, 0, 131073, 2, 0, 1, 65537, 4, 65536, 2, 65540, 5, 131072, 0, 0, 6, 65537, 0, 0, 6, 131074]);
const FIRST_BYTES_2: usize = memory.data<u8>([0, 47, 108, 114, 47, 47]);
const LABELS_2: usize = memory.data<u8>([111, 100, 100, 101, 114, 115]);

// Texts of the policies.
const WHY_TOO_MANY_HEADERS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 101, 113, 117, 101, 115, 116, 58, 116, 111, 111, 45, 109, 97, 110, 121, 45, 104, 101, 97, 100, 101, 114, 115]); // "tollgate:request:too-many-headers"
const T_PATH: usize = memory.data<u8>([58, 112, 97, 116, 104]); // ":path"
const T_SCHEME: usize = memory.data<u8>([58, 115, 99, 104, 101, 109, 101]); // ":scheme"
const T_AUTHORITY: usize = memory.data<u8>([58, 97, 117, 116, 104, 111, 114, 105, 116, 121]); // ":authority"
const T_X_REQUEST_ID: usize = memory.data<u8>([120, 45, 114, 101, 113, 117, 101, 115, 116, 45, 105, 100]); // "x-request-id"
const T_X_TOLLGATE_RULE: usize = memory.data<u8>([120, 45, 116, 111, 108, 108, 103, 97, 116, 101, 45, 114, 117, 108, 101]); // "x-tollgate-rule"
const T_X_TOLLGATE_CLUSTER: usize = memory.data<u8>([120, 45, 116, 111, 108, 108, 103, 97, 116, 101, 45, 99, 108, 117, 115, 116, 101, 114]); // "x-tollgate-cluster"
const WHY_CHANGE_REFUSED: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 111, 117, 116, 105, 110, 103, 58, 99, 104, 97, 110, 103, 101, 45, 114, 101, 102, 117, 115, 101, 100]); // "tollgate:routing:change-refused"
const WHY_NO_MEMORY: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 110, 111, 45, 109, 101, 109, 111, 114, 121]); // "tollgate:rate-limiting:no-memory"
const WHY_NONE: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 111, 117, 116, 105, 110, 103, 58, 110, 111, 110, 101]); // "tollgate:routing:none"
