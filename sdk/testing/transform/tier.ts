// The README's first filter.
import { Headers, HeadersAction, HttpContext, registerFilter } from "proxy-wasm-assemblyscript-sdk";

class Tier extends HttpContext {
  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    headers.set("x-route", headers.is("x-tier", "gold") ? "gold" : "standard");
    return HeadersAction.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    headers.add("x-policy", "ok");
    return HeadersAction.Continue;
  }
}

registerFilter(() => new Tier());
