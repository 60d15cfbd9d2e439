// Tells the time: at each tick, every two seconds, and for each request in both ways there are, with random bytes.
import * as env from "./env";
import * as wasi from "./wasi_snapshot_preview1";
import { header, log, OUT } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

function now(): string {
  env.proxy_get_current_time_nanoseconds(OUT);
  return (load<i64>(OUT) / 1000000).toString();
}

export function proxy_on_configure(context: i32, size: i32): i32 {
  env.proxy_set_tick_period_milliseconds(2000);
  return 1;
}

export function proxy_on_tick(context: i32): void {
  log("tick " + now());
}

export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  if (header(0, ":path") == "/trap") unreachable();
  const host = now();
  wasi.clock_time_get(0, 0, OUT);
  log("host " + host + " wasi " + (load<i64>(OUT) / 1000000).toString());
  wasi.random_get(OUT, 8);
  log("random " + load<u64>(OUT).toString());
  return 0;
}
