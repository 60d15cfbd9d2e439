// Bundle authorization, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { classBySuffix, classByTrie, classByTrieIgnoringCase, forgetColumns } from "tollgate/runtime/columns";
import { decide } from "tollgate/runtime/decide";
import { classByAddress } from "tollgate/runtime/intervals";
import { peerFamily, peerHigh, peerLow } from "tollgate/runtime/peer";
import {
  beginRequest,
  headersComplete,
  keep,
  keepOnce,
  keepPath,
  nameIs,
  nameSize,
  nextHeader,
  readHeaders,
} from "tollgate/runtime/request";
import { refuse, refuseByRule } from "tollgate/runtime/respond";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";

// What policies look at; a slot holds every value of a repeated header.
const H_AUTHORITY: u32 = 0; // :authority
const H_METHOD: u32 = 1; // :method
const H_PATH: u32 = 2; // :path
const H_X_ODD_NAME: u32 = 3; // x-odd*name
const SLOTS: usize = memory.data(32, 4);

// The classes of a request: one for each column, and those of repeated values.
const COLUMNS: usize = memory.data(48, 4);
const CLASSES: usize = memory.data(4608, 4);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  beginRequest();
  forgetColumns(COLUMNS, 6, CLASSES);
  if (!readRequest()) return refuse(431, WHY_TOO_MANY_HEADERS, 33, 0, 0, 8);
  if (authorize() != HeadersAction.Continue) return HeadersAction.StopIteration;
  return HeadersAction.Continue;
}

/** Reads all headers in one host call and keeps those that policies look at. */
function readRequest(): bool {
  readHeaders(SLOTS, 4);
  while (nextHeader()) {
    switch (nameSize()) {
      case 5:
        if (nameIs(T_PATH)) keepPath(H_PATH);
        break;
      case 7:
        if (nameIs(T_METHOD)) keepOnce(H_METHOD);
        break;
      case 10:
        if (nameIs(T_AUTHORITY)) keepOnce(H_AUTHORITY);
        else if (nameIs(T_X_ODD_NAME)) keep(H_X_ODD_NAME);
        break;
    }
  }
  return headersComplete();
}

/** DENY rules first; then, where ALLOW policies apply, one of their rules must match. */
function authorize(): u32 {
  const outcome = decide(DECISIONS, 19, classify);
  if (outcome == 1) return HeadersAction.Continue;
  if (outcome == 0) return HeadersAction.Continue;
  // 2: golden/only rules[0], authorization.yaml:7
  // 3: golden/only rules[1], authorization.yaml:9
  return refuseByRule(403, DENY_RULES + (outcome - 2) * 12, DENY_POLICIES, T_RBAC_ACCESS_DENIED, 19, 7);
}

/** Finds out the class of a column: what of all patterns on an attribute its value matches. */
function classify(column: u32): u32 {
  switch (column) {
    case 0: // peer: absent, 10.0.0.0/8, 2001:db8::/32; 2 classes
      return classByAddress(0, peerFamily(), peerHigh(-1), peerLow(-1, -1), 1, STARTS, ADDRESS_CLASSES, 3, STARTS_2, ADDRESS_CLASSES, 3);
    case 1: // :authority: "a.test"; 2 classes
      return classByTrieIgnoringCase(1, H_AUTHORITY, NODES, FIRST_BYTES, LABELS);
    case 2: // :method: present; 2 classes
      return classByTrie(2, H_METHOD, NODES_2, FIRST_BYTES_2, 0);
    case 3: // :path: "/*"; 2 classes
      return classByTrie(3, H_PATH, NODES_3, FIRST_BYTES_3, 0);
    case 4: // x-odd*name: "b"; 2 classes
      return classByTrie(4, H_X_ODD_NAME, NODES_4, FIRST_BYTES_4, 0);
    default: // x-odd*name: "* / /* // \"quoted\" \\u2028 ${x}"; 2 classes
      return classBySuffix(5, H_X_ODD_NAME, NODES_5, FIRST_BYTES_5, LABELS_2, false);
  }
}

