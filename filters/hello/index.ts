// hello: answers requests for `/hello` itself and marks every response with the text of the plugin's configuration.
import {
  Bytes,
  Headers,
  HeadersAction,
  HttpContext,
  LogLevel,
  log,
  registerFilter,
  sendLocalResponse,
} from "proxy-wasm-assemblyscript-sdk";

class Hello extends HttpContext {
  private greeting: Bytes = new Bytes();

  override onConfigure(configuration: Bytes): bool {
    if (configuration.size == 0) {
      log(LogLevel.Error, "hello: the configuration must be the greeting, but it is empty");
      return false;
    }
    // The configuration's bytes are gone when this callback returns: keep a copy.
    this.greeting = configuration.copy();
    return true;
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    if (!headers.is(":path", "/hello")) return HeadersAction.Continue;
    sendLocalResponse(200, this.greeting, "hello:answered");
    return HeadersAction.StopIteration;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    headers.set("x-hello", this.greeting);
    return HeadersAction.Continue;
  }
}

registerFilter(() => new Hello());
