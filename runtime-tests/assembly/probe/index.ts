// The probe: performs any host call in any callback as its configuration says (program.ts, arguments.ts), and logs
// every callback and every answer. On the bare ABI, so that nothing between a trace and the host explains anything away.
import * as env from "./env";
import * as line from "./line";
import * as program from "./program";
import { take } from "./scratch";

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  return take(size);
}

function run(
  id: i32,
  name: string,
  index: i32,
  otherwise: i32,
  a: i64 = i64.MIN_VALUE,
  b: i64 = i64.MIN_VALUE,
): i32 {
  program.begin(id, name, a, b);
  return program.perform(id, name, index, otherwise);
}

export function proxy_on_context_create(id: i32, parent: i32): void {
  program.created(id, parent);
  if (parent == 0) readConfiguration();
  run(id, "on_context_create", 0, 0, parent);
}

function readConfiguration(): void {
  const out = take(16);
  store<u64>(out, 0);
  store<u64>(out + 8, 0);
  const status = env.proxy_get_buffer_bytes(7, 0, 0x7fffffff, out, out + 8);
  if (status == 0) program.configure(load<u32>(out), load<u32>(out + 8));
}

export function proxy_on_vm_start(id: i32, size: i32): i32 {
  return run(id, "on_vm_start", 1, 1, size);
}

export function proxy_on_configure(id: i32, size: i32): i32 {
  // How long a configuration is says nothing; that it is known does.
  program.begin(id, "on_configure", size > 0 ? 1 : 0);
  return program.perform(id, "on_configure", 2, 1);
}

export function proxy_on_request_headers(id: i32, count: i32, end: i32): i32 {
  program.begin(id, "on_request_headers", count, end);
  program.readStreamProgram(id, (key, size, out) =>
    env.proxy_get_header_map_value(0, key, size, out, out + 4),
  );
  return program.perform(id, "on_request_headers", 3, 0);
}

export function proxy_on_request_body(id: i32, size: i32, end: i32): i32 {
  return run(id, "on_request_body", 4, 0, size, end);
}

export function proxy_on_request_trailers(id: i32, count: i32): i32 {
  return run(id, "on_request_trailers", 5, 0, count);
}

export function proxy_on_response_headers(id: i32, count: i32, end: i32): i32 {
  return run(id, "on_response_headers", 6, 0, count, end);
}

export function proxy_on_response_body(id: i32, size: i32, end: i32): i32 {
  return run(id, "on_response_body", 7, 0, size, end);
}

export function proxy_on_response_trailers(id: i32, count: i32): i32 {
  return run(id, "on_response_trailers", 8, 0, count);
}

export function proxy_on_log(id: i32): void {
  run(id, "on_log", 9, 0);
}

export function proxy_on_done(id: i32): i32 {
  return run(id, "on_done", 10, 1);
}

export function proxy_on_delete(id: i32): void {
  run(id, "on_delete", 11, 0);
}

export function proxy_on_tick(id: i32): void {
  run(id, "on_tick", 12, 0);
}

export function proxy_on_http_call_response(
  id: i32,
  token: i32,
  headers: i32,
  body: i32,
  trailers: i32,
): void {
  program.begin(id, "on_http_call_response", token);
  line.say("  headers");
  program.argument(headers);
  line.say(" body");
  program.argument(body);
  line.say(" trailers");
  program.argument(trailers);
  line.end();
  program.perform(id, "on_http_call_response", 13, 0);
}

export function proxy_on_grpc_receive_initial_metadata(id: i32, token: i32, count: i32): void {
  run(id, "on_grpc_receive_initial_metadata", 14, 0, token, count);
}

export function proxy_on_grpc_receive(id: i32, token: i32, size: i32): void {
  run(id, "on_grpc_receive", 15, 0, token, size);
}

export function proxy_on_grpc_receive_trailing_metadata(id: i32, token: i32, count: i32): void {
  run(id, "on_grpc_receive_trailing_metadata", 16, 0, token, count);
}

export function proxy_on_grpc_close(id: i32, token: i32, status: i32): void {
  run(id, "on_grpc_close", 17, 0, token, status);
}

export function proxy_on_queue_ready(id: i32, token: i32): void {
  run(id, "on_queue_ready", 18, 0, token);
}

export function proxy_on_foreign_function(id: i32, which: i32, size: i32): void {
  run(id, "on_foreign_function", 19, 0, which, size);
}

export function proxy_on_new_connection(id: i32): i32 {
  return run(id, "on_new_connection", 20, 0);
}

export function proxy_on_downstream_data(id: i32, size: i32, end: i32): i32 {
  return run(id, "on_downstream_data", 21, 0, size, end);
}

export function proxy_on_upstream_data(id: i32, size: i32, end: i32): i32 {
  return run(id, "on_upstream_data", 22, 0, size, end);
}

export function proxy_on_downstream_connection_close(id: i32, peer: i32): void {
  run(id, "on_downstream_connection_close", 23, 0, peer);
}

export function proxy_on_upstream_connection_close(id: i32, peer: i32): void {
  run(id, "on_upstream_connection_close", 24, 0, peer);
}
