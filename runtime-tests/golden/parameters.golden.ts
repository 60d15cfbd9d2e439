// Bundle parameters, compiled by tollgate VERSION. Do not edit: change the policies instead.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { HeadersAction } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { classByTrie, forgetColumns } from "tollgate/runtime/columns";
import { flushCounters, flushEvery } from "tollgate/runtime/counters";
import { decide } from "tollgate/runtime/decide";
import { addHeader, beginKey, now } from "tollgate/runtime/limit-key";
import { releaseWorker } from "tollgate/runtime/limits/after";
import {
  addDraft,
  addLeftovers,
  addQuotas,
  addRetryAfter,
  beginAnswer,
  refuseLimited,
} from "tollgate/runtime/limits/answer";
import { beginAsking, refusal, refusalWait } from "tollgate/runtime/limits/ask";
import {
  askShared,
  giveBackShared,
  refusingSharedRate,
  takeShared,
} from "tollgate/runtime/limits/ask-shared";
import { askWorker, takeWorker } from "tollgate/runtime/limits/ask-worker";
import {
  addLeft,
  addNothing,
  addQuota,
  beginField,
  forgetItems,
  seconds,
  tellLeft,
  tellQuotas,
} from "tollgate/runtime/limits/items";
import { defineLimitCounters } from "tollgate/runtime/limits/metrics";
import { seedSharedKeys } from "tollgate/runtime/limits/shared-seed";
import { countUnder, reserveUnder, shapeBucket, shapeWindow, under } from "tollgate/runtime/limits/values";
import { reserveCells } from "tollgate/runtime/limits/worker";
import {
  beginParameters,
  endParameters,
  nextParameter,
  parameterIs,
  readDuration,
  readInteger,
  readText,
  setText,
  unknownParameter,
  wasGiven,
} from "tollgate/runtime/parameters/read";
import { refuseParameter } from "tollgate/runtime/parameters/refuse";
import { addBytes, addDecimal, beginText } from "tollgate/runtime/parameters/text";
import { dropValues, keepValues, valuesOf } from "tollgate/runtime/parameters/values";
import { closeRecord, openRecord, recordOf } from "tollgate/runtime/records";
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
import { refuse, refuseByRule, refuseForNow } from "tollgate/runtime/respond";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";

// What policies look at; a slot holds every value of a repeated header.
const H_PATH: u32 = 0; // :path
const H_X_USER: u32 = 1; // x-user
const SLOTS: usize = memory.data(16, 4);

// The classes of a request: one for each column, and those of repeated values.
const COLUMNS: usize = memory.data(8, 4);
const CLASSES: usize = memory.data(2304, 4);

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  beginRequest();
  if (!useValues(stream)) return refuse(500, WHY_NO_MEMORY, 26, 0, 0, 13);
  forgetColumns(COLUMNS, 1, CLASSES);
  if (!readRequest()) return refuse(431, WHY_TOO_MANY_HEADERS, 33, 0, 0, 8);
  if (authorize() != HeadersAction.Continue) return HeadersAction.StopIteration;
  if (limit(stream) != HeadersAction.Continue) return HeadersAction.StopIteration;
  return HeadersAction.Continue;
}

/** Reads all headers in one host call and keeps those that policies look at. */
function readRequest(): bool {
  readHeaders(SLOTS, 2);
  while (nextHeader()) {
    switch (nameSize()) {
      case 5:
        if (nameIs(T_PATH)) keepPath(H_PATH);
        break;
      case 6:
        if (nameIs(T_X_USER)) keep(H_X_USER);
        break;
    }
  }
  return headersComplete();
}

/** DENY rules first; then, where ALLOW policies apply, one of their rules must match. */
function authorize(): u32 {
  const outcome = decide(DECISIONS, 1, classify);
  if (outcome == 1) return HeadersAction.Continue;
  if (outcome == 0) return HeadersAction.Continue;
  // 2: default/no-admin rules[0], parameters.yaml:17
  return refuseByRule(403, DENY_RULES + (outcome - 2) * 12, DENY_POLICIES, values + 28, load<u32>(values, 24), 7);
}

