// Asks the cluster "auth" about each request and does what it answers.
import * as env from "./env";
import { buffer, header, log, OUT, pairCount, pairs, replace, respond, text } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

const waiting = new Map<i32, i32>();

function ask(cluster: string, method: string, path: string, body: string, timeout: i32): i32 {
  const name = text(cluster);
  const content = text(body);
  let list = ":authority\0auth.test\0x-one\01\0";
  let count = 2;
  if (path != "") (list = ":path\0" + path + "\0" + list), count++;
  if (method != "") (list = ":method\0" + method + "\0" + list), count++;
  const headers = pairs(list, count);
  const at = changetype<usize>(headers);
  store<u32>(OUT, 77);
  return env.proxy_http_call(name.at, name.size, at, headers.byteLength, content.at, content.size, 0, 0, timeout, OUT);
}

export function proxy_on_configure(context: i32, size: i32): i32 {
  const what = buffer(7, 0, size);
  if (what == "tick") env.proxy_set_tick_period_milliseconds(10);
  if (what == "early") log("early=" + ask("auth", "GET", "/early", "", 0).toString());
  return 1;
}

export function proxy_on_tick(context: i32): void {
  env.proxy_set_tick_period_milliseconds(0);
  ask("auth", "GET", "/tick", "", 0);
}

export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  const path = header(0, ":path");
  if (path == "/refused") {
    log("unknown=" + ask("other", "GET", "/", "", 0).toString() + " token=" + load<i32>(OUT).toString());
    log("method=" + ask("auth", "", "/", "", 0).toString() + " path=" + ask("auth", "GET", "", "", 0).toString());
    log("timeout=" + ask("auth", "GET", "/", "", -1).toString());
    return 0;
  }
  const post = path == "/post";
  const status = ask("auth", post ? "POST" : "GET", path, post ? "question" : "", 100);
  log("called=" + status.toString() + " token=" + load<i32>(OUT).toString());
  waiting.set(load<i32>(OUT), context);
  return 1;
}

export function proxy_on_http_call_response(context: i32, token: i32, headers: i32, size: i32, trailers: i32): void {
  const counts = headers.toString() + "," + size.toString() + "," + trailers.toString();
  log("root=" + context.toString() + " token=" + token.toString() + " counts=" + counts);
  log(":status=" + header(6, ":status") + " body=" + buffer(4, 0, size) + " trailer=" + header(7, "x-end"));
  env.proxy_get_status(OUT + 12, OUT, OUT + 4);
  const message = load<u32>(OUT + 4) == 0 ? "" : String.UTF8.decodeUnsafe(load<u32>(OUT), load<u32>(OUT + 4));
  log("code=" + load<i32>(OUT + 12).toString() + " message=" + message);
  log("write=" + replace(6, "x", "y").toString() + " root reply=" + env.proxy_continue_stream(0).toString());
  if (header(6, "x-tick") == "on") env.proxy_set_tick_period_milliseconds(10);
  if (!waiting.has(token)) return;
  const stream = waiting.get(token);
  waiting.delete(token);
  const effective = env.proxy_set_effective_context(stream);
  log("effective=" + effective.toString() + " pairs=" + pairCount(6).toString());
  const verdict = header(6, ":status");
  if (verdict == "403") respond(403, "auth said no", "denied", -1);
  if (verdict == "599") unreachable();
  replace(0, "x-user", header(6, "x-user"));
  env.proxy_continue_stream(0);
}
