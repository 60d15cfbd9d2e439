import { fromBytes } from "../bytes.ts";
import type { SharedState } from "../shared-state.ts";
import { bytesOf, fromBinary, toBinary } from "./text.ts";

/** The data that the VMs of one `vm_id` share, from outside. */
export class SharedData {
  private readonly shared: SharedState;
  private readonly vmId: string;

  /** @internal */
  constructor(shared: SharedState, vmId: string) {
    this.shared = shared;
    this.vmId = vmId;
  }

  /** The value as text; undefined where there is none. */
  get(key: string): string | undefined {
    const bytes = this.bytes(key);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  }

  bytes(key: string): Uint8Array | undefined {
    return this.shared.dataOf(this.vmId).get(toBinary(key))?.value;
  }

  /** Writes a value whatever stands there, as another VM might. */
  set(key: string, value: string | Uint8Array): void {
    this.shared.write(this.shared.dataOf(this.vmId), toBinary(key), Uint8Array.from(bytesOf(value)), 0);
  }

  keys(): string[] {
    return [...this.shared.dataOf(this.vmId).keys()].map(fromBinary);
  }
}

/** A shared queue, from outside. */
export class SharedQueue {
  private readonly shared: SharedState;
  private readonly token: number;

  /** @internal Throws where nobody has registered the queue. */
  constructor(shared: SharedState, vmId: string, name: string) {
    this.shared = shared;
    this.token = shared.resolveQueue(vmId, toBinary(name));
    if (this.token === 0) throw new Error(`no filter has registered the queue \`${name}\``);
  }

  /** Appends an item; the VM that registered the queue is told. */
  push(item: string | Uint8Array): void {
    this.shared.enqueue(this.token, Uint8Array.from(bytesOf(item)));
  }

  /** Takes the oldest item, as text; undefined where there is none. */
  take(): string | undefined {
    const item = this.shared.dequeue(this.token);
    return typeof item === "number" ? undefined : fromBinary(fromBytes(item));
  }
}
