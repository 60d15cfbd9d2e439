// Key sets that come over the network: fetched at start and from time to time, on the root context, so that no stream's
// end cuts a fetch off. What fails is tried again, later and later; the last good set serves meanwhile, for its time.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import {
  proxy_get_buffer_bytes,
  proxy_get_header_map_value,
  proxy_http_call,
  proxy_log,
  proxy_set_effective_context,
  proxy_set_tick_period_milliseconds,
} from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Buffer, HeaderMap, LogLevel, Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { now } from "../limit-key";
import { same } from "../bytes";
import { tokenKeyId, tokenKeyIdSize } from "../token/header";
import { verifyToken } from "../token/key-set";
import {
  KEY_SET_CHANGED,
  KEY_SET_REFUSED,
  keySetOf,
  replaceKeySet,
  reserveKeySet,
} from "../token/remote-key-set";
import { forgetTokens } from "../token/token-cache";
import { isVerified, noteVerified, tokenTime, Verdict, verifiedTokens } from "./verdict";

/** How many bytes the table has for each source. */
export const SOURCE_BYTES: u32 = 96;

// A source: what the policy says of it, and what is known of it. Times are in nanoseconds.
const STATE: usize = 0; // 16 bytes of `../token/remote-key-set`
const CLUSTER: usize = 16;
const CLUSTER_SIZE: usize = 20;
const HEADERS: usize = 24;
const HEADERS_SIZE: usize = 28;
const TIMEOUT: usize = 32; // milliseconds
const TOKEN: usize = 36;
const IN_FLIGHT: usize = 40;
const FAILURES: usize = 44;
const REFRESH: usize = 48;
const KEEP: usize = 56;
const FETCHED: usize = 64;
const NEXT: usize = 72;
/** When it was last fetched for a token's sake. */
const ASKED: usize = 80;
/** Whether it was said that the set is too old. */
const TOLD: usize = 88;

const SECOND: u64 = 1000000000;
/** Between two fetches for tokens' sake: a client can make up key names as it likes. */
const ASK_EVERY: u64 = 10 * SECOND;
const BACKOFF_MAX: u64 = 60 * SECOND;
/** What the keys of one set may take up, and the text of one. */
const KEYS_ROOM: u32 = 32768;
const TEXT_MAX: u32 = 65536;
const TICK: u32 = 1000;

// ":status", and "200" as three of four bytes
const STATUS: usize = memory.data<u8>([58, 115, 116, 97, 116, 117, 115]);
const OK: u32 = 0x303032;
const ANSWER: usize = memory.data(8, 4);
const LINE: usize = memory.data(320);

let sources: usize = 0;
let count: u32 = 0;
let root: u32 = 0;
/** The root context whose timer ticked last. */
let ticked: u32 = 0;
let chance: u64 = 0;
/** While streams that waited are asked again: nobody waits twice. */
let resuming: bool = false;

/** The table of sources, `SOURCE_BYTES` each, zeros before; false where there is no memory. Called when a plugin is configured. */
export function declareSources(table: usize, number: u32, context: u32): bool {
  sources = table;
  count = number;
  root = context;
  ticked = 0;
  // Nothing can be asked before the proxy runs: the first tick comes at once, and asks.
  return proxy_set_tick_period_milliseconds(1) == Status.Ok;
}

/** Describes a source: where it is, how it is asked (serialized headers), and its times. */
export function describeSource(
  source: usize,
  cluster: usize,
  clusterSize: u32,
  headers: usize,
  headersSize: u32,
  timeout: u32,
  refresh: u64,
  keep: u64,
): bool {
  store<usize>(source, cluster, CLUSTER);
  store<u32>(source, clusterSize, CLUSTER_SIZE);
  store<usize>(source, headers, HEADERS);
  store<u32>(source, headersSize, HEADERS_SIZE);
  store<u32>(source, timeout, TIMEOUT);
  store<u64>(source, refresh, REFRESH);
  store<u64>(source, keep, KEEP);
  return reserveKeySet(source + STATE, KEYS_ROOM);
}

