// Calls a host function by its name (without `proxy_`) with the arguments that were read. -1: no such function.
import * as env from "./env";
import { value } from "./arguments";
import { same } from "./text";

function i(index: i32): i32 {
  return i32(value(index));
}

export function call(from: usize, to: usize): i32 {
  if (same(from, to, "get_header_map_value"))
    return env.proxy_get_header_map_value(i(0), i(1), i(2), i(3), i(4));
  if (same(from, to, "get_header_map_pairs")) return env.proxy_get_header_map_pairs(i(0), i(1), i(2));
  if (same(from, to, "set_header_map_pairs")) return env.proxy_set_header_map_pairs(i(0), i(1), i(2));
  if (same(from, to, "get_header_map_size")) return env.proxy_get_header_map_size(i(0), i(1));
  if (same(from, to, "add_header_map_value"))
    return env.proxy_add_header_map_value(i(0), i(1), i(2), i(3), i(4));
  if (same(from, to, "replace_header_map_value"))
    return env.proxy_replace_header_map_value(i(0), i(1), i(2), i(3), i(4));
  if (same(from, to, "remove_header_map_value")) return env.proxy_remove_header_map_value(i(0), i(1), i(2));
  if (same(from, to, "get_buffer_bytes")) return env.proxy_get_buffer_bytes(i(0), i(1), i(2), i(3), i(4));
  if (same(from, to, "get_buffer_status")) return env.proxy_get_buffer_status(i(0), i(1), i(2));
  if (same(from, to, "set_buffer_bytes")) return env.proxy_set_buffer_bytes(i(0), i(1), i(2), i(3), i(4));
  if (same(from, to, "get_property")) return env.proxy_get_property(i(0), i(1), i(2), i(3));
  if (same(from, to, "set_property")) return env.proxy_set_property(i(0), i(1), i(2), i(3));
  if (same(from, to, "send_local_response"))
    return env.proxy_send_local_response(i(0), i(1), i(2), i(3), i(4), i(5), i(6), i(7));
  if (same(from, to, "continue_stream")) return env.proxy_continue_stream(i(0));
  if (same(from, to, "close_stream")) return env.proxy_close_stream(i(0));
  if (same(from, to, "set_effective_context")) return env.proxy_set_effective_context(i(0));
  if (same(from, to, "http_call"))
    return env.proxy_http_call(i(0), i(1), i(2), i(3), i(4), i(5), i(6), i(7), i(8), i(9));
  if (same(from, to, "grpc_call"))
    return env.proxy_grpc_call(i(0), i(1), i(2), i(3), i(4), i(5), i(6), i(7), i(8), i(9), i(10), i(11));
  if (same(from, to, "grpc_stream"))
    return env.proxy_grpc_stream(i(0), i(1), i(2), i(3), i(4), i(5), i(6), i(7), i(8));
  if (same(from, to, "grpc_send")) return env.proxy_grpc_send(i(0), i(1), i(2), i(3));
  if (same(from, to, "grpc_cancel")) return env.proxy_grpc_cancel(i(0));
  if (same(from, to, "grpc_close")) return env.proxy_grpc_close(i(0));
  if (same(from, to, "get_status")) return env.proxy_get_status(i(0), i(1), i(2));
  if (same(from, to, "get_shared_data")) return env.proxy_get_shared_data(i(0), i(1), i(2), i(3), i(4));
  if (same(from, to, "set_shared_data")) return env.proxy_set_shared_data(i(0), i(1), i(2), i(3), i(4));
  if (same(from, to, "register_shared_queue")) return env.proxy_register_shared_queue(i(0), i(1), i(2));
  if (same(from, to, "resolve_shared_queue"))
    return env.proxy_resolve_shared_queue(i(0), i(1), i(2), i(3), i(4));
  if (same(from, to, "enqueue_shared_queue")) return env.proxy_enqueue_shared_queue(i(0), i(1), i(2));
  if (same(from, to, "dequeue_shared_queue")) return env.proxy_dequeue_shared_queue(i(0), i(1), i(2));
  if (same(from, to, "define_metric")) return env.proxy_define_metric(i(0), i(1), i(2), i(3));
  if (same(from, to, "increment_metric")) return env.proxy_increment_metric(i(0), value(1));
  if (same(from, to, "record_metric")) return env.proxy_record_metric(i(0), value(1));
  if (same(from, to, "get_metric")) return env.proxy_get_metric(i(0), i(1));
  if (same(from, to, "call_foreign_function"))
    return env.proxy_call_foreign_function(i(0), i(1), i(2), i(3), i(4), i(5));
  if (same(from, to, "set_tick_period_milliseconds")) return env.proxy_set_tick_period_milliseconds(i(0));
  if (same(from, to, "get_current_time_nanoseconds")) return env.proxy_get_current_time_nanoseconds(i(0));
  if (same(from, to, "get_log_level")) return env.proxy_get_log_level(i(0));
  if (same(from, to, "done")) return env.proxy_done();
  if (same(from, to, "log")) return env.proxy_log(i(0), i(1), i(2));
  return -1;
}
