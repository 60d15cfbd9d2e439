// AssemblyScript: a filter with limits that all workers share, for runtime-tests/shared-limits. The path says which: `/small`,
// `/leased`, or `/both`, which gives back what it took of the second where the first refuses. 200 where it passes, else 429; 500
// where the proxy failed. The body tells the worker.
import {
  Bytes,
  Headers,
  HeadersAction,
  HttpContext,
  registerFilter,
  sendLocalResponse,
} from "proxy-wasm-assemblyscript-sdk";
import { beginKey, now } from "../../../filters/runtime/limit-key";
import { FIXED } from "../../../filters/runtime/limits/shape";
import {
  FAILED,
  sharedGiveBack,
  sharedReserve,
  SHARED_BYTES,
  sharedTake,
} from "../../../filters/runtime/limits/shared";
import { seedSharedKeys } from "../../../filters/runtime/limits/shared-seed";

/** The window that began in 1970 ends in 2043. */
const WINDOW: u64 = 1 << 61;

const SMALL: usize = memory.data(48, 8);
const SMALL_STATE: usize = memory.data(SHARED_BYTES, 8);
const LEASED: usize = memory.data(48, 8);
const LEASED_STATE: usize = memory.data(SHARED_BYTES, 8);

/** A fixed window of one rate, in one set of eight cells. */
function describe(limit: usize, most: u64): void {
  store<u32>(limit, FIXED);
  store<u32>(limit, 1, 4);
  store<u32>(limit, 8, 8);
  store<u32>(limit, 0, 12);
  store<u64>(limit, WINDOW, 16);
  store<u64>(limit, most, 24);
}

let worker: string = "";

class Limiter extends HttpContext {
  override onConfigure(configuration: Bytes): bool {
    describe(SMALL, 100);
    describe(LEASED, 10000);
    worker = now().toString();
    return seedSharedKeys() && sharedReserve(SMALL, SMALL_STATE, 1) && sharedReserve(LEASED, LEASED_STATE, 2);
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const path = headers.get(":path");
    const time = now();
    if (path === null) return answer(FAILED);
    if (path.equals("/small")) return answer(sharedTake(SMALL, SMALL_STATE, beginKey(1), 1, time));
    const leased = sharedTake(LEASED, LEASED_STATE, beginKey(2), 1, time);
    if (leased != 0 || path.equals("/leased")) return answer(leased);
    const small = sharedTake(SMALL, SMALL_STATE, beginKey(1), 1, time);
    if (small != 0 && !sharedGiveBack(LEASED, LEASED_STATE, beginKey(2), 1, time)) return answer(FAILED);
    return answer(small);
  }
}

function answer(wait: u64): HeadersAction {
  const status: u32 = wait == 0 ? 200 : wait == FAILED ? 500 : 429;
  sendLocalResponse(status, worker, "");
  return HeadersAction.StopIteration;
}

registerFilter(() => new Limiter());
