import { Status } from "../abi.ts";
import { NO_BYTES } from "../bytes.ts";
import { foreignFunctions } from "../foreign-functions/index.ts";
import type { HostCalls } from "./host-call.ts";

export const foreignFunctionCalls: HostCalls = {
  proxy_call_foreign_function:
    (machine, call) =>
    (name: number, nameSize: number, data: number, dataSize: number, addressOut: number, sizeOut: number) => {
      machine.enter(call);
      const wanted = machine.memory.readName(name, nameSize);
      const argument = machine.memory.readBytes(data, dataSize);
      if (wanted === undefined || argument === undefined) return Status.InvalidMemoryAccess;
      const known = foreignFunctions.get(wanted);
      if (known === undefined) return Status.NotFound;
      const answer = known(machine, argument);
      const result = typeof answer === "number" ? NO_BYTES : answer;
      // The outputs are written whatever the answer is, each where the caller wants it.
      const written =
        addressOut === 0
          ? sizeOut !== 0 && machine.memory.writeU32(sizeOut, result.length)
          : machine.memory.giveBytes(result, addressOut, sizeOut === 0 ? null : sizeOut);
      return written || (typeof answer === "number" ? answer : Status.Ok);
    },

  proxy_clear_route_cache: (machine, call) => () => {
    machine.enter(call);
    return Status.Ok;
  },
};
