// Limits that all sidecars share: a service counts, and leases tokens out. A request takes a token that is here already, or
// waits for the service; see README.md.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { proxy_get_buffer_bytes } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Buffer, Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { now } from "../limit-key";
import { MeshAnswer } from "./answer";
import {
  askedAt,
  askedWindow,
  callWithToken,
  endCall,
  isRepeated,
  isUnderWay,
  keyOf,
  limitOf,
  lostCall,
  release,
  repeatCall,
  reserve,
  spareTokens,
  startCall,
  waitersOf,
} from "./calls";
import { meshKeyHash } from "./key";
import {
  fewestLeft,
  findKnownLease,
  findLease,
  isHalfUsed,
  isRefused,
  largerLease,
  lastCall,
  nextLease,
  noMoreAhead,
  noteCall,
  noteGrant,
  noteRefusal,
  noteRemaining,
  refusalEnd,
  refusedUntil,
  serviceLeft,
  takeTokens,
  tokensLeft,
  windowOf,
} from "./leases";
import {
  isUnknown,
  noteKnown,
  noteUnknown,
  rateCount,
  rateWindow,
  serviceOf,
  smallestRate,
  windowEnd,
} from "./limit";
import {
  Code,
  isKnown,
  overallCode,
  readResponse,
  remainingOf,
  resetOf,
  statusCode,
  statusCount,
} from "./message";
import { callFailed, callSucceeded, mayAsk, tellUnknown } from "./service";
import { addAnswer, answerOf, answerWindow, canWait, giveBack, settle, takeAnswer, waitsOf } from "./waiting";

/** A response that is longer is none of this service's. */
const RESPONSE_MAX: u32 = 16384;
const OUT: usize = memory.data(8, 4);
/** For the limits before authentication, and for those behind authorization. */
const WAITS_MAX: u32 = 2;

// What the request in hand asked so far: {u64 key, u64 window, usize limit, u32 cost, u32 answer, u32 call}
const ASKS_MAX: u32 = 32;
const ASK_BYTES: u32 = 40;
const ASKS: usize = memory.data(1280, 8);
let asks: u32 = 0;

let stream: u32 = 0;
let time: u64 = 0;
/** How often the request has waited. */
let waits: u32 = 0;
// The limit that was asked last, and its entry.
let lastLimit: usize = 0;
let lastEntry: usize = 0;

/** Begins a request, before its first limit: which stream it is, and the time by the proxy's clock. */
export function beginMesh(streamId: u32, now: u64): void {
  stream = streamId;
  time = now;
  asks = 0;
  waits = waitsOf(streamId);
}

/**
 * Asks a limit for `tokens` tokens of the key that was put together. Where the answer is Waiting, go on with the other limits
 * and then call `meshWait`, unless one of them refuses: then call `meshGiveBack`.
 */
export function meshAsk(limit: usize, tokens: u64): MeshAnswer {
  const key = meshKeyHash(limit);
  lastLimit = limit;
  lastEntry = findLease(limit, key, time);
  if (asks == ASKS_MAX) return MeshAnswer.Failed;
  // What the service refuses it counts, too.
  if (tokens > <u64>smallestRate(limit)) return MeshAnswer.Limited;
  const cost = <u32>tokens;
  const ask = ASKS + <usize>(asks++ * ASK_BYTES);
  store<u64>(ask, key);
  store<u64>(ask, windowOf(lastEntry), 8);
  store<usize>(ask, limit, 16);
  store<u32>(ask, cost, 20);
  store<u32>(ask, 0, 28);
  const known = waits != 0 ? takeAnswer(limit, key) : 0;
  const answer = known != 0 ? answerOf(known) : decide(limit, key, cost, ask);
  if (known != 0) store<u64>(ask, answerWindow(known), 8);
  store<u32>(ask, answer, 24);
  return answer;
}

