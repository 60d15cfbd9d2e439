// A filter that calls out and hears of no answer.
import { Headers, HeadersAction, HttpCall, HttpContext, registerFilter } from "proxy-wasm-assemblyscript-sdk";

class Unheard extends HttpContext {
  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    this.httpCall(new HttpCall("log"));
    this.grpcCall("log", "shop.Log", "Add", "", 1000);
    const stream = this.grpcStream("log", "shop.Log", "Chat");
    if (stream !== null) stream.close();
    return HeadersAction.Continue;
  }
}

registerFilter(() => new Unheard());
