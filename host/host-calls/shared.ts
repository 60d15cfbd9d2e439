import { Status } from "../abi.ts";
import type { HostCalls } from "./host-call.ts";

/** Shared data and queues. */
export const sharedCalls: HostCalls = {
  proxy_get_shared_data:
    (machine, call) =>
    (key: number, keySize: number, addressOut: number, sizeOut: number, casOut: number) => {
      machine.enter(call);
      const name = machine.memory.readName(key, keySize);
      if (name === undefined) return Status.InvalidMemoryAccess;
      const shared = machine.data.get(name);
      if (shared === undefined) return Status.NotFound;
      const status = machine.memory.giveBytes(shared.value, addressOut, sizeOut);
      return status === Status.Ok ? machine.memory.writeU32(casOut, shared.cas) : status;
    },

  proxy_set_shared_data:
    (machine, call) => (key: number, keySize: number, value: number, valueSize: number, cas: number) => {
      machine.enter(call);
      const name = machine.memory.readName(key, keySize);
      const bytes = machine.memory.readBytes(value, valueSize);
      if (name === undefined || bytes === undefined) return Status.InvalidMemoryAccess;
      return machine.options.shared.write(machine.data, name, bytes, cas >>> 0);
    },

  proxy_register_shared_queue: (machine, call) => (name: number, nameSize: number, tokenOut: number) => {
    machine.enter(call);
    const queue = machine.memory.readString(name, nameSize);
    if (queue === undefined) return Status.InvalidMemoryAccess;
    const { shared, vmId } = machine.options;
    const { root } = machine;
    const token = shared.registerQueue(vmId, queue, (ready) => {
      const callback = machine.callback("proxy_on_queue_ready");
      if (callback === undefined) return;
      // Envoy posts it to the registering VM's thread; never within the call that enqueued.
      queueMicrotask(() => machine.runByItself(root, () => callback(root.id, ready)));
    });
    return machine.memory.writeU32(tokenOut, token);
  },

  proxy_resolve_shared_queue:
    (machine, call) => (vm: number, vmSize: number, name: number, nameSize: number, tokenOut: number) => {
      machine.enter(call);
      const vmId = machine.memory.readString(vm, vmSize);
      const queue = machine.memory.readString(name, nameSize);
      if (vmId === undefined || queue === undefined) return Status.InvalidMemoryAccess;
      const { shared } = machine.options;
      const token = shared.resolveQueue(vmId === "" ? machine.options.vmId : vmId, queue);
      return token === 0 ? Status.NotFound : machine.memory.writeU32(tokenOut, token);
    },

  proxy_enqueue_shared_queue: (machine, call) => (token: number, data: number, dataSize: number) => {
    machine.enter(call);
    const bytes = machine.memory.readBytes(data, dataSize);
    if (bytes === undefined) return Status.InvalidMemoryAccess;
    return machine.options.shared.enqueue(token >>> 0, bytes);
  },

  proxy_dequeue_shared_queue: (machine, call) => (token: number, addressOut: number, sizeOut: number) => {
    machine.enter(call);
    const item = machine.options.shared.dequeue(token >>> 0);
    return typeof item === "number" ? item : machine.memory.giveBytes(item, addressOut, sizeOut);
  },
};
