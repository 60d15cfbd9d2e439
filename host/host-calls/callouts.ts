import { Status } from "../abi.ts";
import type { HostCalls } from "./host-call.ts";

/** Calls out over HTTP and gRPC: they link, and answer Unimplemented. */
const unimplemented: HostCalls[string] = (machine, call) => () => {
  machine.enter(call);
  return Status.Unimplemented;
};

export const calloutCalls: HostCalls = {
  proxy_http_call: unimplemented,
  proxy_grpc_call: unimplemented,
  proxy_grpc_stream: unimplemented,
  proxy_grpc_send: unimplemented,
  proxy_grpc_cancel: unimplemented,
  proxy_grpc_close: unimplemented,

  proxy_get_status: (machine, call) => (codeOut: number, addressOut: number, sizeOut: number) => {
    machine.enter(call);
    const status = machine.memory.writeU32(codeOut, 0);
    return status === Status.Ok ? machine.memory.giveString("", addressOut, sizeOut) : status;
  },
};
