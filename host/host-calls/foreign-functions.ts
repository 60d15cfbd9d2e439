import { Status } from "../abi.ts";
import type { HostCalls } from "./host-call.ts";

/** Envoy's foreign functions that this host does not have yet; any other name is unknown to Envoy too. */
const notYet = new Set([
  "compress",
  "uncompress",
  "declare_property",
  "set_envoy_filter_state",
  "verify_signature",
  "sign",
  "expr_create",
  "expr_evaluate",
  "expr_delete",
]);

export const foreignFunctionCalls: HostCalls = {
  proxy_call_foreign_function:
    (machine, call) =>
    (name: number, nameSize: number, data: number, dataSize: number, addressOut: number, sizeOut: number) => {
      machine.enter(call);
      const wanted = machine.memory.readName(name, nameSize);
      const argument = machine.memory.readBytes(data, dataSize);
      if (wanted === undefined || argument === undefined) return Status.InvalidMemoryAccess;
      // The proxy picks its upstream after the filter has run, so there is no cached route to clear.
      if (wanted === "clear_route_cache") {
        const status = addressOut === 0 ? Status.Ok : machine.memory.writeU32(addressOut, 0);
        return status === Status.Ok && sizeOut !== 0 ? machine.memory.writeU32(sizeOut, 0) : status;
      }
      return notYet.has(wanted) ? Status.Unimplemented : Status.NotFound;
    },

  proxy_clear_route_cache: (machine, call) => () => {
    machine.enter(call);
    return Status.Ok;
  },
};
