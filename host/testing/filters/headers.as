// Does what the path says, and logs what the host answered. No body callbacks.
import * as env from "./env";
import { add, header, log, OUT, pairCount, property, remove, replace, respond, text } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

const paused: i32[] = [];
const denied: i32[] = [];

export function proxy_on_configure(context: i32, size: i32): i32 {
  env.proxy_set_tick_period_milliseconds(20);
  return 1;
}

export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  const path = header(0, ":path");
  if (path.startsWith("/deny")) {
    respond(403, "denied by test", "no\n", -1);
    return 0;
  }
  if (path.startsWith("/limit")) {
    respond(429, "limited", "too many: 100%", -1);
    return 1;
  }
  if (path.startsWith("/twice")) {
    respond(401, "first", "", -1);
    respond(402, "second", "", -1);
  }
  if (path.startsWith("/grow")) memory.grow(16);
  if (path.startsWith("/trap")) unreachable();
  if (path.startsWith("/later")) {
    (path.startsWith("/later/deny") ? denied : paused).push(context);
    return 1;
  }
  if (path.startsWith("/edit")) {
    add(0, "X-Added", "a");
    add(0, "x-added", "b");
    add(0, "accept", "c");
    replace(0, ":path", "/edited");
    replace(0, "x-many", "one");
    remove(0, "X-Remove");
    replace(0, "Host", "other.test");
  }
  if (path.startsWith("/look")) {
    log("x-many=" + header(0, "X-Many") + " pairs=" + pairCount(0).toString() + " count=" + count.toString());
    log("none=" + header(0, "x-none") + " map=" + header(9, "a") + " response=" + header(2, ":status"));
    log("host=" + header(0, "host") + " end=" + end.toString());
  }
  if (path.startsWith("/property")) {
    log("method=" + property("request\0method") + " path=" + property("request\0path"));
    log("source=" + property("source\0address") + " plugin=" + property("plugin_name") + " none=" + property("node"));
    log("direct=" + property("filter_state\0tollgate.direct_remote_address"));
    const key = text("note");
    const value = text("kept");
    env.proxy_set_property(key.at, key.size, value.at, value.size);
    log("set=" + property("note") + " state=" + property("filter_state\0wasm.note"));
  }
  if (path.startsWith("/clear")) {
    const name = text("clear_route_cache");
    const other = text("verify_signature");
    const unknown = text("nothing");
    log(
      env.proxy_call_foreign_function(name.at, name.size, 0, 0, OUT, OUT + 4).toString() +
        env.proxy_call_foreign_function(other.at, other.size, 0, 0, OUT, OUT + 4).toString() +
        env.proxy_call_foreign_function(unknown.at, unknown.size, 0, 0, OUT, OUT + 4).toString() +
        env.proxy_http_call(0, 0, 0, 0, 0, 0, 0, 0, 0, OUT).toString(),
    );
  }
  return 0;
}

export function proxy_on_response_headers(context: i32, count: i32, end: i32): i32 {
  log("response " + header(2, ":status") + " request=" + header(0, ":path") + " pairs=" + pairCount(0).toString());
  if (header(2, "x-trap") == "now") unreachable();
  if (header(2, "x-answer") == "now") respond(502, "answered_late", "late", -1);
  add(2, "x-response", "seen");
  return 0;
}

export function proxy_on_tick(context: i32): void {
  if (env.proxy_set_effective_context(99999) != 2) unreachable();
  while (denied.length > 0) {
    env.proxy_set_effective_context(denied.pop());
    respond(418, "later", "", -1);
  }
  while (paused.length > 0) {
    env.proxy_set_effective_context(paused.pop());
    replace(0, "x-late", "yes");
    env.proxy_continue_stream(0);
  }
}

export function proxy_on_log(context: i32): void {
  log("log " + header(0, ":path") + " " + header(2, ":status") + " write=" + add(0, "x", "y").toString());
}