function decide(limit: usize, key: u64, cost: u32, ask: usize): MeshAnswer {
  const entry = lastEntry;
  if (isUnknown(limit, time)) return MeshAnswer.Failed;
  if (takeTokens(entry, cost)) {
    if (isHalfUsed(entry)) fetchAhead(limit, key, entry);
    return MeshAnswer.Allowed;
  }
  if (isRefused(entry, time)) return MeshAnswer.Limited;
  if (waits == WAITS_MAX) return MeshAnswer.Failed;

  let call = lastCall(entry);
  const isAsked = isUnderWay(call, limit, key, time);
  if (!isAsked || !reserve(call, cost, time)) {
    if (!mayAsk(serviceOf(limit), time)) return MeshAnswer.Failed;
    const hits = isAsked ? largerLease(limit, entry, cost) : nextLease(limit, entry, cost, 1, time);
    call = start(limit, key, hits, entry);
    if (call == 0 || !reserve(call, cost, time)) return MeshAnswer.Failed;
  }
  store<u32>(ask, call, 28);
  return MeshAnswer.Waiting;
}

/** So that the common request waits for nobody. */
function fetchAhead(limit: usize, key: u64, entry: usize): void {
  if (fewestLeft(limit, entry) == 0 || isUnderWay(lastCall(entry), limit, key, time)) return;
  if (mayAsk(serviceOf(limit), time)) start(limit, key, nextLease(limit, entry, 1, 2, time), entry);
}

function start(limit: usize, key: u64, hits: u32, entry: usize): u32 {
  let call = startCall(limit, key, hits, stream, time);
  if (call == 0) {
    const lost = lostCall(time);
    if (lost == 0) return 0;
    finish(lost, MeshAnswer.Failed);
    call = startCall(limit, key, hits, stream, time);
  }
  if (call != 0) noteCall(entry, call);
  return call;
}

/** The request does not wait for the limit that was asked last, and is not counted by it: others have the tokens. */
export function meshForgo(): void {
  const ask = ASKS + <usize>(--asks * ASK_BYTES);
  release(load<u32>(ask, 28), load<u32>(ask, 20));
}

/** Has the request, which is then to be stopped, wait for the answers that are to come; false where too many wait. */
export function meshWait(): bool {
  if (!canWait(asks)) {
    meshGiveBack();
    return false;
  }
  let waiter: u32 = 0;
  for (let i: u32 = 0; i < asks; i++) {
    const ask = ASKS + <usize>(i * ASK_BYTES);
    waiter = addAnswer(
      waiter,
      stream,
      waits + 1,
      load<usize>(ask, 16),
      load<u64>(ask),
      load<u32>(ask, 20),
      <MeshAnswer>load<u32>(ask, 24),
      load<u64>(ask, 8),
      load<u32>(ask, 28),
    );
  }
  return true;
}

/** Gives back what the request took here: it is refused for another reason. */
export function meshGiveBack(): void {
  for (let i: u32 = 0; i < asks; i++) {
    const ask = ASKS + <usize>(i * ASK_BYTES);
    const answer = <MeshAnswer>load<u32>(ask, 24);
    const cost = load<u32>(ask, 20);
    if (answer == MeshAnswer.Allowed) {
      giveBack(load<usize>(ask, 16), load<u64>(ask), cost, load<u64>(ask, 8), time);
    } else if (answer == MeshAnswer.Waiting) release(load<u32>(ask, 28), cost);
  }
  asks = 0;
}

/** Tokens that are left of a rate of the limit that was asked last, as far as that is known here. */
export function meshRemaining(rate: u32): u32 {
  return isRefused(lastEntry, time) ? serviceLeft(lastEntry, rate) : tokensLeft(lastEntry, rate);
}

/** Nanoseconds until the window of a rate of the limit that was asked last ends. */
export function meshReset(rate: u32): u64 {
  return windowEnd(time, rateWindow(lastLimit, rate)) - time;
}

/** Nanoseconds until the limit that was asked last, and refused, may allow again. */
export function meshRetryAfter(): u64 {
  if (isRefused(lastEntry, time)) return refusedUntil(lastEntry) - time;
  let longest: u64 = 0;
  for (let i: u32 = 0; i < rateCount(lastLimit); i++) longest = max(longest, meshReset(i));
  return longest;
}

