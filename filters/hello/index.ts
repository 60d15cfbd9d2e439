// hello: answers requests for `/hello` itself and marks every response with the text of the plugin's configuration.
import {
  Bytes,
  HeadersAction,
  HttpFilter,
  LogLevel,
  log,
  registerHttpFilter,
  sendLocalResponse,
  Status,
} from "proxy-wasm-assemblyscript-sdk";

export {
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_memory_allocate,
  proxy_on_request_headers,
  proxy_on_response_headers,
} from "proxy-wasm-assemblyscript-sdk/exports/http";

class Hello extends HttpFilter {
  private path: Bytes = Bytes.of(":path");
  private hello: Bytes = Bytes.of("/hello");
  private header: Bytes = Bytes.of("x-hello");
  private details: Bytes = Bytes.of("hello:answered");
  private greeting: Bytes = Bytes.of("");
  private value: Bytes = new Bytes();

  override onConfigure(configuration: Bytes): bool {
    if (configuration.size == 0) {
      log(LogLevel.Error, "hello: the configuration must be the greeting, but it is empty");
      return false;
    }
    // The configuration's bytes are gone when this callback returns: keep a copy.
    this.greeting = Bytes.of(configuration.toString());
    return true;
  }

  override onRequestHeaders(stream: u32, endOfStream: bool): u32 {
    if (this.request.get(this.path, this.value) == Status.Ok && this.value.equals(this.hello)) {
      sendLocalResponse(200, this.details, this.greeting);
      return HeadersAction.StopIteration;
    }
    return HeadersAction.Continue;
  }

  override onResponseHeaders(stream: u32, endOfStream: bool): u32 {
    this.response.set(this.header, this.greeting);
    return HeadersAction.Continue;
  }
}

registerHttpFilter(new Hello());
