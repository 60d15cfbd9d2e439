import { HttpContext, Headers, HeadersAction, registerFilter, log, LogLevel } from "proxy-wasm-assemblyscript-sdk";
import { request } from "proxy-wasm-assemblyscript-sdk/properties";
class P extends HttpContext {
  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const p = request.path();
    if (p !== null) log(LogLevel.Info, p);
    return HeadersAction.Continue;
  }
}
registerFilter(() => new P());
