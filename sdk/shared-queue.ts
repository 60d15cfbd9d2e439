// Shared queues: messages from VM to VM, of the same vm_id or another.
import { ANSWER, answerPointer, answerSize, keep, succeeded } from "./abi/answer";
import {
  proxy_dequeue_shared_queue,
  proxy_enqueue_shared_queue,
  proxy_register_shared_queue,
  proxy_resolve_shared_queue,
} from "./abi/env";
import { Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";
import { Bytes } from "./bytes";

/** A queue of messages that the host keeps. It has no bound of its own: what is never dequeued stays. */
export class SharedQueue {
  private constructor(
    /** The host's number of the queue, as `onQueueReady` gives it. */
    readonly token: u32,
  ) {}

  /**
   * Makes a queue of this VM, or finds it again; its `onQueueReady` is called on the VM that registered last.
   * @returns null where the host refuses (`lastStatus()`)
   */
  static register(name: string): SharedQueue | null {
    const pointer = textPointer(name);
    if (!succeeded(proxy_register_shared_queue(pointer, textSize(), ANSWER))) return null;
    return new SharedQueue(load<u32>(ANSWER));
  }

  /**
   * Finds a queue that a VM with this `vm_id` registered.
   * @returns null where there is none yet (`lastStatus()` is `NotFound`)
   */
  static resolve(vmId: string, name: string): SharedQueue | null {
    const vmAt = textPointer(vmId);
    const vmSize = textSize();
    const nameAt = textPointer(name);
    if (!succeeded(proxy_resolve_shared_queue(vmAt, vmSize, nameAt, textSize(), ANSWER))) return null;
    return new SharedQueue(load<u32>(ANSWER));
  }

  /** Adds a message at the end. */
  enqueue<T>(message: T): Status {
    const pointer = textPointer(message);
    return keep(proxy_enqueue_shared_queue(this.token, pointer, textSize()));
  }

  /** Takes the oldest message, or null where there is none (`lastStatus()` is `Empty`). Allocates the view. */
  dequeue(): Bytes | null {
    if (!succeeded(proxy_dequeue_shared_queue(this.token, ANSWER, ANSWER + 4))) return null;
    return Bytes.view(answerPointer(), answerSize());
  }
}
