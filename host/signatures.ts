import type { AbiVersion } from "./abi.ts";

/**
 * Every function Envoy offers to a filter and every callback it looks for, with its type. A type is written as
 * parameters, `:`, result; `i` is i32, `I` is i64. Envoy refuses a module that imports anything else, or that
 * imports or exports one of these with another type.
 */
export type Signature = string;

const imports: Record<string, Signature> = {
  proxy_log: "iii:i",
  proxy_set_tick_period_milliseconds: "i:i",
  proxy_get_current_time_nanoseconds: "i:i",
  proxy_get_property: "iiii:i",
  proxy_set_property: "iiii:i",
  proxy_get_buffer_bytes: "iiiii:i",
  proxy_get_buffer_status: "iii:i",
  proxy_set_buffer_bytes: "iiiii:i",
  proxy_get_header_map_pairs: "iii:i",
  proxy_set_header_map_pairs: "iii:i",
  proxy_get_header_map_value: "iiiii:i",
  proxy_add_header_map_value: "iiiii:i",
  proxy_replace_header_map_value: "iiiii:i",
  proxy_remove_header_map_value: "iii:i",
  proxy_get_header_map_size: "ii:i",
  proxy_send_local_response: "iiiiiiii:i",
  proxy_http_call: "iiiiiiiiii:i",
  proxy_grpc_call: "iiiiiiiiiiii:i",
  proxy_grpc_stream: "iiiiiiiii:i",
  proxy_grpc_send: "iiii:i",
  proxy_grpc_cancel: "i:i",
  proxy_grpc_close: "i:i",
  proxy_get_status: "iii:i",
  proxy_get_shared_data: "iiiii:i",
  proxy_set_shared_data: "iiiii:i",
  proxy_register_shared_queue: "iii:i",
  proxy_resolve_shared_queue: "iiiii:i",
  proxy_enqueue_shared_queue: "iii:i",
  proxy_dequeue_shared_queue: "iii:i",
  proxy_define_metric: "iiii:i",
  proxy_increment_metric: "iI:i",
  proxy_record_metric: "iI:i",
  proxy_get_metric: "ii:i",
  proxy_set_effective_context: "i:i",
  proxy_done: ":i",
  proxy_call_foreign_function: "iiiiii:i",
  // What Emscripten adds to the modules it makes.
  pthread_equal: "ii:i",
  emscripten_notify_memory_growth: "i:",
};

const importsOfAbi: Record<AbiVersion, Record<string, Signature>> = {
  "0.1.0": {
    proxy_get_configuration: "ii:i",
    proxy_continue_request: ":i",
    proxy_continue_response: ":i",
    proxy_clear_route_cache: ":i",
  },
  "0.2.0": { proxy_continue_stream: "i:i", proxy_close_stream: "i:i" },
  "0.2.1": { proxy_continue_stream: "i:i", proxy_close_stream: "i:i", proxy_get_log_level: "i:i" },
};

const wasiImports: Record<string, Signature> = {
  fd_write: "iiii:i",
  fd_read: "iiii:i",
  fd_seek: "iIii:i",
  fd_close: "i:i",
  fd_fdstat_get: "ii:i",
  fd_fdstat_set_flags: "ii:i",
  fd_prestat_get: "ii:i",
  fd_prestat_dir_name: "iii:i",
  path_open: "iiiiiIIii:i",
  path_create_directory: "iii:i",
  path_remove_directory: "iii:i",
  path_rename: "iiiiii:i",
  path_unlink_file: "iii:i",
  path_filestat_get: "iiiii:i",
  sched_yield: ":i",
  poll_oneoff: "iiii:i",
  environ_get: "ii:i",
  environ_sizes_get: "ii:i",
  args_get: "ii:i",
  args_sizes_get: "ii:i",
  clock_time_get: "iIi:i",
  random_get: "ii:i",
  proc_exit: "i:",
  // Since Envoy 1.39.
  clock_res_get: "ii:i",
  fd_advise: "iIIi:i",
  fd_allocate: "iII:i",
  fd_datasync: "i:i",
  fd_fdstat_set_rights: "iII:i",
  fd_filestat_get: "ii:i",
  fd_filestat_set_size: "iI:i",
  fd_filestat_set_times: "iIIi:i",
  fd_pread: "iiiIi:i",
  fd_pwrite: "iiiIi:i",
  fd_readdir: "iiiIi:i",
  fd_renumber: "ii:i",
  fd_sync: "i:i",
  fd_tell: "ii:i",
  path_filestat_set_times: "iiiiIIi:i",
  path_link: "iiiiii:i",
  path_readlink: "iiiiii:i",
  path_symlink: "iiii:i",
  sock_accept: "iii:i",
  sock_recv: "iiiiii:i",
  sock_send: "iiiii:i",
  sock_shutdown: "ii:i",
};

