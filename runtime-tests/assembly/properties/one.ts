// AssemblyScript: a filter that asks for one property, for runtime-tests/properties: what it does not ask for it must not
// contain.
import { Headers, HeadersAction, HttpContext, registerFilter } from "proxy-wasm-assemblyscript-sdk";
import { request } from "proxy-wasm-assemblyscript-sdk/properties";

class One extends HttpContext {
  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    return request.path() === null ? HeadersAction.StopIteration : HeadersAction.Continue;
  }
}

registerFilter(() => new One());
