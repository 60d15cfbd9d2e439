// AssemblyScript: a filter that answers with the path it was shown, for runtime-tests/path-normalization.test.ts.
import {
  Headers,
  HeadersAction,
  HttpContext,
  registerFilter,
  sendLocalResponse,
} from "proxy-wasm-assemblyscript-sdk";

class Path extends HttpContext {
  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const path = headers.get(":path");
    if (path === null) return HeadersAction.Continue;
    sendLocalResponse(200, path.copy(), "path:shown");
    return HeadersAction.StopIteration;
  }
}

registerFilter(() => new Path());
