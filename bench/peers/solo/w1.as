export * from "@solo-io/proxy-runtime/proxy";
import {
  RootContext,
  Context,
  registerRootContext,
  FilterHeadersStatusValues,
  stream_context,
} from "@solo-io/proxy-runtime";
class Root extends RootContext {
  onConfigure(n: u32): bool {
    return true;
  }
  createContext(id: u32): Context {
    return new Filter(id, this);
  }
}
class Filter extends Context {
  constructor(id: u32, root: Root) {
    super(id, root);
  }
  onRequestHeaders(n: u32, eos: bool): FilterHeadersStatusValues {
    const gold = stream_context.headers.request.get("x-tier") == "gold";
    stream_context.headers.request.replace("x-route", gold ? "gold" : "std");
    return FilterHeadersStatusValues.Continue;
  }
  onResponseHeaders(n: u32, eos: bool): FilterHeadersStatusValues {
    stream_context.headers.response.add("x-policy", "ok");
    return FilterHeadersStatusValues.Continue;
  }
}
registerRootContext((id: u32) => {
  return new Root(id);
}, "bench");
