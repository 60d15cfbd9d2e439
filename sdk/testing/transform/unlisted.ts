import { Headers, HeadersAction, HttpContext, registerFilter } from "proxy-wasm-assemblyscript-sdk";
export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/exports";

class Unlisted extends HttpContext {
  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }
}

registerFilter(() => new Unlisted());
