// Time.
import { ANSWER, keep, succeeded } from "./abi/answer";
import { proxy_get_current_time_nanoseconds, proxy_set_tick_period_milliseconds } from "./abi/env";
import { Status } from "./abi/numbers";

/** Nanoseconds since 1970, by the proxy's clock, which can step back; 0 where the host does not say. */
export function now(): u64 {
  return succeeded(proxy_get_current_time_nanoseconds(ANSWER)) ? load<u64>(ANSWER) : 0;
}

/**
 * Has `onTick` called on the filter object every so many milliseconds; 0 ends it. There is one period for a filter
 * object, and each worker thread ticks on its own. Valid in the filter object's callbacks.
 */
export function setTickPeriod(milliseconds: u32): Status {
  return keep(proxy_set_tick_period_milliseconds(milliseconds));
}
