// The callbacks of an HTTP filter. A filter exports by name those that its class overrides and no others, since each
// exported callback costs every request; `proxy_abi_version_0_2_1` and `proxy_on_memory_allocate` are always needed.
import { resetArena } from "../abi/arena";
import { Status } from "../abi/numbers";
import { Bytes } from "../bytes";
import { readPluginConfiguration, registeredHttpFilter } from "../http-filter";
import { collectGarbage } from "../memory";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "../abi/exports";

const configuration = new Bytes();

export function proxy_on_configure(context: u32, size: u32): u32 {
  resetArena();
  if (readPluginConfiguration(size, configuration) != Status.Ok) return 0;
  return registeredHttpFilter().onConfigure(configuration) ? 1 : 0;
}

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  resetArena();
  collectGarbage();
  return registeredHttpFilter().onRequestHeaders(stream, endOfStream != 0);
}

export function proxy_on_response_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  resetArena();
  collectGarbage();
  return registeredHttpFilter().onResponseHeaders(stream, endOfStream != 0);
}
