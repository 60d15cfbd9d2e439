import { BufferType, Status } from "../abi.ts";
import type { BodyBuffer } from "../body-buffer.ts";
import { NO_BYTES } from "../bytes.ts";
import type { Machine } from "../machine.ts";
import type { HostCalls } from "./host-call.ts";

/** A body of the current stream, or null where the buffer is none that can be written. */
function body(machine: Machine, type: number): BodyBuffer | null {
  const { context } = machine;
  if (context.isRoot) return null;
  if (type === BufferType.RequestBody) return context.requestBody;
  if (type === BufferType.ResponseBody) return context.responseBody;
  if (type === BufferType.DownstreamData) return context.tcp?.downstream ?? null;
  return type === BufferType.UpstreamData ? (context.tcp?.upstream ?? null) : null;
}

/** What a buffer holds now, or undefined where it does not exist in this phase. */
function contents(machine: Machine, type: number): Uint8Array | undefined {
  switch (type) {
    case BufferType.VmConfiguration:
      return machine.options.vmConfiguration;
    case BufferType.PluginConfiguration:
      return machine.root.configurationReadable ? machine.root.plugin.pluginConfiguration : undefined;
    case BufferType.HttpCallBody:
      return machine.root.httpCall?.body;
    case BufferType.GrpcMessage:
      return machine.root.grpcMessage ?? NO_BYTES;
    default:
      return body(machine, type)?.bytes ?? NO_BYTES;
  }
}

/** Bodies and configurations. */
export const bufferCalls: HostCalls = {
  proxy_get_buffer_bytes:
    (machine, call) => (type: number, start: number, length: number, addressOut: number, sizeOut: number) => {
      machine.enter(call);
      if (type >>> 0 > BufferType.CallData) return Status.BadArgument;
      const bytes = contents(machine, type);
      if (bytes === undefined) return Status.NotFound;
      const slice = bytes.subarray(start >>> 0, (start >>> 0) + (length >>> 0));
      return machine.memory.giveBytes(slice, addressOut, sizeOut);
    },

  proxy_get_buffer_status: (machine, call) => (type: number, lengthOut: number, flagsOut: number) => {
    machine.enter(call);
    if (type >>> 0 > BufferType.CallData) return Status.BadArgument;
    const bytes = contents(machine, type);
    if (bytes === undefined) return Status.NotFound;
    const status = machine.memory.writeU32(lengthOut, bytes.length);
    return status === Status.Ok ? machine.memory.writeU32(flagsOut, 0) : status;
  },

  proxy_set_buffer_bytes:
    (machine, call) => (type: number, start: number, length: number, data: number, dataSize: number) => {
      machine.enter(call);
      if (type >>> 0 > BufferType.CallData) return Status.BadArgument;
      if (contents(machine, type) === undefined) return Status.NotFound;
      const bytes = machine.memory.readBytes(data, dataSize);
      if (bytes === undefined) return Status.InvalidMemoryAccess;
      return body(machine, type)?.write(start >>> 0, length >>> 0, bytes) ?? Status.BadArgument;
    },
};
