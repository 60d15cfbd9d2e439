import { Context, HttpContext as Http, registerFilter } from "proxy-wasm-assemblyscript-sdk";

class Root extends Context {
  override createContext(): Context | null {
    return new Stream();
  }
}

class Stream extends Http {
  override onTick(): void {}
}

registerFilter((): Context => {
  return new Root();
});
