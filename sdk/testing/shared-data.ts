// AssemblyScript: a filter that keeps a record for each user in shared data, for shared-data.test.ts.
import {
  ByteBuilder,
  Bytes,
  Headers,
  HeadersAction,
  HttpContext,
  lastStatus,
  LogLevel,
  log,
  registerFilter,
  SharedData,
} from "proxy-wasm-assemblyscript-sdk";

class Records extends HttpContext {
  private readonly user: Bytes = new Bytes();
  private readonly stored: Bytes = new Bytes();
  private readonly key: ByteBuilder = new ByteBuilder();
  private readonly record: ByteBuilder = new ByteBuilder();
  private readonly shared: SharedData = new SharedData("fixed");

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    if (headers.is(":path", "/fixed")) {
      log(LogLevel.Info, `${<i32>this.shared.replaceInteger(7)}`);
      return HeadersAction.Continue;
    }
    headers.read("x-user", this.user);
    this.key.clear();
    this.key.text("user:").text(this.user);
    this.shared.rekey(this.key.bytes);
    const found = this.shared.read(this.stored);
    log(LogLevel.Info, found ? this.stored.toString() : `${<i32>lastStatus()}`);
    if (headers.is(":path", "/elsewhere")) this.shared.rekey("user:elsewhere");
    this.record.clear();
    this.record.uint32(0x01020304).text("grüß").uint64(0x1122334455667788).text(this.user);
    log(LogLevel.Info, `${<i32>this.shared.replace(this.record.bytes)}`);
    return HeadersAction.Continue;
  }
}

registerFilter(() => new Records());
