// The host's functions, bare. asc takes the module name `env` from this file's name.

export declare function proxy_get_header_map_value(
  map: u32,
  name: usize,
  nameSize: usize,
  outValue: usize,
  outSize: usize,
): u32;
export declare function proxy_get_header_map_pairs(map: u32, outPairs: usize, outSize: usize): u32;
export declare function proxy_replace_header_map_value(
  map: u32,
  name: usize,
  nameSize: usize,
  value: usize,
  valueSize: usize,
): u32;
export declare function proxy_add_header_map_value(
  map: u32,
  name: usize,
  nameSize: usize,
  value: usize,
  valueSize: usize,
): u32;
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
export declare function proxy_get_shared_data(
  key: usize,
  keySize: usize,
  outValue: usize,
  outSize: usize,
  outVersion: usize,
): u32;
export declare function proxy_set_shared_data(
  key: usize,
  keySize: usize,
  value: usize,
  valueSize: usize,
  version: u32,
): u32;
export declare function proxy_get_current_time_nanoseconds(out: usize): u32;
export declare function proxy_call_foreign_function(
  name: usize,
  nameSize: usize,
  argument: usize,
  argumentSize: usize,
  outResult: usize,
  outSize: usize,
): u32;
