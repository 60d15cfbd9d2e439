// my-filter: hides paths. A request for a path under a hidden prefix is answered 404 here and never reaches the
// upstream; every other response is marked.
import {
  Bytes,
  Counter,
  Headers,
  HeadersAction,
  HttpContext,
  log,
  LogLevel,
  registerFilter,
  sendLocalResponse,
} from "proxy-wasm-assemblyscript-sdk";
import { Json, JsonKind } from "proxy-wasm-assemblyscript-sdk/json";

// In Envoy's /stats: wasmcustom.my-filter.hidden
const hidden = new Counter("my-filter.hidden");

class MyFilter extends HttpContext {
  private prefixes: Bytes[] = [];

  // The configuration is JSON: { "hide": ["/admin/"] }. To answer false refuses it, and the log says why.
  override onConfigure(configuration: Bytes): bool {
    const config = Json.parse(configuration);
    if (config === null) return refuse("the configuration is not JSON: " + Json.error());
    const hide = config.get("hide");
    if (hide.kind != JsonKind.Array) return refuse("`hide` must be a list of path prefixes");
    for (let i: u32 = 0; i < hide.length; i++) {
      const prefix = hide.at(i).asBytes();
      if (!prefix.startsWith("/")) return refuse(`hide[${i}] must be a path prefix that begins with a slash`);
      this.prefixes.push(prefix);
    }
    return true;
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const path = headers.get(":path");
    if (path === null || !this.isHidden(path)) return HeadersAction.Continue;
    hidden.increment();
    // Status, body, and what the access log shows as %RESPONSE_CODE_DETAILS%.
    sendLocalResponse(404, "", "my-filter:hidden");
    return HeadersAction.StopIteration;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    headers.set("x-my-filter", "seen");
    return HeadersAction.Continue;
  }

  private isHidden(path: Bytes): bool {
    for (let i = 0; i < this.prefixes.length; i++) {
      if (path.startsWith(this.prefixes[i])) return true;
    }
    return false;
  }
}

function refuse(why: string): bool {
  log(LogLevel.Error, why);
  return false;
}

registerFilter(() => new MyFilter());
