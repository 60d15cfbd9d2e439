// queue, the receiving side: a Wasm service, one VM on Envoy's main thread, takes the lines out of the queue, logs and
// counts them.
import {
  Bytes,
  Context,
  Counter,
  Gauge,
  log,
  LogLevel,
  registerFilter,
  setTickPeriod,
  SharedQueue,
} from "proxy-wasm-assemblyscript-sdk";
import { LINES, WAITING } from "./names";

/** The main thread has other work, too: so many lines in one callback, the rest a moment later. */
const BATCH = 100;
const MOMENT_MILLISECONDS = 1;

class Receiver extends Context {
  private queue: SharedQueue | null = null;
  private readonly waiting: Gauge = new Gauge(WAITING);
  private readonly received: Counter = new Counter("queue.received");

  override onConfigure(configuration: Bytes): bool {
    const queue = SharedQueue.register(LINES);
    if (queue === null) {
      log(LogLevel.Error, "queue: the queue cannot be registered");
      return false;
    }
    this.queue = queue;
    // Lines that an earlier VM has left are told of by no callback. They are not for this one to take, since Envoy tries
    // each configuration in a VM that it throws away; a tick comes to the VM that stays only.
    setTickPeriod(MOMENT_MILLISECONDS);
    return true;
  }

  // One for each line; those whose line an earlier one has taken find nothing.
  override onQueueReady(queue: u32): void {
    this.take();
  }

  override onTick(): void {
    setTickPeriod(0);
    this.take();
  }

  private take(): void {
    const queue = this.queue;
    if (queue === null) return;
    for (let i = 0; i < BATCH; i++) {
      const line = queue.dequeue();
      if (line === null) {
        // Not taken off one by one: should lines be lost with their VM, the count would never come down again.
        this.waiting.record(0);
        return;
      }
      this.received.increment();
      log(LogLevel.Info, Bytes.join([GOT, line]));
    }
    setTickPeriod(MOMENT_MILLISECONDS);
  }
}

const GOT = Bytes.of("queue: ");

registerFilter(() => new Receiver());