// Tables: what texts and addresses are scanned with, and what is decided.
const DECISIONS: usize = memory.data<u32>([0, 7, 9, 11, 13, 15, 17, 0, 2147483648, 0, 2147483649, 0, 2147483650, 0, 2147483651, 0, 2147483652, 0, 2147483653, 95, 24, 42, 0, 1, 27, 33, 36, 2, 67108864, 2148532225, 2149580802, 3224371203, 2147483648, 3, 16777217, 2152726533, 3, 16777217, 2151677956, 2147483648, 2147483650, 2147483649, 3, 1, 0, 1, 39, 4, 1, 4, 40, 5, 1, 5, 41, 5, 2147483648, 2, 2147483648, 2147483651, 4, 55, 2, 55, 2147483651, 0, 2147483648, 2, 2147483648, 2147483650, 0, 2147483651, 2, 2147483651, 2147483650, 5, 65, 2, 65, 70, 4, 75, 2, 75, 70, 3, 80, 2, 80, 60, 2, 60, 2, 60, 85, 1, 60, 2, 60, 90]);
const DENY_RULES: usize = memory.data<u32>([0, 11, 0, 0, 11, 1]);
const DENY_POLICIES: usize = memory.data<u8>([103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121]);
const STARTS: usize = memory.data<u32>([0, 167772160, 184549376]);
const ADDRESS_CLASSES: usize = memory.data<u32>([0, 1, 0]);
const STARTS_2: usize = memory.data<u64>([0, 0, 2306139568115548160, 0, 2306139572410515456, 0]);
const NODES: usize = memory.data<u32>([0, 65536, 1, 0, 0, 5, 2, 65536]);
const FIRST_BYTES: usize = memory.data<u8>([0, 97]);
const LABELS: usize = memory.data<u8>([46, 116, 101, 115, 116]);
const NODES_2: usize = memory.data<u32>([0, 0, 1, 65537]);
const FIRST_BYTES_2: usize = memory.data<u8>([0]);
const NODES_3: usize = memory.data<u32>([0, 65536, 1, 0, 0, 0, 2, 65537]);
const FIRST_BYTES_3: usize = memory.data<u8>([0, 47]);
const NODES_4: usize = memory.data<u32>([0, 65536, 1, 0, 0, 0, 2, 65536]);
const FIRST_BYTES_4: usize = memory.data<u8>([0, 98]);
const NODES_5: usize = memory.data<u32>([0, 65536, 1, 0, 0, 27, 2, 65537]);
const FIRST_BYTES_5: usize = memory.data<u8>([0, 125]);
const LABELS_2: usize = memory.data<u8>([120, 123, 36, 32, 56, 50, 48, 50, 117, 92, 32, 34, 100, 101, 116, 111, 117, 113, 34, 32, 47, 47, 32, 42, 47, 32, 47]);

// Texts of the policies.
const WHY_TOO_MANY_HEADERS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 101, 113, 117, 101, 115, 116, 58, 116, 111, 111, 45, 109, 97, 110, 121, 45, 104, 101, 97, 100, 101, 114, 115]); // "tollgate:request:too-many-headers"
const T_PATH: usize = memory.data<u8>([58, 112, 97, 116, 104]); // ":path"
const T_METHOD: usize = memory.data<u8>([58, 109, 101, 116, 104, 111, 100]); // ":method"
const T_AUTHORITY: usize = memory.data<u8>([58, 97, 117, 116, 104, 111, 114, 105, 116, 121]); // ":authority"
const T_X_ODD_NAME: usize = memory.data<u8>([120, 45, 111, 100, 100, 42, 110, 97, 109, 101]); // "x-odd*name"
const T_RBAC_ACCESS_DENIED: usize = memory.data<u8>([82, 66, 65, 67, 58, 32, 97, 99, 99, 101, 115, 115, 32, 100, 101, 110, 105, 101, 100]); // "RBAC: access denied"
