export * from "@solo-io/proxy-runtime/proxy";
import { RootContext, Context, registerRootContext } from "@solo-io/proxy-runtime";
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
}
registerRootContext((id: u32) => {
  return new Root(id);
}, "bench");
