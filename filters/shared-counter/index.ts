// shared-counter: numbers requests across all worker threads, each number given once. The count is shared data; two
// workers that raise it at once notice, since the version has changed, and the slower one tries again.
import {
  Bytes,
  Headers,
  HeadersAction,
  HttpContext,
  LogLevel,
  log,
  registerFilter,
  sendLocalResponse,
  SharedData,
  Status,
} from "proxy-wasm-assemblyscript-sdk";

const ATTEMPTS = 100;

class SharedCounter extends HttpContext {
  private count: SharedData = new SharedData("count");

  override onConfigure(configuration: Bytes): bool {
    // Written before any worker starts, by the VM that Envoy throws away: two workers that write a value first would not
    // notice each other. A newer configuration finds it there and goes on counting.
    if (this.count.get() === null && this.count.replaceInteger(0) != Status.Ok) {
      log(LogLevel.Error, "shared-counter: the count cannot be written");
      return false;
    }
    return true;
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const number = this.next();
    if (number == 0) {
      sendLocalResponse(503, "", "shared-counter:busy");
      return HeadersAction.StopIteration;
    }
    headers.set("x-request-number", number.toString());
    return HeadersAction.Continue;
  }

  /** The next number; 0 where others were faster each time, or the host fails. */
  private next(): u64 {
    for (let i = 0; i < ATTEMPTS; i++) {
      const number = this.count.readInteger(0) + 1;
      const status = this.count.replaceInteger(number);
      if (status == Status.Ok) return number;
      if (status != Status.CasMismatch) return 0;
    }
    return 0;
  }
}

registerFilter(() => new SharedCounter());
