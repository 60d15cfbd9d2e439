// Bundle authorization, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { endsWith, is, isIgnoringCase, isPresent, startsWith } from "tollgate/runtime/match";
import { peerInV4, peerInV6, peerIsKnown } from "tollgate/runtime/peer";
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
import { refuse } from "tollgate/runtime/respond";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";

// The request headers that policies look at; a slot holds every value of a repeated header.
const H_AUTHORITY: u32 = 0; // :authority
const H_METHOD: u32 = 1; // :method
const H_PATH: u32 = 2; // :path
const H_X_ODD_NAME: u32 = 3; // x-odd*name
const SLOTS: usize = memory.data(32, 4);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  beginRequest();
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
        if (nameIs(T_METHOD)) keep(H_METHOD);
        break;
      case 10:
        if (nameIs(T_AUTHORITY)) keep(H_AUTHORITY);
        else if (nameIs(T_X_ODD_NAME)) keep(H_X_ODD_NAME);
        break;
    }
  }
  return headersComplete();
}

/** DENY rules first; then, where ALLOW policies apply, one of their rules must match. */
function authorize(): u32 {
  if (deny_golden_only_rules_0()) return refuse(403, WHY_GOLDEN_ONLY_RULES_0, 43, T_RBAC_ACCESS_DENIED, 19, 7);
  if (deny_golden_only_rules_1()) return refuse(403, WHY_GOLDEN_ONLY_RULES_1, 43, T_RBAC_ACCESS_DENIED, 19, 7);
  return HeadersAction.Continue;
}

/** golden/only rules[0], authorization.yaml:7 */
function deny_golden_only_rules_0(): bool {
  return (
    isIgnoringCase(H_AUTHORITY, T_A_TEST, 6) &&
    isPresent(H_METHOD) &&
    !startsWith(H_PATH, T_BYTES, 1) &&
    (
      !peerIsKnown() ||
      peerInV4(0xa000000, 0xff000000 /* 10.0.0.0/8 */) ||
      peerInV6(0x20010db800000000, 0x0, 0xffffffff00000000, 0x0 /* 2001:db8::/32 */)
    )
  );
}

/** golden/only rules[1], authorization.yaml:9 */
function deny_golden_only_rules_1(): bool {
  return (
    endsWith(H_X_ODD_NAME, T_QUOTED_U2028_X, 28) ||
    is(H_X_ODD_NAME, T_B, 1)
  );
}

// Texts of the policies.
const WHY_TOO_MANY_HEADERS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 101, 113, 117, 101, 115, 116, 58, 116, 111, 111, 45, 109, 97, 110, 121, 45, 104, 101, 97, 100, 101, 114, 115]); // "tollgate:request:too-many-headers"
const T_PATH: usize = memory.data<u8>([58, 112, 97, 116, 104]); // ":path"
const T_METHOD: usize = memory.data<u8>([58, 109, 101, 116, 104, 111, 100]); // ":method"
const T_AUTHORITY: usize = memory.data<u8>([58, 97, 117, 116, 104, 111, 114, 105, 116, 121]); // ":authority"
const T_X_ODD_NAME: usize = memory.data<u8>([120, 45, 111, 100, 100, 42, 110, 97, 109, 101]); // "x-odd*name"
const WHY_GOLDEN_ONLY_RULES_0: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 97, 117, 116, 104, 111, 114, 105, 122, 97, 116, 105, 111, 110, 58, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 58, 114, 117, 108, 101, 115, 91, 48, 93]); // "tollgate:authorization:golden/only:rules[0]"
const T_RBAC_ACCESS_DENIED: usize = memory.data<u8>([82, 66, 65, 67, 58, 32, 97, 99, 99, 101, 115, 115, 32, 100, 101, 110, 105, 101, 100]); // "RBAC: access denied"
const WHY_GOLDEN_ONLY_RULES_1: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 97, 117, 116, 104, 111, 114, 105, 122, 97, 116, 105, 111, 110, 58, 103, 111, 108, 100, 101, 110, 47, 111, 110, 108, 121, 58, 114, 117, 108, 101, 115, 91, 49, 93]); // "tollgate:authorization:golden/only:rules[1]"
const T_A_TEST: usize = memory.data<u8>([97, 46, 116, 101, 115, 116]); // "a.test"
const T_BYTES: usize = memory.data<u8>([47]); // "/"
const T_QUOTED_U2028_X: usize = memory.data<u8>([47, 32, 47, 42, 32, 47, 47, 32, 34, 113, 117, 111, 116, 101, 100, 34, 32, 92, 117, 50, 48, 50, 56, 32, 36, 123, 120, 125]); // "/ /* // \"quoted\" \\u2028 ${x}"
const T_B: usize = memory.data<u8>([98]); // "b"
