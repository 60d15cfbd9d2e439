// Calls the foreign function that the request body names, up to the first "|", with the rest of the body, and puts
// "status:" and the result in the body's place.
import * as env from "./env";
import { log, OUT, property, text } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

function call(data: usize, size: i32): i32 {
  let name = 0;
  while (load<u8>(data + name) != 0x7c) name++;
  store<u64>(OUT, 0x100000001);
  return env.proxy_call_foreign_function(data, name, data + name + 1, size - name - 1, OUT, OUT + 4);
}

export function proxy_on_configure(context: i32, size: i32): i32 {
  if (size == 0) return 1;
  env.proxy_get_buffer_bytes(7, 0, size, OUT, OUT + 4);
  log("configure=" + call(load<u32>(OUT), size).toString());
  return 1;
}

export function proxy_on_request_body(context: i32, size: i32, end: i32): i32 {
  env.proxy_get_buffer_bytes(0, 0, size, OUT, OUT + 4);
  const status = call(load<u32>(OUT), size);
  log("status=" + status.toString());
  env.proxy_set_buffer_bytes(0, 0, size, load<u32>(OUT), load<u32>(OUT + 4));
  return 0;
}

export function proxy_on_response_headers(context: i32, count: i32, end: i32): i32 {
  const key = text("note");
  const value = text("one");
  const first = env.proxy_set_property(key.at, key.size, value.at, value.size);
  const second = env.proxy_set_property(key.at, key.size, key.at, key.size);
  log("set=" + first.toString() + second.toString() + " note=" + property("note"));
  log("string=" + property("filter_state\0envoy.string"));
  return 0;
}
