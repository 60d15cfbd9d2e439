// Every function of the host; the file's name is the import module.
export declare function proxy_log(level: i32, p: usize, s: i32): i32;
export declare function proxy_get_log_level(out: usize): i32;
export declare function proxy_set_tick_period_milliseconds(period: i32): i32;
export declare function proxy_get_current_time_nanoseconds(out: usize): i32;
export declare function proxy_get_property(p: usize, s: i32, pp: usize, sp: usize): i32;
export declare function proxy_set_property(p: usize, s: i32, vp: usize, vs: i32): i32;
export declare function proxy_get_buffer_bytes(t: i32, start: i32, length: i32, pp: usize, sp: usize): i32;
export declare function proxy_get_buffer_status(t: i32, length: usize, flags: usize): i32;
export declare function proxy_set_buffer_bytes(t: i32, start: i32, length: i32, p: usize, s: i32): i32;
export declare function proxy_get_header_map_pairs(t: i32, pp: usize, sp: usize): i32;
export declare function proxy_set_header_map_pairs(t: i32, p: usize, s: i32): i32;
export declare function proxy_get_header_map_value(t: i32, kp: usize, ks: i32, pp: usize, sp: usize): i32;
export declare function proxy_add_header_map_value(t: i32, kp: usize, ks: i32, vp: usize, vs: i32): i32;
export declare function proxy_replace_header_map_value(t: i32, kp: usize, ks: i32, vp: usize, vs: i32): i32;
export declare function proxy_remove_header_map_value(t: i32, kp: usize, ks: i32): i32;
export declare function proxy_get_header_map_size(t: i32, out: usize): i32;
export declare function proxy_continue_stream(t: i32): i32;
export declare function proxy_close_stream(t: i32): i32;
export declare function proxy_send_local_response(
  code: i32,
  dp: usize,
  ds: i32,
  bp: usize,
  bs: i32,
  hp: usize,
  hs: i32,
  grpc: i32,
): i32;
export declare function proxy_http_call(
  cp: usize,
  cs: i32,
  hp: usize,
  hs: i32,
  bp: usize,
  bs: i32,
  tp: usize,
  ts: i32,
  timeout: i32,
  out: usize,
): i32;
export declare function proxy_grpc_call(
  gp: usize,
  gs: i32,
  sp: usize,
  ss: i32,
  mp: usize,
  ms: i32,
  hp: usize,
  hs: i32,
  bp: usize,
  bs: i32,
  timeout: i32,
  out: usize,
): i32;
export declare function proxy_grpc_stream(
  gp: usize,
  gs: i32,
  sp: usize,
  ss: i32,
  mp: usize,
  ms: i32,
  hp: usize,
  hs: i32,
  out: usize,
): i32;
export declare function proxy_grpc_send(token: i32, p: usize, s: i32, end: i32): i32;
export declare function proxy_grpc_cancel(token: i32): i32;
export declare function proxy_grpc_close(token: i32): i32;
export declare function proxy_get_status(code: usize, pp: usize, sp: usize): i32;
export declare function proxy_get_shared_data(kp: usize, ks: i32, pp: usize, sp: usize, cas: usize): i32;
export declare function proxy_set_shared_data(kp: usize, ks: i32, vp: usize, vs: i32, cas: i32): i32;
export declare function proxy_register_shared_queue(p: usize, s: i32, out: usize): i32;
export declare function proxy_resolve_shared_queue(vp: usize, vs: i32, p: usize, s: i32, out: usize): i32;
export declare function proxy_enqueue_shared_queue(token: i32, p: usize, s: i32): i32;
export declare function proxy_dequeue_shared_queue(token: i32, pp: usize, sp: usize): i32;
export declare function proxy_define_metric(t: i32, p: usize, s: i32, out: usize): i32;
export declare function proxy_increment_metric(id: i32, by: i64): i32;
export declare function proxy_record_metric(id: i32, value: i64): i32;
export declare function proxy_get_metric(id: i32, out: usize): i32;
export declare function proxy_set_effective_context(id: i32): i32;
export declare function proxy_done(): i32;
export declare function proxy_call_foreign_function(
  np: usize,
  ns: i32,
  ap: usize,
  as_: i32,
  pp: usize,
  sp: usize,
): i32;