/** Takes in what a call was answered; then `nextMeshWaiting` has the requests that it was for. False: it is no call of these. */
export function meshAnswer(token: u32, size: u32): bool {
  const call = callWithToken(token);
  if (call == 0) return false;
  resetArena();
  time = now();
  const limit = limitOf(call);
  const service = serviceOf(limit);
  if (!isResponse(size) || !fits(limit)) {
    callFailed(service, askedAt(call), time);
    finish(call, MeshAnswer.Failed);
    return true;
  }
  callSucceeded(service);
  if (overallCode() == Code.OverLimit) refuse(call, limit);
  else if (isConfigured(limit)) grant(call, limit);
  else finish(call, MeshAnswer.Failed);
  return true;
}

/** Takes in that a call ended without an answer. False: it is no call of these. */
export function meshClosed(token: u32, status: u32): bool {
  const call = callWithToken(token);
  if (call == 0) return false;
  time = now();
  callFailed(serviceOf(limitOf(call)), askedAt(call), time);
  finish(call, MeshAnswer.Failed);
  return true;
}

function isResponse(size: u32): bool {
  if (size == 0 || size > RESPONSE_MAX) return false;
  if (proxy_get_buffer_bytes(Buffer.GrpcMessage, 0, size, OUT, OUT + 4) != Status.Ok) return false;
  const message = load<usize>(OUT);
  const length = load<u32>(OUT, 4);
  return message != 0 && length <= RESPONSE_MAX && readResponse(message, length);
}

/** Whether a response is for the rates that were asked for. Some services give no details. */
function fits(limit: usize): bool {
  return statusCount() == 0 || statusCount() == rateCount(limit);
}

/** Whether the service has a rule for each rate: what it does not know it allows, and does not count. */
function isConfigured(limit: usize): bool {
  for (let i: u32 = 0; i < statusCount(); i++) {
    if (isKnown(i)) continue;
    if (noteUnknown(limit, time)) tellUnknown(limit, i);
    return false;
  }
  noteKnown(limit);
  return true;
}

function grant(call: u32, limit: usize): void {
  const entry = findKnownLease(limit, keyOf(call), time);
  // What was counted in a window that has ended is for those alone who asked in it.
  if (entry != 0 && windowOf(entry) == askedWindow(call)) {
    for (let i: u32 = 0; i < statusCount(); i++) noteRemaining(entry, i, remainingOf(i));
    noteGrant(limit, entry, spareTokens(call), time);
  }
  finish(call, MeshAnswer.Allowed);
}

function refuse(call: u32, limit: usize): void {
  const entry = findKnownLease(limit, keyOf(call), time);
  const isPresent = entry != 0 && windowOf(entry) == askedWindow(call);
  const asksForMore = spareTokens(call) != 0;
  if (isPresent) {
    noMoreAhead(entry);
    for (let i: u32 = 0; i < rateCount(limit); i++) noteRemaining(entry, i, isOver(i) ? 0 : remainingOf(i));
  }
  if (asksForMore && waitersOf(call) != 0 && !isRepeated(call) && repeatCall(call, time)) return;
  // Where several were asked for there may be room for one.
  if (isPresent && !asksForMore && waitersOf(call) == 1) {
    noteRefusal(entry, refusalEndOf(limit, askedAt(call)), time);
  }
  finish(call, MeshAnswer.Limited);
}

/** Whether the response that was read last refuses a rate. Where it does not say which one, all count as refused. */
function isOver(rate: u32): bool {
  return statusCount() == 0 || statusCode(rate) == Code.OverLimit;
}

/** Until when the refusal that was read last holds: all rates must allow, but it need not be all that refuse. */
function refusalEndOf(limit: usize, asked: u64): u64 {
  let first: u64 = u64.MAX_VALUE;
  let last: u64 = 0;
  for (let i: u32 = 0; i < rateCount(limit); i++) {
    const end = refusalEnd(limit, i, resetOf(i), asked, time);
    first = min(first, end);
    if (isOver(i)) last = max(last, end);
  }
  return statusCount() == 0 || last == 0 ? first : last;
}

function finish(call: u32, answer: MeshAnswer): void {
  settle(call, answer);
  endCall(call);
}
