// route-by-header: sends testers to the new version. A request with the cookie `tester=1` gets the header `x-version: new`,
// by which envoy.yaml chooses the cluster; one that a client sends itself counts for nothing.
import {
  Bytes,
  Headers,
  HeadersAction,
  HttpContext,
  LogLevel,
  log,
  registerFilter,
  Status,
} from "proxy-wasm-assemblyscript-sdk";
import { clearRouteCache } from "proxy-wasm-assemblyscript-sdk/foreign/route-cache";

class RouteByHeader extends HttpContext {
  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    if (isTester(headers)) headers.set("x-version", "new");
    else headers.remove("x-version");
    // Today's Envoy forgets the route by itself when a header is edited; with a later ABI it will not.
    if (clearRouteCache() != Status.Ok) log(LogLevel.Warn, "route-by-header: the route may be a stale one");
    return HeadersAction.Continue;
  }
}

function isTester(headers: Headers): bool {
  const cookies = headers.getAll("cookie");
  for (let i = 0; i < cookies.length; i++) {
    if (hasPair(cookies[i], "tester=1")) return true;
  }
  return false;
}

/** Whether one of the pairs of a cookie header is this one. */
function hasPair(cookie: Bytes, pair: string): bool {
  let from: u32 = 0;
  while (from <= cookie.size) {
    const end = cookie.indexOf(";", from);
    const to = end < 0 ? cookie.size : <u32>end;
    if (cookie.slice(from, to).trim().equals(pair)) return true;
    from = to + 1;
  }
  return false;
}

registerFilter(() => new RouteByHeader());
