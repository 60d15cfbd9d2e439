// W0: one callback that does nothing.
import { Headers, HeadersAction, HttpContext, registerFilter } from "proxy-wasm-assemblyscript-sdk";

class Idle extends HttpContext {
  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }
}

registerFilter(() => new Idle());
