// Counters gathered in linear memory and handed to the proxy on a timer: a request pays an addition, not a host call. A
// counter is {u64 number since the last hand-over, u32 metric}.
import {
  proxy_define_metric,
  proxy_increment_metric,
  proxy_set_tick_period_milliseconds,
} from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";

/** The metric type of a counter in the ABI. */
const COUNTER: u32 = 0;

/** Defines the metric of a counter; false where the proxy refused. */
export function defineCounter(counter: usize, name: usize, size: u32): bool {
  return proxy_define_metric(COUNTER, name, size, counter + 8) == Status.Ok;
}

/** Has the timer called so often; false where the proxy refused. */
export function flushEvery(milliseconds: u32): bool {
  return proxy_set_tick_period_milliseconds(milliseconds) == Status.Ok;
}

/** Counts one. */
export function count(counter: usize): void {
  store<u64>(counter, load<u64>(counter) + 1);
}

/** Hands over what was counted. What the proxy does not take is kept for the next time. */
export function flushCounters(counters: usize, number: u32): void {
  for (let counter = counters; counter < counters + <usize>number * 16; counter += 16) {
    const counted = load<u64>(counter);
    if (counted == 0) continue;
    if (proxy_increment_metric(load<u32>(counter, 8), <i64>counted) == Status.Ok) store<u64>(counter, 0);
  }
}
