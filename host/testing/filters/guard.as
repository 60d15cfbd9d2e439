// The filter of the README's tests: asks a cluster, named by the configuration, about each user, and lets through whom it
// knows. `/open` is open to everybody.
import * as env from "./env";
import { add, buffer, header, OUT, pairs, property, remove, replace, respond, text } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

let cluster = "";
let allowed = 0;
const waiting = new Map<i32, i32>();
const WARN = 3;

export function proxy_on_configure(context: i32, size: i32): i32 {
  cluster = buffer(7, 0, size);
  const name = text("guard_allowed");
  env.proxy_define_metric(0, name.at, name.size, OUT);
  allowed = load<i32>(OUT);
  return 1;
}

export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  if (header(0, ":path") == "/open") {
    replace(0, "x-peer", property("connection\0uri_san_peer_certificate"));
    return 0;
  }
  const list = ":method\0GET\0:path\0/users\0:authority\0users\0x-user\0" + header(0, "x-user") + "\0";
  const headers = pairs(list, 4);
  const name = text(cluster);
  env.proxy_http_call(name.at, name.size, changetype<usize>(headers), headers.byteLength, 0, 0, 0, 0, 2000, OUT);
  waiting.set(load<i32>(OUT), context);
  return 1;
}

export function proxy_on_http_call_response(context: i32, token: i32, headers: i32, size: i32, trailers: i32): void {
  env.proxy_set_effective_context(waiting.get(token));
  waiting.delete(token);
  const status = header(6, ":status");
  if (status == "200") {
    env.proxy_increment_metric(allowed, 1);
    replace(0, "x-guarded", "yes");
    remove(0, "x-user");
    env.proxy_continue_stream(0);
  } else if (status == "504") respond(503, "guard:no_answer", "", -1);
  else {
    const user = header(0, "x-user");
    const line = text("the user " + user + " is not known");
    env.proxy_log(WARN, line.at, line.size);
    respond(403, "guard:unknown", "not you, " + user, -1);
  }
}

export function proxy_on_response_headers(context: i32, count: i32, end: i32): i32 {
  add(2, "x-guard", "passed");
  return 0;
}