/** Whether the current token is signed by a key that the source has; `rule` is the rule's number. */
export function signedRemotely(source: usize, rule: u32): Verdict {
  if (!isFresh(source)) return Verdict.Unknown;
  if (isVerified(rule)) return Verdict.Accepted;
  const keys = keySetOf(source + STATE);
  if (verifyToken(keys)) {
    noteVerified(rule);
    return Verdict.Accepted;
  }
  // The issuer may have changed its keys.
  return !resuming && lacksKey(keys) && isWorthAsking(source) ? Verdict.Unknown : Verdict.Refused;
}

/** Whether an answer of the source is to come, for which a request can wait; asks where nobody has. */
export function isUnderWay(source: usize, stream: u32): bool {
  if (resuming) return false;
  if (load<u32>(source, IN_FLIGHT) != 0) return true;
  const fresh = isFresh(source);
  // Without a set only the first request asks: from then on it is tried again in its time.
  if (!fresh && load<u32>(source, FAILURES) != 0) return false;
  if (fresh) store<u64>(source, tokenTime(), ASKED);
  const asked = fetch(source);
  return proxy_set_effective_context(stream) == Status.Ok && asked;
}

/** What falls due is fetched. */
export function fetchDue(context: u32): void {
  root = context;
  // Every plugin of the VM has a timer, and each began with a tick at once.
  if (ticked != context && proxy_set_tick_period_milliseconds(TICK) == Status.Ok) ticked = context;
  const time = now();
  if (chance == 0) chance = time | 1;
  for (let i: u32 = 0; i < count; i++) {
    const source = sources + <usize>(i * SOURCE_BYTES);
    if (load<u32>(source, IN_FLIGHT) == 0 && load<u64>(source, NEXT) <= time) fetch(source);
  }
}

/** The source whose fetch a call's token was for, 0 for none; what came of it is taken in. */
export function takeAnswer(token: u32, bodySize: u32): usize {
  resetArena();
  for (let i: u32 = 0; i < count; i++) {
    const source = sources + <usize>(i * SOURCE_BYTES);
    if (load<u32>(source, IN_FLIGHT) == 0 || load<u32>(source, TOKEN) != token) continue;
    store<u32>(source, 0, IN_FLIGHT);
    if (isGood(bodySize)) takeSet(source, bodySize);
    else failed(source);
    return source;
  }
  return 0;
}

/** While streams that waited are asked again, nobody waits anew. */
export function setResuming(value: bool): void {
  resuming = value;
}

/** Whether a stream is asked again that has waited for keys. */
export function isResuming(): bool {
  return resuming;
}

function fetch(source: usize): bool {
  const asked =
    proxy_set_effective_context(root) == Status.Ok &&
    proxy_http_call(
      load<usize>(source, CLUSTER),
      load<u32>(source, CLUSTER_SIZE),
      load<usize>(source, HEADERS),
      load<u32>(source, HEADERS_SIZE),
      0,
      0,
      0,
      0,
      load<u32>(source, TIMEOUT),
      source + TOKEN,
    ) == Status.Ok;
  if (asked) store<u32>(source, 1, IN_FLIGHT);
  else failed(source);
  return asked;
}

function isGood(bodySize: u32): bool {
  if (bodySize == 0 || bodySize > TEXT_MAX) return false;
  if (proxy_get_header_map_value(HeaderMap.HttpCallHeaders, STATUS, 7, ANSWER, ANSWER + 4) != Status.Ok)
    return false;
  const status = load<usize>(ANSWER);
  if (status == 0 || load<u32>(ANSWER, 4) != 3) return false;
  return ((<u32>load<u16>(status)) | ((<u32>load<u8>(status, 2)) << 16)) == OK;
}

function takeSet(source: usize, bodySize: u32): void {
  if (proxy_get_buffer_bytes(Buffer.HttpCallBody, 0, bodySize, ANSWER, ANSWER + 4) != Status.Ok) {
    return failed(source);
  }
  const text = load<usize>(ANSWER);
  const size = load<u32>(ANSWER, 4);
  const taken = text == 0 || size > TEXT_MAX ? KEY_SET_REFUSED : replaceKeySet(source + STATE, text, size);
  if (taken == KEY_SET_REFUSED) return failed(source);
  if (taken == KEY_SET_CHANGED) forgetTokens(verifiedTokens());
  if (load<u32>(source, FAILURES) != 0) tell(source, LogLevel.Info, AGAIN, AGAIN_SIZE);
  const time = now();
  store<u32>(source, 0, FAILURES);
  store<u32>(source, 0, TOLD);
  store<u64>(source, time, FETCHED);
  // Give or take a tenth, so that sidecars that started together do not ask together.
  const refresh = load<u64>(source, REFRESH);
  store<u64>(source, time + refresh - refresh / 10 + (random() % (refresh / 5 + 1)), NEXT);
}

