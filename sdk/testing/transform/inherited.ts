// Callbacks of a class in between, an HTTP and a TCP context in one module, and a method named like no callback.
import {
  Body,
  Context,
  HttpContext,
  NetworkAction,
  registerFilter,
  TcpContext,
} from "proxy-wasm-assemblyscript-sdk";

class Base extends HttpContext {
  override onLog(): void {
    this.onEverything();
  }

  onEverything(): void {}
}

class Inherited extends Base {
  override createContext(): Context | null {
    return new Connection();
  }
}

class Connection extends TcpContext {
  override onUpstreamData(data: Body, endOfStream: bool): NetworkAction {
    return NetworkAction.Continue;
  }
}

registerFilter(() => new Inherited());