/** Every limit must have room; only then does the request take from them. */
function limit(stream: u32): u32 {
  const record = openRecord(stream, 80);
  if (record == 0) return refuse(500, WHY_NO_MEMORY_2, 32, 0, 0, 13);
  beginAsking(ASKED, now());
  // default/fair-use limits.under-way, parameters.yaml:32: 1 under way, worker
  askWorker(values + 4272, STATE_2, 2, beginKey(load<u64>(values, 4320)), 1, record + 40, record + 56);
  // default/fair-use limits.per-caller, parameters.yaml:24: 1 per 1m, burst 20, 1000 per 1d, burst 1000, proxy
  askShared(values + 4176, STATE, 1, addHeader(beginKey(load<u64>(values, 4256)), H_X_USER), load<u64>(values, 8), record + 8, 0);
  const refusing = refusal();
  if (refusing == 0) {
    takeWorker();
    takeShared();
    return HeadersAction.Continue;
  }
  giveBackShared();
  // What other limits have left is not what this answer is about.
  forgetItems(record + 8, 48);
  switch (refusing) {
    case 2: // default/fair-use limits.under-way, parameters.yaml:32
      beginAnswer(ANSWER, 4);
      addRetryAfter(refusalWait());
      addDraft(FIELD, values + 4460, load<u32>(values, 4456), values + 4460, load<u32>(values, 4584), refusalWait());
      return refuseLimited(429, WHY_DEFAULT_FAIR_USE_LIMITS_UNDER_WAY, 56, T_RATE_LIMIT_EXCEEDED, 19, 8);
    case 1: // default/fair-use limits.per-caller, parameters.yaml:24
      beginAnswer(ANSWER_2, 4);
      addRetryAfter(refusalWait());
      beginField(FIELD_2);
      addQuota(0, values + 4340, load<u32>(values, 4336));
      addQuota(0, QUOTA, 30);
      addQuotas();
      beginField(FIELD_2);
      switch (refusingSharedRate()) {
        case 0:
          addNothing(values + 4340, load<u32>(values, 4448), refusalWait());
          break;
        default:
          addNothing(QUOTA, 15, refusalWait());
          break;
      }
      addLeftovers();
      return refuseLimited(429, WHY_DEFAULT_FAIR_USE_LIMITS_PER_CALLER, 57, T_RATE_LIMIT_EXCEEDED, 19, 8);
    case 16777217: // default/fair-use limits.per-caller, parameters.yaml:24, and nobody knows
      return refuseForNow(503, WHY_DEFAULT_FAIR_USE_LIMITS_PER_CALLER, 57, T_RATE_LIMITS_ARE_NOT_AVAI, 29, 14, 1000000000);
    default: // those that are only tried out refuse nothing
      return HeadersAction.Continue;
  }
}

/** The values: what the configuration says, and the defaults of what it says nothing of. */
function readValues(size: u32): bool {
  resetArena();
  store<u64>(VALUES, 20, 0);
  store<u64>(VALUES, 1, 8);
  setText(VALUES + 24, DEFAULT_3, 9);
  store<u64>(VALUES, 60000000000, 4128);
  setText(VALUES + 4136, DEFAULT_4, 2);
  beginParameters(size);
  while (nextParameter()) {
    if (parameterIs(0, PARAMETER, 5)) {
      if (!readInteger(VALUES + 0, 1, 1000)) return refuseParameter(EXPECTED, 89);
    } else if (parameterIs(1, PARAMETER_2, 4)) {
      if (!readInteger(VALUES + 8, 1, 1000000000)) return refuseParameter(EXPECTED_2, 94);
    } else if (parameterIs(2, PARAMETER_3, 5)) {
      if (!readInteger(VALUES + 16, 1, 1000000000)) return refuseParameter(EXPECTED_3, 106);
    } else if (parameterIs(3, PARAMETER_4, 3)) {
      if (!readText(VALUES + 24, 4096)) return refuseParameter(EXPECTED_4, 88);
    } else if (parameterIs(4, PARAMETER_5, 6)) {
      if (!readDuration(VALUES + 4128, 32)) return refuseParameter(EXPECTED_5, 104);
    } else {
      return unknownParameter(KNOWN, 63);
    }
  }
  if (!endParameters()) return false;
  if (!wasGiven(2)) return refuseParameter(EXPECTED_3, 106);
  return true;
}