/** Tried again after one second, two, four and so on, half as much more by chance. */
function failed(source: usize): void {
  const failures = load<u32>(source, FAILURES);
  if (failures == 0) tell(source, LogLevel.Warn, FAILS, FAILS_SIZE);
  store<u32>(source, failures == 0xffffffff ? failures : failures + 1, FAILURES);
  const wait = min(SECOND << (<u64>min<u32>(failures, 6)), BACKOFF_MAX);
  store<u64>(source, now() + wait + (random() % (wait / 2 + 1)), NEXT);
}

/** Whether there is a set, and it still counts. */
function isFresh(source: usize): bool {
  if (keySetOf(source + STATE) == 0) return false;
  const time = tokenTime();
  const fetched = load<u64>(source, FETCHED);
  // A clock that was set back makes a set no older.
  if (time <= fetched || time - fetched <= load<u64>(source, KEEP)) return true;
  if (load<u32>(source, TOLD) == 0) {
    store<u32>(source, 1, TOLD);
    tell(source, LogLevel.Error, TOO_OLD, TOO_OLD_SIZE);
  }
  return false;
}

/** Whether no key of the set has the name that the current token gives, and it gives one. */
function lacksKey(keys: usize): bool {
  const name = tokenKeyId();
  if (name == 0) return false;
  const size = tokenKeyIdSize();
  for (let i: u32 = 0; i < load<u32>(keys); i++) {
    const key = keys + 4 + <usize>(i * 20);
    const kid = load<u32>(key);
    if (kid != 0 && load<u32>(key, 4) == size && same(keys + kid, name, size)) return false;
  }
  return true;
}

function isWorthAsking(source: usize): bool {
  if (load<u32>(source, IN_FLIGHT) != 0) return true;
  const time = tokenTime();
  const asked = load<u64>(source, ASKED);
  const fetched = load<u64>(source, FETCHED);
  if (load<u32>(source, FAILURES) != 0) return false;
  return isLongAgo(asked, time) && isLongAgo(fetched, time);
}

function isLongAgo(then: u64, time: u64): bool {
  return time < then || time - then >= ASK_EVERY;
}

/** Xorshift: chance enough to part sidecars. */
function random(): u64 {
  if (chance == 0) chance = now() | 1;
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return chance;
}

// "tollgate: the key set of ", " cannot be fetched", " is there again", " is too old, and no longer used"
const OF: usize = memory.data<u8>([
  116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 107, 101, 121, 32, 115, 101, 116, 32, 111,
  102, 32,
]);
const OF_SIZE: u32 = 25;
const FAILS: usize = memory.data<u8>([
  32, 99, 97, 110, 110, 111, 116, 32, 98, 101, 32, 102, 101, 116, 99, 104, 101, 100,
]);
const FAILS_SIZE: u32 = 18;
const AGAIN: usize = memory.data<u8>([32, 105, 115, 32, 116, 104, 101, 114, 101, 32, 97, 103, 97, 105, 110]);
const AGAIN_SIZE: u32 = 15;
const TOO_OLD: usize = memory.data<u8>([
  32, 105, 115, 32, 116, 111, 111, 32, 111, 108, 100, 44, 32, 97, 110, 100, 32, 110, 111, 32, 108, 111, 110,
  103, 101, 114, 32, 117, 115, 101, 100,
]);
const TOO_OLD_SIZE: u32 = 31;

/** Says what became of a source, once and not with every attempt. */
function tell(source: usize, level: u32, what: usize, size: u32): void {
  const name = min<u32>(load<u32>(source, CLUSTER_SIZE), 256);
  memory.copy(LINE, OF, OF_SIZE);
  memory.copy(LINE + OF_SIZE, load<usize>(source, CLUSTER), name);
  memory.copy(LINE + OF_SIZE + name, what, size);
  proxy_log(level, LINE, OF_SIZE + name + size);
}
