// A network filter that does what the client's first bytes say.
import * as env from "./env";
import { buffer, log, property, replace, respond, setBuffer } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

const waiting: i32[] = [];

export function proxy_on_configure(context: i32, size: i32): i32 {
  env.proxy_set_tick_period_milliseconds(10);
  return 1;
}

export function proxy_on_context_create(context: i32, parent: i32): void {
  log("create " + context.toString() + " of " + parent.toString());
}

export function proxy_on_new_connection(context: i32): i32 {
  log("new " + property("source\0address") + " method=" + property("request\0method"));
  return 0;
}

export function proxy_on_downstream_data(context: i32, size: i32, end: i32): i32 {
  const data = buffer(2, 0, size);
  log("down " + data + " end=" + end.toString());
  if (data.startsWith("trap")) unreachable();
  if (data.startsWith("hold") && !data.endsWith(".")) return 1;
  if (data.startsWith("later")) {
    waiting.push(context);
    return 1;
  }
  if (data.startsWith("edit")) setBuffer(2, 0, size, "edited");
  if (data.startsWith("close")) {
    log("close=" + env.proxy_close_stream(2).toString());
    return 1;
  }
  if (data.startsWith("http")) {
    respond(403, "no", "no", -1);
    log("continue=" + env.proxy_continue_stream(0).toString() + env.proxy_continue_stream(3).toString() + env.proxy_continue_stream(4).toString() + " header=" + replace(0, "a", "b").toString());
  }
  return 0;
}

export function proxy_on_upstream_data(context: i32, size: i32, end: i32): i32 {
  log("up " + buffer(3, 0, size) + " end=" + end.toString());
  if (size > 0) setBuffer(3, size, 0, "!");
  return 0;
}

export function proxy_on_tick(context: i32): void {
  while (waiting.length > 0) {
    env.proxy_set_effective_context(waiting.pop());
    log("held " + buffer(2, 0, 5));
    env.proxy_continue_stream(2);
  }
}

export function proxy_on_downstream_connection_close(context: i32, peer: i32): void {
  log("down closed by " + peer.toString());
}

export function proxy_on_upstream_connection_close(context: i32, peer: i32): void {
  log("up closed by " + peer.toString());
}

export function proxy_on_done(context: i32): i32 {
  log("done " + context.toString());
  return 1;
}

export function proxy_on_log(context: i32): void {
  log("log");
}

export function proxy_on_delete(context: i32): void {
  log("delete");
}
