// Logs at the end of each stream what there is to know of it as a whole.
import { log, OUT, property } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

// The value of an integer, a time or a duration.
function number(path: string): string {
  const value = property(path);
  return value.startsWith("!") ? value : load<i64>(load<u32>(OUT)).toString();
}

export function proxy_on_log(context: i32): void {
  log("code=" + number("response\0code") + " details=" + property("response\0code_details") + " flags=" + number("response\0flags"));
  log("sent=" + number("request\0size") + " got=" + number("response\0size"));
  log("duration=" + number("request\0duration") + " upstream=" + number("response\0backend_latency"));
}