/** What follows from the values: the tables of limits, and the texts of their quotas. False: they do not go together. */
function deriveValues(): bool {
  if (!(load<u64>(VALUES, 8) <= load<u64>(VALUES, 0))) return refuseParameter(WRONG, 121);
  if (!(load<u64>(VALUES, 8) <= 1000)) return refuseParameter(WRONG_2, 111);
  if (!(1 <= load<u64>(VALUES, 16))) return refuseParameter(WRONG_3, 111);
  // default/fair-use limits.per-caller, parameters.yaml:24
  memory.copy(VALUES + 4176, LIMIT_2, 80);
  if (!shapeBucket(VALUES + 4192, load<u64>(VALUES, 16), load<u64>(VALUES, 4128), load<u64>(VALUES, 0))) return refuseParameter(WRONG_4, 148);
  if (load<u64>(VALUES, 4128) == 86400000000000) return refuseParameter(WRONG_5, 88);
  if (!reserveUnder(VALUES + 4256, VALUES + 4176, STATE + 248, under(under(under(0xb1e4cd1bc161f8b7, load<u64>(VALUES, 16)), load<u64>(VALUES, 4128)), load<u64>(VALUES, 0)))) return false;
  // default/fair-use limits.under-way, parameters.yaml:32
  memory.copy(VALUES + 4272, LIMIT, 48);
  shapeWindow(VALUES + 4288, load<u64>(VALUES, 16), 0);
  store<u64>(VALUES, under(under(0x8828feedd9a0ed1e, load<u64>(VALUES, 16)), load<u64>(VALUES, 16)), 4320);
  beginText(VALUES + 4336);
  addBytes(VALUES + 4336, QUOTA_2, 12);
  addBytes(VALUES + 4336, VALUES + 4140, load<u32>(VALUES, 4136));
  addBytes(VALUES + 4336, QUOTA_3, 1);
  store<u32>(VALUES, load<u32>(VALUES, 4336), 4448);
  addBytes(VALUES + 4336, QUOTA_4, 3);
  addDecimal(VALUES + 4336, load<u64>(VALUES, 16));
  addBytes(VALUES + 4336, QUOTA_5, 3);
  addDecimal(VALUES + 4336, seconds(load<u64>(VALUES, 4128)));
  beginText(VALUES + 4456);
  addBytes(VALUES + 4456, QUOTA_6, 11);
  store<u32>(VALUES, load<u32>(VALUES, 4456), 4584);
  addBytes(VALUES + 4456, QUOTA_4, 3);
  addDecimal(VALUES + 4456, load<u64>(VALUES, 16));
  addBytes(VALUES + 4456, QUOTA_7, 25);
  return true;
}

/** Has what was read hold for the streams of a root context. */
function takeValues(context: u32): bool {
  values = 0;
  return keepValues(context, VALUES, 4592);
}

/** The values that hold for the stream at hand. */
let values: usize = 0;

export function proxy_on_context_create(context: u32, parent: u32): void {
  if (parent == 0) return;
  const record = openRecord(context, 80);
  if (record != 0) store<usize>(record, valuesOf(parent), 72);
}

/** Goes over to the values of a stream's configuration. False: there was no memory for them, or no configuration. */
function useValues(stream: u32): bool {
  const record = recordOf(stream);
  const found: usize = record == 0 ? 0 : load<usize>(record, 72);
  if (found == 0 || found == values) return found != 0;
  values = found;
  countUnder(STATE + 96, values + 4256);
  return true;
}

