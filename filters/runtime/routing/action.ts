// What HTTPRoutes ask for, as data: actions by number, and lists of header changes. compiler/5-emit/action-table.ts says how the
// table is laid out.
import { HeaderMap } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { appendHeader, refuseInName, removeHeader, setHeader } from "../respond";
import { chooseCluster, dropSent, forgetCluster } from "./cluster";

// What an action has.
const REDIRECT: u32 = 1;
const HOST: u32 = 2;
const PATH: u32 = 4;
const TOLD: u32 = 8;
const RULE: u32 = 16;
const CHANGES: u32 = 32;
const OWNED_SHIFT: u32 = 8;
const BACKENDS_SHIFT: u32 = 16;
/** Of an action that is a cluster and nothing else. */
const PLAIN: u32 = 0x80000000;
const PLAIN_SIZE_BITS: u32 = 10;
const PLAIN_SIZE: u32 = 0x3ff;
/** As a cluster's size: there is no such backend. */
const NONE: u32 = 0xffffffff;

// "tollgate:routing:"
const STAGE: usize = memory.data<u8>([
  116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 111, 117, 116, 105, 110, 103, 58,
]);
const STAGE_SIZE: u32 = 17;

let words: usize = 0;
let texts: usize = 0;
let flags: u32 = 0;
let host: usize = 0;
let path: usize = 0;
let told: usize = 0;
let rule: usize = 0;
let redirect: usize = 0;
let backends: usize = 0;
let requestList: u32 = 0;
let responseList: u32 = 0;

/** Takes the action with a number, from 1, of a table; 0: no rule matches. Where it has one backend, that is chosen. */
export function takeAction(table: usize, textTable: usize, number: u32): void {
  words = table;
  texts = textTable;
  flags = 0;
  requestList = 0;
  responseList = 0;
  forgetCluster();
  if (number == 0) return;
  const entry = load<u32>(wordAt(number - 1));
  if ((entry & PLAIN) != 0) {
    chooseCluster(texts + ((entry & ~PLAIN) >>> PLAIN_SIZE_BITS), entry & PLAIN_SIZE);
    return;
  }
  let at = wordAt(entry);
  flags = load<u32>(at);
  at += 4;
  host = at;
  if ((flags & HOST) != 0) at += 8;
  path = at;
  if ((flags & PATH) != 0) at += 12;
  told = at;
  if ((flags & TOLD) != 0) at += 4;
  rule = at;
  if ((flags & RULE) != 0) at += 12;
  redirect = at;
  if ((flags & REDIRECT) != 0) at += 20;
  backends = at;
  if (backendCount() == 1) takeBackend(at);
}

/** How many backends there are to choose from. */
export function backendCount(): u32 {
  return flags >>> BACKENDS_SHIFT;
}

/** Where a backend's seed and weight stand, where there are several; what it is stands 16 bytes behind. */
export function backendAt(index: u32): usize {
  return backends + <usize>index * ((flags & CHANGES) != 0 ? 32 : 24);
}

/** Takes a backend, whose cluster stands there. */
export function takeBackend(at: usize): void {
  if (load<u32>(at, 4) != NONE) chooseCluster(texts + load<u32>(at), load<u32>(at, 4));
  if ((flags & CHANGES) == 0) return;
  requestList = load<u32>(at, 8);
  responseList = load<u32>(at, 12);
}

export function isRedirect(): bool {
  return (flags & REDIRECT) != 0;
}

/** Status, scheme, host and port of a redirect: see redirect.ts. */
export function redirectFields(): usize {
  return redirect;
}

/** Where the table's texts are. */
export function routeTexts(): usize {
  return texts;
}

/** Where the change of the path stands, 0 where there is none: its kind and size, and a text. */
export function pathChange(): usize {
  return (flags & PATH) != 0 ? path : 0;
}

/** The list of changes to the request, 0 for none. */
export function requestChanges(): u32 {
  return requestList;
}

/** The list of changes to the response, 0 for none. */
export function responseChanges(): u32 {
  return responseList;
}

/** The list of what Envoy is told beside the cluster, 0 for nothing. */
export function toldChanges(): u32 {
  return (flags & TOLD) != 0 ? load<u32>(told) : 0;
}

// ":authority"
const AUTHORITY: usize = memory.data<u8>([58, 97, 117, 116, 104, 111, 114, 105, 116, 121]);

/** Sets the authority that the upstream sees, where the action has one; false where the host refused. */
export function rewriteHost(): bool {
  if ((flags & HOST) == 0) return true;
  return setHeader(HeaderMap.Request, AUTHORITY, 10, texts + load<u32>(host), load<u32>(host, 4));
}

/** Removes a header that no client may send, which has this number, unless the action writes it; false where the host refused. */
export function dropUnlessTold(number: u32, slot: u32, name: usize, size: u32): bool {
  return ((flags >>> (OWNED_SHIFT + number)) & 1) != 0 || dropSent(slot, name, size);
}

/** Refuses the request in the name of the action's rule. */
export function refuseRoute(status: u32, grpcStatus: i32): u32 {
  return refuseInName(STAGE, STAGE_SIZE, status, rule, texts, grpcStatus, 0, 0);
}

/** As `refuseRoute`, with headers: serialized pairs. */
export function answerRoute(status: u32, grpcStatus: i32, headers: usize, size: u32): u32 {
  return refuseInName(STAGE, STAGE_SIZE, status, rule, texts, grpcStatus, headers, size);
}

// The change that comes next in a list.
let step: usize = 0;
let nextAt: usize = 0;
let left: u32 = 0;

/** Starts on a list of a table. */
export function beginChanges(table: usize, textTable: usize, list: u32): void {
  words = table;
  texts = textTable;
  left = list == 0 ? 0 : load<u32>(wordAt(list));
  nextAt = wordAt(list) + 4;
}

/** What the next change is: 1 removes, 2 sets, 3 adds, 4 is code; 0 behind the last. */
export function nextChange(): u32 {
  if (left == 0) return 0;
  left--;
  step = nextAt;
  const kind = load<u32>(step);
  nextAt += kind == 1 ? 12 : kind == 4 ? 8 : 20;
  return kind;
}

export function removeNext(map: u32): bool {
  return removeHeader(map, texts + load<u32>(step, 4), load<u32>(step, 8));
}

export function setNext(map: u32): bool {
  const value = texts + load<u32>(step, 12);
  return setHeader(map, texts + load<u32>(step, 4), load<u32>(step, 8), value, load<u32>(step, 16));
}

export function appendNext(map: u32): bool {
  const value = texts + load<u32>(step, 12);
  return appendHeader(map, texts + load<u32>(step, 4), load<u32>(step, 8), value, load<u32>(step, 16));
}

/** The number of the code. */
export function codeOfNext(): u32 {
  return load<u32>(step, 4);
}

function wordAt(number: u32): usize {
  return words + ((<usize>number) << 2);
}
