// AssemblyScript: tells what a filter can see of the engine it runs in, for engines.test.ts. It stands on the bare ABI, so that
// it tests the rig and the engines and nothing else.
import * as env from "./env";
import * as wasi from "./wasi_snapshot_preview1";

const RequestHeaders = 0;
const RequestTrailers = 1;
const ResponseHeaders = 2;
const ResponseTrailers = 3;
const RequestBody = 0;
const ResponseBody = 1;
const DownstreamData = 2;
const UpstreamData = 3;
const VmConfiguration = 6;
const PluginConfiguration = 7;

const OUT: usize = memory.data(16, 16);
/** The same for all plugins of a VM. */
let plugins = 0;
let histogram = 0;

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size);
}

function environment(): string {
  wasi.environ_sizes_get(OUT, OUT + 4);
  const count = load<i32>(OUT);
  const addresses = heap.alloc(count * 4 + 1);
  wasi.environ_get(addresses, heap.alloc(load<u32>(OUT + 4) + 1));
  const variables: string[] = [];
  for (let i = 0; i < count; i++) {
    const start = load<usize>(addresses + i * 4);
    let size = 0;
    while (load<u8>(start + size) != 0) size++;
    variables.push(String.UTF8.decodeUnsafe(start, size));
  }
  return variables.sort().join(" ");
}

function at(text: ArrayBuffer): usize {
  return changetype<usize>(text);
}

function given(status: i32): string {
  return status == 0 ? String.UTF8.decodeUnsafe(load<usize>(OUT), load<u32>(OUT + 4)) : "-";
}

function log(message: string): void {
  const text = String.UTF8.encode(message);
  env.proxy_log(2, at(text), text.byteLength);
}

function property(path: string): string {
  const key = String.UTF8.encode(path.replaceAll(".", "\0"));
  store<u64>(OUT, 0);
  return given(env.proxy_get_property(at(key), key.byteLength, OUT, OUT + 4));
}

function number(path: string): string {
  const bytes = String.UTF8.encode(property(path));
  return bytes.byteLength == 1 ? load<u8>(at(bytes)).toString() : "-";
}

function buffer(type: i32): string {
  store<u64>(OUT, 0);
  return given(env.proxy_get_buffer_bytes(type, 0, i32.MAX_VALUE, OUT, OUT + 4));
}

function hex(type: i32): string {
  store<u64>(OUT, 0);
  env.proxy_get_buffer_bytes(type, 0, i32.MAX_VALUE, OUT, OUT + 4);
  let text = "";
  for (let i: u32 = 0; i < load<u32>(OUT + 4); i++)
    text += load<u8>(load<usize>(OUT) + i)
      .toString(16)
      .padStart(2, "0");
  return text;
}

function replace(type: i32, value: string): void {
  const text = String.UTF8.encode(value);
  env.proxy_set_buffer_bytes(type, 0, i32.MAX_VALUE, at(text), text.byteLength);
}

function header(map: i32, name: string): string {
  const key = String.UTF8.encode(name);
  return given(env.proxy_get_header_map_value(map, at(key), key.byteLength, OUT, OUT + 4));
}

function add(map: i32, name: string, value: string): void {
  const key = String.UTF8.encode(name);
  const text = String.UTF8.encode(value);
  env.proxy_add_header_map_value(map, at(key), key.byteLength, at(text), text.byteLength);
}

function metric(type: i32, name: string): i32 {
  const text = String.UTF8.encode(name);
  env.proxy_define_metric(type, at(text), text.byteLength, OUT);
  return load<i32>(OUT);
}

export function proxy_on_vm_start(root: i32, size: i32): i32 {
  log("start " + property("plugin_name") + " vm=" + buffer(VmConfiguration) + " env=" + environment());
  return 1;
}

export function proxy_on_configure(root: i32, size: i32): i32 {
  plugins++;
  env.proxy_increment_metric(metric(0, "configured"), 1);
  histogram = metric(2, "path_size");
  const who = property("plugin_name") + " " + property("plugin_root_id") + " " + property("plugin_vm_id");
  log("configure " + who + " " + plugins.toString() + " " + hex(PluginConfiguration));
  env.proxy_set_tick_period_milliseconds(20);
  return buffer(PluginConfiguration) == "refuse" ? 0 : 1;
}

export function proxy_on_tick(root: i32): void {
  env.proxy_set_tick_period_milliseconds(0);
  log("tick " + property("plugin_name"));
}

export function proxy_on_request_headers(stream: i32, count: i32, end: i32): i32 {
  const name = property("plugin_name");
  const path = header(RequestHeaders, ":path");
  env.proxy_record_metric(histogram, path.length);
  add(RequestHeaders, "x-seen", name);
  forget(RequestHeaders, "content-length"); // the body will change
  if (path == "/header" && name == "second") add(RequestHeaders, "x-variant", "b");
  if (path == "/trap" && name == "second") unreachable();
  if (path == "/properties") add(RequestHeaders, "x-properties-" + name, properties());
  // Only the headers wait: the second filter is allowed that.
  return path == "/late" && name == "second" ? 1 : 0;
}

function forget(map: i32, name: string): void {
  const key = String.UTF8.encode(name);
  env.proxy_remove_header_map_value(map, at(key), key.byteLength);
}

export function proxy_on_request_body(stream: i32, size: i32, end: i32): i32 {
  const late = header(RequestHeaders, ":path") == "/late";
  if (late && !end) return 1; // gather it
  const text = buffer(RequestBody);
  if (late) add(RequestHeaders, "x-body", text);
  if (size > 0) replace(RequestBody, text + "(" + property("plugin_name") + ")");
  return 0;
}

export function proxy_on_request_trailers(stream: i32, count: i32): i32 {
  add(RequestTrailers, "x-seen", property("plugin_name"));
  return 0;
}

export function proxy_on_response_headers(stream: i32, count: i32, end: i32): i32 {
  add(ResponseHeaders, "x-seen", property("plugin_name"));
  forget(ResponseHeaders, "content-length");
  return 0;
}

export function proxy_on_response_body(stream: i32, size: i32, end: i32): i32 {
  if (size > 0) replace(ResponseBody, buffer(ResponseBody) + "[" + property("plugin_name") + "]");
  return 0;
}

export function proxy_on_response_trailers(stream: i32, count: i32): i32 {
  add(ResponseTrailers, "x-seen", property("plugin_name"));
  return 0;
}

export function proxy_on_new_connection(stream: i32): i32 {
  log("connection " + property("plugin_name"));
  return 0;
}

export function proxy_on_downstream_data(stream: i32, size: i32, end: i32): i32 {
  if (size > 0) replace(DownstreamData, buffer(DownstreamData).toUpperCase());
  return 0;
}

export function proxy_on_upstream_data(stream: i32, size: i32, end: i32): i32 {
  if (size > 0) replace(UpstreamData, "<" + buffer(UpstreamData) + ">");
  return 0;
}

function properties(): string {
  const names = [
    "connection.requested_server_name",
    "connection.tls_version",
    "connection.subject_local_certificate",
    "connection.subject_peer_certificate",
    "connection.dns_san_local_certificate",
    "connection.dns_san_peer_certificate",
    "connection.uri_san_peer_certificate",
    "connection.sha256_peer_certificate_digest",
    "request.scheme",
    "xds.route_name",
    "xds.virtual_host_name",
    "xds.cluster_name",
    "xds.filter_chain_name",
  ];
  let all = "connection.mtls=" + number("connection.mtls");
  for (let i = 0; i < names.length; i++) all += "; " + names[i] + "=" + property(names[i]);
  return all;
}