/** Tells the client what is left of the limits that were asked. */
function tellLimits(record: usize): bool {
  beginField(FIELD_3);
  addQuota(record + 8, values + 4340, load<u32>(values, 4336));
  addQuota(record + 24, QUOTA, 30);
  addQuota(record + 40, values + 4460, load<u32>(values, 4456));
  if (!tellQuotas()) return false;
  beginField(FIELD_3);
  addLeft(record + 8, values + 4340, load<u32>(values, 4448), true);
  addLeft(record + 24, QUOTA, 15, true);
  addLeft(record + 40, values + 4460, load<u32>(values, 4584), false);
  if (!tellLeft()) return false;
  return true;
}

export function proxy_on_response_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  resetArena();
  const record = recordOf(stream);
  if (record == 0) return HeadersAction.Continue;
  if (!useValues(stream)) return HeadersAction.Continue;
  if (!tellLimits(record)) return changeRefused();
  return HeadersAction.Continue;
}

function changeRefused(): u32 {
  return refuse(500, WHY_CHANGE_REFUSED, 31, 0, 0, 13);
}

export function proxy_on_delete(stream: u32): void {
  const record = recordOf(stream);
  if (record != 0 && useValues(stream)) {
    releaseWorker(values + 4272, STATE_2, record + 56);
  }
  closeRecord(stream);
  dropValues(stream);
}

/** Finds out the class of a column: what of all patterns on an attribute its value matches. */
function classify(column: u32): u32 {
  switch (column) {
    default: // :path: "/admin"; 2 classes
      return classByTrie(0, H_PATH, NODES, FIRST_BYTES, LABELS);
  }
}

/** Makes ready; where that fails the configuration is refused. */
export function proxy_on_configure(context: u32, size: u32): u32 {
  if (!readValues(size)) return 0;
  if (!deriveValues()) return 0;
  if (!takeValues(context)) return 0;
  return seedSharedKeys() && defineLimitCounters(STATE + 16, METRICS, 27) && flushEvery(1000) && reserveCells(LIMIT, STATE_2) && defineLimitCounters(STATE_2 + 16, METRICS_2, 26) ? 1 : 0;
}

export function proxy_on_tick(context: u32): void {
  flushCounters(STATE + 16, 5);
  flushCounters(STATE_2 + 16, 5);
}

// Tables: what texts and addresses are scanned with, and what is decided.
const STATE: usize = memory.data(256, 8);
const STATE_2: usize = memory.data(104, 8);
const ASKED: usize = memory.data(384, 8);
const ANSWER: usize = memory.data(310, 4);
const FIELD: usize = memory.data(73, 4);
const ANSWER_2: usize = memory.data(536, 4);
const FIELD_2: usize = memory.data(186, 4);
const VALUES: usize = memory.data(4592, 8);
const FIELD_3: usize = memory.data(259, 4);
const DECISIONS: usize = memory.data<u32>([0, 6, 0, 0, 0, 0, 0, 2147483648, 2, 2147483648, 2147483650]);
const DENY_RULES: usize = memory.data<u32>([0, 16, 0]);
const DENY_POLICIES: usize = memory.data<u8>([100, 101, 102, 97, 117, 108, 116, 47, 110, 111, 45, 97, 100, 109, 105, 110]);
const LIMIT: usize = memory.data<u64>([4294967299, 1, 0, 1, 0, 0]);
const LIMIT_2: usize = memory.data<u64>([8589934592, 70364449210376, 1, 1200000000000, 60000000000, 1200000000000, 1, 86400000000000, 86400000000, 86400000000000]);
const NODES: usize = memory.data<u32>([0, 65536, 1, 0, 0, 5, 2, 65536]);
const FIRST_BYTES: usize = memory.data<u8>([0, 47]);
const LABELS: usize = memory.data<u8>([97, 100, 109, 105, 110]);

