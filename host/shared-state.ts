import { Status } from "./abi.ts";
import { MetricStore } from "./metrics.ts";

/** One value of shared data; `cas` changes with each write. */
export interface SharedValue {
  value: Uint8Array;
  cas: number;
}

interface Queue {
  items: Uint8Array[];
  /** Tells the VM that registered last. */
  notify: (token: number) => void;
}

/**
 * What outlives a VM in Envoy's process: shared data and queues, by vm_id, and metrics. Give one to several VMs
 * and they see each other's data, as Envoy's worker threads and a reloaded VM do.
 */
export class SharedState {
  readonly metrics = new MetricStore();
  private readonly data = new Map<string, Map<string, SharedValue>>();
  private lastCas = 0;
  private readonly tokens = new Map<string, number>();
  private readonly queues = new Map<number, Queue>();

  /** @internal */
  dataOf(vmId: string): Map<string, SharedValue> {
    let data = this.data.get(vmId);
    if (data === undefined) this.data.set(vmId, (data = new Map<string, SharedValue>()));
    return data;
  }

  /** @internal Writes a value; `cas` 0 is unconditional, and a key that is new takes any. */
  write(data: Map<string, SharedValue>, key: string, value: Uint8Array, cas: number): number {
    const present = data.get(key);
    if (present !== undefined && cas !== 0 && cas !== present.cas) return Status.CasMismatch;
    this.lastCas = (this.lastCas + 1) >>> 0 || 1;
    data.set(key, { value, cas: this.lastCas });
    return Status.Ok;
  }

  /** @internal Registers a queue (its items stay where it is known already); answers its token. */
  registerQueue(vmId: string, name: string, notify: (token: number) => void): number {
    const key = `${vmId}\0${name}`;
    const token = this.tokens.get(key) ?? this.tokens.size + 1;
    this.tokens.set(key, token);
    this.queues.set(token, { items: this.queues.get(token)?.items ?? [], notify });
    return token;
  }

  /** @internal The token, or 0 where nobody registered the queue. */
  resolveQueue(vmId: string, name: string): number {
    return this.tokens.get(`${vmId}\0${name}`) ?? 0;
  }

  /** @internal */
  enqueue(token: number, item: Uint8Array): number {
    const queue = this.queues.get(token);
    if (queue === undefined) return Status.NotFound;
    queue.items.push(item);
    queue.notify(token);
    return Status.Ok;
  }

  /** @internal The oldest item, or the status that says why there is none. */
  dequeue(token: number): Uint8Array | number {
    const queue = this.queues.get(token);
    if (queue === undefined) return Status.NotFound;
    return queue.items.shift() ?? Status.Empty;
  }
}
