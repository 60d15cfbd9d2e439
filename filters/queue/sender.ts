// queue, the sending side: puts a line about each request into a queue of another VM. A request never waits for the queue
// and never fails for want of it.
import {
  Bytes,
  Counter,
  Gauge,
  Headers,
  HeadersAction,
  HttpContext,
  registerFilter,
  SharedQueue,
  Status,
} from "proxy-wasm-assemblyscript-sdk";
import { LINES, RECEIVER, WAITING } from "./names";

/** The proxy puts no bound on a queue, so where nobody takes lines out, it would grow until memory is gone. */
const MOST_WAITING: u64 = 10000;
/** A path may be as long as the listener allows headers to be. */
const MOST_BYTES: u32 = 1024;

const SPACE = Bytes.of(" ");

class Sender extends HttpContext {
  private queue: SharedQueue | null = null;
  private readonly waiting: Gauge = new Gauge(WAITING);
  private readonly lost: Counter = new Counter("queue.lost");

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    if (!this.send(lineOf(headers))) this.lost.increment();
    return HeadersAction.Continue;
  }

  private send(line: Bytes): bool {
    if (this.waiting.value >= MOST_WAITING) return false;
    // A queue goes when the last VM of its `vm_id` goes, and comes back under another number: then ask again, once.
    for (let attempt = 0; attempt < 2; attempt++) {
      const queue = this.find();
      if (queue === null) return false;
      // Counted before it is there: the receiver, on another thread, may have taken it before this callback goes on.
      this.waiting.increment();
      if (queue.enqueue(line) == Status.Ok) return true;
      this.waiting.increment(-1);
      this.queue = null;
    }
    return false;
  }

  /** The queue, or null while no receiver has registered it: that may happen before this VM starts, or much later. */
  private find(): SharedQueue | null {
    if (this.queue === null) this.queue = SharedQueue.resolve(RECEIVER, LINES);
    return this.queue;
  }
}

/** `GET /path?query`, the bytes as the client sent them. */
function lineOf(headers: Headers): Bytes {
  const method = headers.get(":method");
  const path = headers.get(":path");
  const parts: Bytes[] = [method === null ? new Bytes() : method, SPACE, path === null ? new Bytes() : path];
  return Bytes.join(parts).slice(0, MOST_BYTES);
}

registerFilter(() => new Sender());