/** The type of a host function, or undefined where Envoy offers no such function under this ABI. */
export function importSignature(module: string, name: string, abi: AbiVersion): Signature | undefined {
  if (module === "env") {
    if (Object.hasOwn(imports, name)) return imports[name];
    return Object.hasOwn(importsOfAbi[abi], name) ? importsOfAbi[abi][name] : undefined;
  }
  if (module !== "wasi_snapshot_preview1" && module !== "wasi_unstable") return undefined;
  return Object.hasOwn(wasiImports, name) ? wasiImports[name] : undefined;
}

/** Names of the `env` functions there are under an ABI. */
export function importNames(abi: AbiVersion): string[] {
  return [...Object.keys(imports), ...Object.keys(importsOfAbi[abi])];
}

/** Names of WASI's functions. */
export function wasiImportNames(): string[] {
  return Object.keys(wasiImports);
}

/** The ABI versions under which a name that {@link importSignature} does not know could be imported. */
export function abiVersionsOffering(name: string): string[] {
  return Object.entries(importsOfAbi).flatMap(([abi, names]) => (Object.hasOwn(names, name) ? [abi] : []));
}

const callbacks: Record<string, Signature> = {
  proxy_on_vm_start: "ii:i",
  proxy_on_configure: "ii:i",
  proxy_validate_configuration: "ii:i",
  proxy_on_new_connection: "i:i",
  proxy_on_downstream_data: "iii:i",
  proxy_on_upstream_data: "iii:i",
  proxy_on_request_headers: "iii:i",
  proxy_on_request_body: "iii:i",
  proxy_on_request_trailers: "ii:i",
  proxy_on_request_metadata: "ii:i",
  proxy_on_response_headers: "iii:i",
  proxy_on_response_body: "iii:i",
  proxy_on_response_trailers: "ii:i",
  proxy_on_response_metadata: "ii:i",
  proxy_on_done: "i:i",
  proxy_on_context_create: "ii:",
  proxy_on_tick: "i:",
  proxy_on_downstream_connection_close: "ii:",
  proxy_on_upstream_connection_close: "ii:",
  proxy_on_http_call_response: "iiiii:",
  proxy_on_grpc_receive_initial_metadata: "iii:",
  proxy_on_grpc_receive: "iii:",
  proxy_on_grpc_receive_trailing_metadata: "iii:",
  proxy_on_grpc_close: "iii:",
  proxy_on_queue_ready: "ii:",
  proxy_on_foreign_function: "iii:",
  proxy_on_log: "i:",
  proxy_on_delete: "i:",
};

const otherExports: Record<string, Signature> = {
  malloc: "i:i",
  proxy_on_memory_allocate: "i:i",
  _initialize: ":",
  _start: ":",
  main: "ii:i",
};

/** The type an export must have, or undefined where the host does not look for it. */
export function exportSignature(name: string, abi: AbiVersion): Signature | undefined {
  if (Object.hasOwn(otherExports, name)) return otherExports[name];
  if (!isCallback(name)) return undefined;
  // Under 0.1.0 the headers callbacks do not say whether the stream ends.
  const headers = name === "proxy_on_request_headers" || name === "proxy_on_response_headers";
  return headers && abi === "0.1.0" ? "ii:i" : callbacks[name];
}

/** Names of all callbacks. */
export function callbackNames(): string[] {
  return Object.keys(callbacks);
}

/** Whether `name` is a callback Envoy would call. */
export function isCallback(name: string): boolean {
  return Object.hasOwn(callbacks, name);
}

/** A signature as the text format writes it, for messages. */
export function describeSignature(signature: Signature): string {
  const [parameters = "", results = ""] = signature.split(":");
  const types = (letters: string) => Array.from(letters, (letter) => typeNames[letter] ?? "?").join(", ");
  return `(${types(parameters)}) -> (${types(results)})`;
}

const typeNames: Record<string, string> = { i: "i32", I: "i64", f: "f32", F: "f64" };
