// The host's functions, exactly as Envoy offers them under Proxy-Wasm ABI 0.2.1. asc takes the module name `env` from
// this file's name, so no decorators are needed; only the functions that are really called become imports.
//
// Every pointer and length counts bytes in the filter's linear memory; `out` parameters receive a little-endian word.
// A function that answers with bytes first asks the filter for memory (`proxy_on_memory_allocate`, see arena.ts).

export declare function proxy_log(level: u32, message: usize, size: usize): u32;
export declare function proxy_get_log_level(out: usize): u32;
export declare function proxy_set_tick_period_milliseconds(period: u32): u32;
export declare function proxy_get_current_time_nanoseconds(out: usize): u32;

export declare function proxy_get_property(
  path: usize,
  pathSize: usize,
  outValue: usize,
  outSize: usize,
): u32;
export declare function proxy_set_property(path: usize, pathSize: usize, value: usize, valueSize: usize): u32;

export declare function proxy_get_buffer_bytes(
  buffer: u32,
  start: u32,
  length: u32,
  outValue: usize,
  outSize: usize,
): u32;
export declare function proxy_get_buffer_status(buffer: u32, outLength: usize, outFlags: usize): u32;
export declare function proxy_set_buffer_bytes(
  buffer: u32,
  start: u32,
  length: u32,
  value: usize,
  valueSize: usize,
): u32;

export declare function proxy_get_header_map_pairs(map: u32, outValue: usize, outSize: usize): u32;
export declare function proxy_set_header_map_pairs(map: u32, pairs: usize, size: usize): u32;
export declare function proxy_get_header_map_value(
  map: u32,
  name: usize,
  nameSize: usize,
  outValue: usize,
  outSize: usize,
): u32;
export declare function proxy_add_header_map_value(
  map: u32,
  name: usize,
  nameSize: usize,
  value: usize,
  valueSize: usize,
): u32;
export declare function proxy_replace_header_map_value(
  map: u32,
  name: usize,
  nameSize: usize,
  value: usize,
  valueSize: usize,
): u32;
export declare function proxy_remove_header_map_value(map: u32, name: usize, nameSize: usize): u32;

export declare function proxy_send_local_response(
  status: u32,
  details: usize,
  detailsSize: usize,
  body: usize,
  bodySize: usize,
  headers: usize,
  headersSize: usize,
  grpcStatus: i32,
): u32;
export declare function proxy_call_foreign_function(
  name: usize,
  nameSize: usize,
  argument: usize,
  argumentSize: usize,
  outValue: usize,
  outSize: usize,
): u32;
export declare function proxy_get_header_map_size(map: u32, outBytes: usize): u32;
export declare function proxy_continue_stream(stream: u32): u32;
export declare function proxy_close_stream(stream: u32): u32;

export declare function proxy_http_call(
  cluster: usize,
  clusterSize: usize,
  headers: usize,
  headersSize: usize,
  body: usize,
  bodySize: usize,
  trailers: usize,
  trailersSize: usize,
  timeoutMilliseconds: u32,
  outToken: usize,
): u32;
export declare function proxy_grpc_call(
  service: usize,
  serviceSize: usize,
  name: usize,
  nameSize: usize,
  method: usize,
  methodSize: usize,
  metadata: usize,
  metadataSize: usize,
  message: usize,
  messageSize: usize,
  timeoutMilliseconds: u32,
  outToken: usize,
): u32;
export declare function proxy_grpc_stream(
  service: usize,
  serviceSize: usize,
  name: usize,
  nameSize: usize,
  method: usize,
  methodSize: usize,
  metadata: usize,
  metadataSize: usize,
  outToken: usize,
): u32;
export declare function proxy_grpc_send(token: u32, message: usize, size: usize, endOfStream: u32): u32;
export declare function proxy_grpc_cancel(token: u32): u32;
export declare function proxy_grpc_close(token: u32): u32;
export declare function proxy_get_status(outCode: usize, outMessage: usize, outSize: usize): u32;

export declare function proxy_get_shared_data(
  key: usize,
  keySize: usize,
  outValue: usize,
  outSize: usize,
  outCas: usize,
): u32;
export declare function proxy_set_shared_data(
  key: usize,
  keySize: usize,
  value: usize,
  valueSize: usize,
  cas: u32,
): u32;
export declare function proxy_register_shared_queue(name: usize, nameSize: usize, outToken: usize): u32;
export declare function proxy_resolve_shared_queue(
  vmId: usize,
  vmIdSize: usize,
  name: usize,
  nameSize: usize,
  outToken: usize,
): u32;
export declare function proxy_enqueue_shared_queue(token: u32, value: usize, size: usize): u32;
export declare function proxy_dequeue_shared_queue(token: u32, outValue: usize, outSize: usize): u32;

export declare function proxy_define_metric(type: u32, name: usize, nameSize: usize, outId: usize): u32;
export declare function proxy_increment_metric(id: u32, by: i64): u32;
export declare function proxy_record_metric(id: u32, value: u64): u32;
export declare function proxy_get_metric(id: u32, outValue: usize): u32;

export declare function proxy_set_effective_context(context: u32): u32;
export declare function proxy_done(): u32;
