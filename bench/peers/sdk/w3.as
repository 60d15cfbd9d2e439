// W3: a token bucket for each `x-user` in shared data, so that all worker threads count together.
import {
  ByteBuilder,
  Bytes,
  HeaderPairs,
  Headers,
  HeadersAction,
  HttpContext,
  now,
  registerFilter,
  sendLocalResponse,
  SharedData,
  Status,
} from "proxy-wasm-assemblyscript-sdk";

const TOKENS_PER_SECOND: u64 = 1_000_000;
const BURST: u64 = 1_000_000_000;
const ATTEMPTS = 10;

class RateLimit extends HttpContext {
  private user: Bytes = new Bytes();
  private key: ByteBuilder = new ByteBuilder();
  private bucket: SharedData = new SharedData("");
  private stored: Bytes = new Bytes();
  private record: ByteBuilder = new ByteBuilder();

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    headers.read("x-user", this.user);
    this.key.clear();
    this.key.text("rl:").text(this.user);
    this.bucket.rekey(this.key.bytes);
    if (this.takeToken()) return HeadersAction.Continue;
    const type = new HeaderPairs().add("content-type", "application/json");
    sendLocalResponse(429, '{"error":"limited"}', "", type);
    return HeadersAction.StopIteration;
  }

  /** False where the bucket is empty. Where others were faster each time, the request passes. */
  private takeToken(): bool {
    const time = now();
    for (let i = 0; i < ATTEMPTS; i++) {
      // The record: when the bucket was last filled, in nanoseconds, and the tokens that were then in it.
      let filled = time;
      let tokens = BURST;
      if (this.bucket.read(this.stored) && this.stored.size == 16) {
        filled = load<u64>(this.stored.pointer);
        tokens = load<u64>(this.stored.pointer, 8);
      }
      const more = time > filled ? (((time - filled) / 1000) * TOKENS_PER_SECOND) / 1_000_000 : 0;
      if (more > 0) {
        tokens = min(BURST, tokens + more);
        filled = time;
      }
      if (tokens == 0) return false;
      this.record.clear();
      this.record.uint64(filled).uint64(tokens - 1);
      if (this.bucket.replace(this.record.bytes) == Status.Ok) return true;
    }
    return true;
  }
}

registerFilter(() => new RateLimit());
