import type { Socket } from "node:net";
import type { Worker } from "./workers.ts";

/** Gives connections to workers in turn; a connection stays where it is. Envoy leaves this to the kernel. */
export class Turns {
  private readonly workers: readonly [Worker, ...Worker[]];
  private readonly given = new WeakMap<Socket, Worker>();
  private next = 0;

  constructor(workers: readonly [Worker, ...Worker[]]) {
    this.workers = workers;
  }

  of(socket: Socket): Worker {
    let worker = this.given.get(socket);
    if (worker === undefined) {
      worker = this.workers[this.next] ?? this.workers[0];
      this.next = (this.next + 1) % this.workers.length;
      this.given.set(socket, worker);
    }
    return worker;
  }
}