// Texts of the policies.
const WHY_NO_MEMORY: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 101, 113, 117, 101, 115, 116, 58, 110, 111, 45, 109, 101, 109, 111, 114, 121]); // "tollgate:request:no-memory"
const WHY_TOO_MANY_HEADERS: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 101, 113, 117, 101, 115, 116, 58, 116, 111, 111, 45, 109, 97, 110, 121, 45, 104, 101, 97, 100, 101, 114, 115]); // "tollgate:request:too-many-headers"
const T_PATH: usize = memory.data<u8>([58, 112, 97, 116, 104]); // ":path"
const T_X_USER: usize = memory.data<u8>([120, 45, 117, 115, 101, 114]); // "x-user"
const METRICS: usize = memory.data<u8>([100, 101, 102, 97, 117, 108, 116, 47, 102, 97, 105, 114, 45, 117, 115, 101, 46, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114]); // "default/fair-use.per-caller"
const METRICS_2: usize = memory.data<u8>([100, 101, 102, 97, 117, 108, 116, 47, 102, 97, 105, 114, 45, 117, 115, 101, 46, 117, 110, 100, 101, 114, 45, 119, 97, 121]); // "default/fair-use.under-way"
const WHY_NO_MEMORY_2: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 110, 111, 45, 109, 101, 109, 111, 114, 121]); // "tollgate:rate-limiting:no-memory"
const T_RATE_LIMIT_EXCEEDED: usize = memory.data<u8>([114, 97, 116, 101, 32, 108, 105, 109, 105, 116, 32, 101, 120, 99, 101, 101, 100, 101, 100]); // "rate limit exceeded"
const WHY_DEFAULT_FAIR_USE_LIMITS_UNDER_WAY: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 100, 101, 102, 97, 117, 108, 116, 47, 102, 97, 105, 114, 45, 117, 115, 101, 58, 108, 105, 109, 105, 116, 115, 46, 117, 110, 100, 101, 114, 45, 119, 97, 121]); // "tollgate:rate-limiting:default/fair-use:limits.under-way"
const QUOTA: usize = memory.data<u8>([34, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114, 45, 49, 100, 34, 59, 113, 61, 49, 48, 48, 48, 59, 119, 61, 56, 54, 52, 48, 48]); // "\"per-caller-1d\";q=1000;w=86400"
const WHY_DEFAULT_FAIR_USE_LIMITS_PER_CALLER: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 97, 116, 101, 45, 108, 105, 109, 105, 116, 105, 110, 103, 58, 100, 101, 102, 97, 117, 108, 116, 47, 102, 97, 105, 114, 45, 117, 115, 101, 58, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114]); // "tollgate:rate-limiting:default/fair-use:limits.per-caller"
const T_RATE_LIMITS_ARE_NOT_AVAI: usize = memory.data<u8>([114, 97, 116, 101, 32, 108, 105, 109, 105, 116, 115, 32, 97, 114, 101, 32, 110, 111, 116, 32, 97, 118, 97, 105, 108, 97, 98, 108, 101]); // "rate limits are not available"
const DEFAULT: usize = memory.data<u8>([50, 48]); // "20"
const DEFAULT_2: usize = memory.data<u8>([49]); // "1"
const DEFAULT_3: usize = memory.data<u8>([115, 108, 111, 119, 32, 100, 111, 119, 110]); // "slow down"
const DEFAULT_4: usize = memory.data<u8>([49, 109]); // "1m"
const PARAMETER: usize = memory.data<u8>([98, 117, 114, 115, 116]); // "burst"
const EXPECTED: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 32, 96, 98, 117, 114, 115, 116, 96, 32, 109, 117, 115, 116, 32, 98, 101, 32, 97, 32, 119, 104, 111, 108, 101, 32, 110, 117, 109, 98, 101, 114, 32, 102, 114, 111, 109, 32, 49, 32, 116, 111, 32, 49, 48, 48, 48, 44, 32, 103, 105, 118, 101, 110, 32, 97, 116, 32, 109, 111, 115, 116, 32, 111, 110, 99, 101]); // "tollgate: the parameter `burst` must be a whole number from 1 to 1000, given at most once"
const PARAMETER_2: usize = memory.data<u8>([99, 111, 115, 116]); // "cost"
const EXPECTED_2: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 32, 96, 99, 111, 115, 116, 96, 32, 109, 117, 115, 116, 32, 98, 101, 32, 97, 32, 119, 104, 111, 108, 101, 32, 110, 117, 109, 98, 101, 114, 32, 102, 114, 111, 109, 32, 49, 32, 116, 111, 32, 49, 48, 48, 48, 48, 48, 48, 48, 48, 48, 44, 32, 103, 105, 118, 101, 110, 32, 97, 116, 32, 109, 111, 115, 116, 32, 111, 110, 99, 101]); // "tollgate: the parameter `cost` must be a whole number from 1 to 1000000000, given at most once"
const PARAMETER_3: usize = memory.data<u8>([108, 105, 109, 105, 116]); // "limit"
const EXPECTED_3: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 32, 96, 108, 105, 109, 105, 116, 96, 32, 109, 117, 115, 116, 32, 98, 101, 32, 97, 32, 119, 104, 111, 108, 101, 32, 110, 117, 109, 98, 101, 114, 32, 102, 114, 111, 109, 32, 49, 32, 116, 111, 32, 49, 48, 48, 48, 48, 48, 48, 48, 48, 48, 44, 32, 103, 105, 118, 101, 110, 32, 111, 110, 99, 101, 58, 32, 105, 116, 32, 104, 97, 115, 32, 110, 111, 32, 100, 101, 102, 97, 117, 108, 116]); // "tollgate: the parameter `limit` must be a whole number from 1 to 1000000000, given once: it has no default"
const PARAMETER_4: usize = memory.data<u8>([119, 104, 121]); // "why"
const EXPECTED_4: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 32, 96, 119, 104, 121, 96, 32, 109, 117, 115, 116, 32, 98, 101, 32, 97, 32, 115, 116, 114, 105, 110, 103, 32, 111, 102, 32, 97, 116, 32, 109, 111, 115, 116, 32, 52, 48, 57, 54, 32, 98, 121, 116, 101, 115, 44, 32, 103, 105, 118, 101, 110, 32, 97, 116, 32, 109, 111, 115, 116, 32, 111, 110, 99, 101]); // "tollgate: the parameter `why` must be a string of at most 4096 bytes, given at most once"
const PARAMETER_5: usize = memory.data<u8>([119, 105, 110, 100, 111, 119]); // "window"
const EXPECTED_5: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 32, 96, 119, 105, 110, 100, 111, 119, 96, 32, 109, 117, 115, 116, 32, 98, 101, 32, 97, 32, 100, 117, 114, 97, 116, 105, 111, 110, 32, 115, 117, 99, 104, 32, 97, 115, 32, 96, 53, 48, 48, 109, 115, 96, 44, 32, 96, 49, 109, 96, 32, 111, 114, 32, 96, 49, 104, 51, 48, 109, 96, 44, 32, 103, 105, 118, 101, 110, 32, 97, 116, 32, 109, 111, 115, 116, 32, 111, 110, 99, 101]); // "tollgate: the parameter `window` must be a duration such as `500ms`, `1m` or `1h30m`, given at most once"
const KNOWN: usize = memory.data<u8>([96, 59, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 115, 32, 97, 114, 101, 32, 96, 98, 117, 114, 115, 116, 96, 44, 32, 96, 99, 111, 115, 116, 96, 44, 32, 96, 108, 105, 109, 105, 116, 96, 44, 32, 96, 119, 104, 121, 96, 44, 32, 96, 119, 105, 110, 100, 111, 119, 96]); // "`; the parameters are `burst`, `cost`, `limit`, `why`, `window`"
const WRONG: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 115, 32, 96, 99, 111, 115, 116, 96, 44, 32, 96, 98, 117, 114, 115, 116, 96, 32, 109, 117, 115, 116, 32, 108, 101, 97, 118, 101, 32, 114, 111, 111, 109, 32, 102, 111, 114, 32, 119, 104, 97, 116, 32, 111, 110, 101, 32, 114, 101, 113, 117, 101, 115, 116, 32, 111, 102, 32, 100, 101, 102, 97, 117, 108, 116, 47, 102, 97, 105, 114, 45, 117, 115, 101, 32, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114, 32, 99, 111, 115, 116, 115]); // "tollgate: the parameters `cost`, `burst` must leave room for what one request of default/fair-use limits.per-caller cos
const WRONG_2: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 32, 96, 99, 111, 115, 116, 96, 32, 109, 117, 115, 116, 32, 108, 101, 97, 118, 101, 32, 114, 111, 111, 109, 32, 102, 111, 114, 32, 119, 104, 97, 116, 32, 111, 110, 101, 32, 114, 101, 113, 117, 101, 115, 116, 32, 111, 102, 32, 100, 101, 102, 97, 117, 108, 116, 47, 102, 97, 105, 114, 45, 117, 115, 101, 32, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114, 32, 99, 111, 115, 116, 115]); // "tollgate: the parameter `cost` must leave room for what one request of default/fair-use limits.per-caller costs"
const WRONG_3: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 32, 96, 108, 105, 109, 105, 116, 96, 32, 109, 117, 115, 116, 32, 108, 101, 97, 118, 101, 32, 114, 111, 111, 109, 32, 102, 111, 114, 32, 119, 104, 97, 116, 32, 111, 110, 101, 32, 114, 101, 113, 117, 101, 115, 116, 32, 111, 102, 32, 100, 101, 102, 97, 117, 108, 116, 47, 102, 97, 105, 114, 45, 117, 115, 101, 32, 108, 105, 109, 105, 116, 115, 46, 117, 110, 100, 101, 114, 45, 119, 97, 121, 32, 99, 111, 115, 116, 115]); // "tollgate: the parameter `limit` must leave room for what one request of default/fair-use limits.under-way costs"
const WRONG_4: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 115, 32, 96, 108, 105, 109, 105, 116, 96, 44, 32, 96, 119, 105, 110, 100, 111, 119, 96, 44, 32, 96, 98, 117, 114, 115, 116, 96, 32, 97, 114, 101, 32, 116, 111, 111, 32, 108, 97, 114, 103, 101, 32, 116, 111, 103, 101, 116, 104, 101, 114, 32, 116, 111, 32, 99, 111, 117, 110, 116, 32, 100, 101, 102, 97, 117, 108, 116, 47, 102, 97, 105, 114, 45, 117, 115, 101, 32, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114, 32, 101, 120, 97, 99, 116, 108, 121, 58, 32, 117, 115, 101, 32, 97, 32, 115, 104, 111, 114, 116, 101, 114, 32, 119, 105, 110, 100, 111, 119]); // "tollgate: the parameters `limit`, `window`, `burst` are too large together to count default/fair-use limits.per-caller 
const WRONG_5: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 112, 97, 114, 97, 109, 101, 116, 101, 114, 32, 96, 119, 105, 110, 100, 111, 119, 96, 32, 109, 117, 115, 116, 32, 100, 105, 102, 102, 101, 114, 32, 102, 114, 111, 109, 32, 116, 104, 101, 32, 111, 116, 104, 101, 114, 32, 119, 105, 110, 100, 111, 119, 115, 32, 111, 102, 32, 108, 105, 109, 105, 116, 115, 46, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114]); // "tollgate: the parameter `window` must differ from the other windows of limits.per-caller"
const QUOTA_2: usize = memory.data<u8>([34, 112, 101, 114, 45, 99, 97, 108, 108, 101, 114, 45]); // "\"per-caller-"
const QUOTA_3: usize = memory.data<u8>([34]); // "\""
const QUOTA_4: usize = memory.data<u8>([59, 113, 61]); // ";q="
const QUOTA_5: usize = memory.data<u8>([59, 119, 61]); // ";w="
const QUOTA_6: usize = memory.data<u8>([34, 117, 110, 100, 101, 114, 45, 119, 97, 121, 34]); // "\"under-way\""
const QUOTA_7: usize = memory.data<u8>([59, 113, 117, 61, 34, 99, 111, 110, 99, 117, 114, 114, 101, 110, 116, 45, 114, 101, 113, 117, 101, 115, 116, 115, 34]); // ";qu=\"concurrent-requests\""
const WHY_CHANGE_REFUSED: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 58, 114, 111, 117, 116, 105, 110, 103, 58, 99, 104, 97, 110, 103, 101, 45, 114, 101, 102, 117, 115, 101, 100]); // "tollgate:routing:change-refused"
