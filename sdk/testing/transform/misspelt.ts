import { Headers, HeadersAction, HttpContext, registerFilter } from "proxy-wasm-assemblyscript-sdk";

class Misspelt extends HttpContext {
  onRequestHeader(headers: Headers, endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }
}

registerFilter(() => new Misspelt());
