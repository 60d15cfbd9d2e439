import { Status, StreamType } from "../abi.ts";
import { HeaderMap } from "../header-map.ts";
import type { Machine } from "../machine.ts";
import type { HostCalls } from "./host-call.ts";

function continueStream(machine: Machine, type: number): number {
  if (type >>> 0 > StreamType.Upstream) return Status.BadArgument;
  if (type === StreamType.Upstream) return Status.Unimplemented;
  const { context } = machine;
  if (context.isRoot) return Status.Ok;
  if (type === StreamType.Downstream || context.tcp !== null) {
    if (context.tcp === null || type !== StreamType.Downstream) return Status.Ok;
    context.tcp.continueReading = true;
    machine.defer(context);
    return Status.Ok;
  }
  if (type === StreamType.Request) context.continueRequest = true;
  else context.continueResponse = true;
  // From here on the request is out of the filter's reach, whichever side goes on.
  context.requestHeaders = null;
  context.requestTrailers = null;
  machine.defer(context);
  return Status.Ok;
}

/** Steering streams: going on, ending, answering, and whose stream it is. All of it takes effect after the callback. */
export const contextCalls: HostCalls = {
  proxy_set_effective_context: (machine, call) => (id: number) => {
    machine.enter(call);
    // The VM's own context: what is asked of it is asked of whose callback it is.
    const context = id === 0 ? machine.current : machine.find(id >>> 0);
    if (context === undefined) return Status.BadArgument;
    machine.context = context;
    return Status.Ok;
  },

  proxy_continue_stream: (machine, call) => (type: number) => {
    machine.enter(call);
    return continueStream(machine, type);
  },

  proxy_continue_request: (machine, call) => () => {
    machine.enter(call);
    return continueStream(machine, StreamType.Request);
  },

  proxy_continue_response: (machine, call) => () => {
    machine.enter(call);
    return continueStream(machine, StreamType.Response);
  },

  proxy_close_stream: (machine, call) => (type: number) => {
    machine.enter(call);
    if (type >>> 0 > StreamType.Upstream) return Status.BadArgument;
    const { context } = machine;
    if (context.isRoot || type > StreamType.Response !== (context.tcp !== null)) return Status.Ok;
    // Both directions are those of the client's connection.
    if (context.tcp !== null) context.tcp.close = true;
    else context.reset = true;
    machine.defer(context);
    return Status.Ok;
  },

  proxy_send_local_response:
    (machine, call) =>
    (
      status: number,
      details: number,
      detailsSize: number,
      body: number,
      bodySize: number,
      headers: number,
      headersSize: number,
      grpcStatus: number,
    ) => {
      machine.enter(call);
      const reason = machine.memory.readString(details, detailsSize);
      const bytes = machine.memory.readBytes(body, bodySize);
      const pairs = machine.memory.readPairs(headers, headersSize);
      if (reason === undefined || bytes === undefined || pairs === undefined)
        return Status.InvalidMemoryAccess;
      const { context } = machine;
      if (!context.isRoot && context.closing && context.tcp === null)
        throw new Error("a local response for a stream that is over crashes Envoy");
      // Of the callback's own stream, whose response it may be or not.
      machine.stopNextIteration = true;
      if (context.isRoot || context.tcp !== null || context.localResponse !== null) return Status.Ok;
      context.localResponse = {
        status,
        // Details stand in access logs as one word.
        details: reason.replace(/\s/g, "_"),
        body: bytes,
        headers: new HeaderMap(pairs),
        grpcStatus: grpcStatus >= 0 && grpcStatus <= 16 ? grpcStatus : -1,
      };
      machine.defer(context);
      return Status.Ok;
    },
};
