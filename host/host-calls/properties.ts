import { Status } from "../abi.ts";
import type { Machine } from "../machine.ts";
import { NOT_SERIALIZABLE, streamProperty } from "../properties.ts";
import type { HostCalls } from "./host-call.ts";

function read(machine: Machine, path: string): ReturnType<typeof streamProperty> {
  switch (path) {
    case "plugin_name":
      return machine.root.plugin.pluginName;
    case "plugin_root_id":
      return machine.root.plugin.rootId;
    case "plugin_vm_id":
      return machine.options.vmId;
    default:
      return machine.context.isRoot ? undefined : streamProperty(machine.context, path);
  }
}

/** Properties; what a filter sets becomes filter state `wasm.<path>` of its stream. */
export const propertyCalls: HostCalls = {
  proxy_get_property:
    (machine, call) => (path: number, pathSize: number, addressOut: number, sizeOut: number) => {
      machine.enter(call);
      let name = machine.memory.readName(path, pathSize);
      if (name === undefined) return Status.InvalidMemoryAccess;
      // Some SDKs end the path with a NUL, which names no further segment.
      if (name.endsWith("\0")) name = name.slice(0, -1);
      const value = read(machine, name);
      if (value === undefined) return Status.NotFound;
      if (value === NOT_SERIALIZABLE) return Status.SerializationFailure;
      return typeof value === "string"
        ? machine.memory.giveString(value, addressOut, sizeOut)
        : machine.memory.giveBytes(value, addressOut, sizeOut);
    },

  proxy_set_property:
    (machine, call) => (path: number, pathSize: number, value: number, valueSize: number) => {
      machine.enter(call);
      const name = machine.memory.readName(path, pathSize);
      const bytes = machine.memory.readBytes(value, valueSize);
      if (name === undefined || bytes === undefined) return Status.InvalidMemoryAccess;
      const { context } = machine;
      if (context.isRoot) return Status.NotFound;
      const readonly = machine.root.declared.get(name)?.readonly === true;
      if (readonly && context.filterState?.has(name) === true) return Status.BadArgument;
      context.filterState ??= new Map();
      context.filterState.set(name, bytes);
      context.filterState.set(`filter_state\0wasm.${name}`, bytes);
      return Status.Ok;
    },
};
