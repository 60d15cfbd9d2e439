// Requests that wait for the service: for each what its limits said, or will say, so that it is decided once more when all
// of them have, and takes nothing twice.
import { proxy_set_effective_context } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { now } from "../limit-key";
import { MeshAnswer } from "./answer";
import { addWaiter, askedWindow, firstWaiter } from "./calls";
import { addTokens, findKnownLease, windowOf } from "./leases";

/** What limits said of requests that wait: one for each limit of each. Further requests cannot wait. */
const WAITERS_MAX: u32 = 1024;
const WAITER_BYTES: u32 = 64;
const WAITERS: usize = memory.data(65536, 8);

const LIMIT: usize = 0; // 0: nobody is here
const STREAM: usize = 4;
const KEY: usize = 8;
/** The number of the window that the tokens are for. */
const WINDOW: usize = 16;
const COST: usize = 24;
const ANSWER: usize = 28;
/** The next that waits for the same call. */
const NEXT: usize = 32;
/** The first of the same request, and the next. */
const HEAD: usize = 36;
const SIBLING: usize = 40;
/** Of the first: how many answers are to come, and the next request that can be decided. */
const PENDING: usize = 44;
const READY: usize = 48;
/** Whether the request has been told. */
const TOLD: usize = 52;
/** How often the request has waited, this time included. */
const WAITS: usize = 56;

let free: u32 = WAITERS_MAX;
/** Where a free one is looked for first. */
let hand: u32 = 0;
// Requests that can be decided, in the order in which they could.
let firstReady: u32 = 0;
let lastReady: u32 = 0;
/** The first of the request that is being decided again. */
let current: u32 = 0;

/** Whether there is room for a request that asked so many limits. */
export function canWait(asks: u32): bool {
  return free >= asks;
}

/**
 * Adds what a limit said of a request, behind `previous` (0: it is the first), and returns its number. `waits` says how often
 * the request has waited then, `call` what it waits for where the answer is to come. To be called where `canWait`.
 */
export function addAnswer(
  previous: u32,
  stream: u32,
  waits: u32,
  limit: usize,
  key: u64,
  cost: u32,
  answer: MeshAnswer,
  window: u64,
  call: u32,
): u32 {
  do {
    hand = hand == WAITERS_MAX ? 1 : hand + 1;
  } while (load<usize>(waiterAt(hand)) != 0);
  free--;
  const number = hand;
  const waiter = waiterAt(number);
  memory.fill(waiter, 0, WAITER_BYTES);
  store<usize>(waiter, limit, LIMIT);
  store<u32>(waiter, stream, STREAM);
  store<u32>(waiter, waits, WAITS);
  store<u64>(waiter, key, KEY);
  store<u64>(waiter, window, WINDOW);
  store<u32>(waiter, cost, COST);
  store<u32>(waiter, answer, ANSWER);
  const head = previous == 0 ? number : load<u32>(waiterAt(previous), HEAD);
  store<u32>(waiter, head, HEAD);
  if (previous != 0) store<u32>(waiterAt(previous), number, SIBLING);
  if (answer == MeshAnswer.Waiting) {
    store<u32>(waiter, addWaiter(call, number), NEXT);
    store<u32>(waiterAt(head), load<u32>(waiterAt(head), PENDING) + 1, PENDING);
  }
  return number;
}

/** Tells all that wait for a call what came of it. */
export function settle(call: u32, answer: MeshAnswer): void {
  const window = askedWindow(call);
  let number = firstWaiter(call);
  while (number != 0) {
    const waiter = waiterAt(number);
    store<u32>(waiter, answer, ANSWER);
    store<u64>(waiter, window, WINDOW);
    const head = load<u32>(waiter, HEAD);
    const pending = load<u32>(waiterAt(head), PENDING) - 1;
    store<u32>(waiterAt(head), pending, PENDING);
    if (pending == 0) makeReady(head);
    number = load<u32>(waiter, NEXT);
  }
}

function makeReady(head: u32): void {
  if (lastReady == 0) firstReady = head;
  else store<u32>(waiterAt(lastReady), head, READY);
  lastReady = head;
}

/**
 * The next request that all its limits have answered, made the stream in effect; 0: there is none. To be decided from the
 * beginning, before this is called again: `meshAsk` then knows the answers.
 */
export function nextMeshWaiting(): u32 {
  forget(current);
  current = 0;
  while (firstReady != 0) {
    const head = firstReady;
    firstReady = load<u32>(waiterAt(head), READY);
    if (firstReady == 0) lastReady = 0;
    const stream = load<u32>(waiterAt(head), STREAM);
    if (proxy_set_effective_context(stream) == Status.Ok) {
      current = head;
      return stream;
    }
    // The client has gone meanwhile, and the stream with it.
    forget(head);
  }
  return 0;
}

/** How often a stream has waited that is being decided again; 0 for any other. */
export function waitsOf(stream: u32): u32 {
  if (current == 0 || load<u32>(waiterAt(current), STREAM) != stream) return 0;
  return load<u32>(waiterAt(current), WAITS);
}

/** The answer for the request that is being decided again, as a number for the functions below; 0: there is none. */
export function takeAnswer(limit: usize, key: u64): u32 {
  for (let number = current; number != 0; number = load<u32>(waiterAt(number), SIBLING)) {
    const waiter = waiterAt(number);
    if (load<u64>(waiter, KEY) != key || load<usize>(waiter) != limit || load<u32>(waiter, TOLD) != 0)
      continue;
    store<u32>(waiter, 1, TOLD);
    return number;
  }
  return 0;
}

export function answerOf(number: u32): MeshAnswer {
  return <MeshAnswer>load<u32>(waiterAt(number), ANSWER);
}

/** The number of the window that its tokens are for. */
export function answerWindow(number: u32): u64 {
  return load<u64>(waiterAt(number), WINDOW);
}

/** Gives tokens back that were taken in a window and are of no use; where it has ended they are lost. */
export function giveBack(limit: usize, key: u64, cost: u32, window: u64, time: u64): void {
  const entry = findKnownLease(limit, key, time);
  if (entry != 0 && windowOf(entry) == window) addTokens(limit, entry, cost);
}

/** Frees what a request has here; tokens that it was not told of are given back. */
function forget(head: u32): void {
  let number = head;
  while (number != 0) {
    const waiter = waiterAt(number);
    if (load<u32>(waiter, ANSWER) == MeshAnswer.Allowed && load<u32>(waiter, TOLD) == 0) {
      giveBack(
        load<usize>(waiter),
        load<u64>(waiter, KEY),
        load<u32>(waiter, COST),
        load<u64>(waiter, WINDOW),
        now(),
      );
    }
    store<usize>(waiter, 0);
    free++;
    number = load<u32>(waiter, SIBLING);
  }
}

function waiterAt(number: u32): usize {
  return WAITERS + <usize>((number - 1) * WAITER_BYTES);
}
