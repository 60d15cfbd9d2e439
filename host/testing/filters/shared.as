// Shared data, queues, metrics and configuration, tried once in on_configure and logged.
import * as env from "./env";
import { buffer, given, log, OUT, text } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

function set(key: string, value: string, cas: i32): i32 {
  const k = text(key);
  const v = text(value);
  return env.proxy_set_shared_data(k.at, k.size, v.at, v.size, cas);
}

function get(key: string): i32 {
  const k = text(key);
  return env.proxy_get_shared_data(k.at, k.size, OUT, OUT + 4, OUT + 8);
}

function metric(type: i32, name: string): i32 {
  const n = text(name);
  env.proxy_define_metric(type, n.at, n.size, OUT + 16);
  return load<i32>(OUT + 16);
}

export function proxy_on_vm_start(context: i32, size: i32): i32 {
  log("vm=" + buffer(6, 0, 100) + " plugin=" + buffer(7, 0, 100));
  return 1;
}

export function proxy_on_configure(context: i32, size: i32): i32 {
  const configuration = buffer(7, 0, 100);
  log("plugin=" + configuration + " size=" + size.toString());
  if (configuration == "refuse") return 0;
  if (configuration == "trap") unreachable();

  log("missing=" + get("k").toString());
  set("k", "one", 0);
  get("k");
  const cas = load<i32>(OUT + 8);
  log("value=" + given());
  log("cas=" + set("k", "two", cas).toString() + " stale=" + set("k", "three", cas).toString());
  get("k");
  log("value=" + given());

  const counter = metric(0, "requests");
  log("count=" + env.proxy_increment_metric(counter, 3).toString() + " zero=" + env.proxy_increment_metric(counter, 0).toString());
  env.proxy_get_metric(counter, OUT + 24);
  log("counter=" + load<i64>(OUT + 24).toString() + " new=" + (metric(0, "requests") != counter).toString());
  const gauge = metric(1, "open");
  env.proxy_record_metric(gauge, 10);
  env.proxy_increment_metric(gauge, -4);
  const histogram = metric(2, "sizes");
  env.proxy_record_metric(histogram, 7);
  log("histogram=" + env.proxy_get_metric(histogram, OUT + 24).toString());
  log("unknown=" + env.proxy_increment_metric(4000, 1).toString());

  const queue = text("jobs");
  log("unknown queue=" + env.proxy_resolve_shared_queue(0, 0, queue.at, queue.size, OUT).toString());
  env.proxy_register_shared_queue(queue.at, queue.size, OUT);
  const token = load<i32>(OUT);
  log("empty=" + env.proxy_dequeue_shared_queue(token, OUT, OUT + 4).toString());
  const item = text("job 1");
  env.proxy_enqueue_shared_queue(token, item.at, item.size);
  return 1;
}

export function proxy_on_queue_ready(context: i32, token: i32): void {
  env.proxy_dequeue_shared_queue(token, OUT, OUT + 4);
  log("ready " + given());
}
