// W1: chooses a route by a header and marks every response. The first filter of sdk/README.md.
import { Headers, HeadersAction, HttpContext, registerFilter } from "proxy-wasm-assemblyscript-sdk";

class Tier extends HttpContext {
  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    headers.set("x-route", headers.is("x-tier", "gold") ? "gold" : "std");
    return HeadersAction.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    headers.add("x-policy", "ok");
    return HeadersAction.Continue;
  }
}

registerFilter(() => new Tier());
