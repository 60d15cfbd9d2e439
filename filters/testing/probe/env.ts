// AssemblyScript: the host functions that the probe uses; the file's name is the import module.
export declare function proxy_log(level: i32, text: usize, size: usize): i32;
export declare function proxy_get_property(path: usize, size: usize, addressOut: usize, sizeOut: usize): i32;
export declare function proxy_get_buffer_bytes(
  type: i32,
  start: i32,
  length: i32,
  addressOut: usize,
  sizeOut: usize,
): i32;
export declare function proxy_set_buffer_bytes(
  type: i32,
  start: i32,
  length: i32,
  data: usize,
  size: usize,
): i32;
export declare function proxy_get_header_map_value(
  type: i32,
  key: usize,
  keySize: usize,
  addressOut: usize,
  sizeOut: usize,
): i32;
export declare function proxy_add_header_map_value(
  type: i32,
  key: usize,
  keySize: usize,
  value: usize,
  valueSize: usize,
): i32;
export declare function proxy_remove_header_map_value(type: i32, key: usize, keySize: usize): i32;
export declare function proxy_define_metric(type: i32, name: usize, nameSize: usize, idOut: usize): i32;
export declare function proxy_increment_metric(id: i32, offset: i64): i32;
export declare function proxy_record_metric(id: i32, value: i64): i32;
export declare function proxy_set_tick_period_milliseconds(period: i32): i32;
