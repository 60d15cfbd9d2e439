// An HTTP filter as a person writes it: one object, methods overridden. It has no object per stream, so the proxy never
// has to call create and delete callbacks; what a stream needs to remember comes with per-stream contexts later.
import { proxy_get_buffer_bytes } from "./abi/env";
import { Buffer, HeaderMap, HeadersAction, Status } from "./abi/numbers";
import { Bytes } from "./bytes";
import { Headers } from "./headers";

const ANSWER: usize = memory.data(8, 4);

/** Override what you need, and export the matching callbacks from `proxy-wasm-assemblyscript-sdk/exports/http`. */
export class HttpFilter {
  /** The request's headers; pseudo headers (`:method`, `:path`, `:authority`) among them. */
  readonly request: Headers = new Headers(HeaderMap.Request);
  /** The response's headers; `:status` among them. */
  readonly response: Headers = new Headers(HeaderMap.Response);

  /**
   * Called once when the plugin is configured, with the bytes of its configuration (empty where there is none).
   * @returns false to refuse the configuration: the proxy keeps what it had
   */
  onConfigure(configuration: Bytes): bool {
    return true;
  }

  /** The request's headers have arrived. @returns a `HeadersAction` */
  onRequestHeaders(stream: u32, endOfStream: bool): u32 {
    return HeadersAction.Continue;
  }

  /** The response's headers have arrived, from the upstream or from a local response. @returns a `HeadersAction` */
  onResponseHeaders(stream: u32, endOfStream: bool): u32 {
    return HeadersAction.Continue;
  }
}

/** Points `out` at the plugin's configuration. Valid in `onConfigure` only. */
export function readPluginConfiguration(size: u32, out: Bytes): u32 {
  out.set(0, 0);
  if (size == 0) return Status.Ok;
  const status = proxy_get_buffer_bytes(Buffer.PluginConfiguration, 0, size, ANSWER, ANSWER + 4);
  if (status == Status.Ok) out.set(load<usize>(ANSWER), load<u32>(ANSWER, 4));
  return status;
}

let filter: HttpFilter = new HttpFilter();

/** Makes this object the module's filter. Call it once, at the top level of the module. */
export function registerHttpFilter(object: HttpFilter): void {
  filter = object;
}

/** The registered filter; used by the exported callbacks. */
export function registeredHttpFilter(): HttpFilter {
  return filter;
}
