import { Status } from "../abi.ts";
import { fillRequestHeaders, type GrpcRequest } from "../callouts/callouts.ts";
import { HeaderMap } from "../header-map.ts";
import type { Machine } from "../machine.ts";
import type { HostCalls } from "./host-call.ts";

/** What names a gRPC method: the service as the host knows it, the service and method as the server does, metadata. */
function grpcRequest(
  machine: Machine,
  [service, serviceSize, name, nameSize, method, methodSize, metadata, metadataSize]: number[],
): GrpcRequest | undefined {
  const { memory } = machine;
  const bytes = memory.readBytes(service ?? 0, serviceSize ?? 0);
  const serviceName = memory.readString(name ?? 0, nameSize ?? 0);
  const methodName = memory.readString(method ?? 0, methodSize ?? 0);
  const pairs = memory.readPairs(metadata ?? 0, metadataSize ?? 0);
  if (bytes === undefined || serviceName === undefined || methodName === undefined || pairs === undefined)
    return undefined;
  return {
    service: bytes,
    path: `/${serviceName}/${methodName}`,
    metadata: fillRequestHeaders(new HeaderMap(), pairs),
  };
}

/** Calls out over HTTP and gRPC. All belong to the root context, whichever context asks. */
export const calloutCalls: HostCalls = {
  proxy_http_call:
    (machine, call) =>
    (
      cluster: number,
      clusterSize: number,
      headers: number,
      headersSize: number,
      body: number,
      bodySize: number,
      trailers: number,
      trailersSize: number,
      timeoutMs: number,
      tokenOut: number,
    ) => {
      machine.enter(call);
      const { memory } = machine;
      const name = memory.readString(cluster, clusterSize);
      const pairs = memory.readPairs(headers, headersSize);
      const bytes = memory.readBytes(body, bodySize);
      const trailerPairs = memory.readPairs(trailers, trailersSize);
      if (name === undefined || pairs === undefined || bytes === undefined || trailerPairs === undefined)
        return Status.InvalidMemoryAccess;
      // Written before anything is sent, so that nothing is where it cannot be.
      if (memory.writeU32(tokenOut, 0) !== Status.Ok) return Status.InvalidMemoryAccess;
      const message = {
        headers: fillRequestHeaders(new HeaderMap(), pairs),
        body: bytes,
        trailers: new HeaderMap(trailerPairs),
      };
      return machine.callouts.http(name, message, timeoutMs, (token) => memory.writeU32(tokenOut, token));
    },

  proxy_grpc_call:
    (machine, call) =>
    (...args: number[]) => {
      machine.enter(call);
      const [request, requestSize, timeoutMs, tokenOut] = args.slice(8) as [number, number, number, number];
      const target = grpcRequest(machine, args);
      const message = machine.memory.readBytes(request, requestSize);
      if (target === undefined || message === undefined) return Status.InvalidMemoryAccess;
      return machine.callouts.grpcCall(target, message, timeoutMs, (token) =>
        machine.memory.writeU32(tokenOut, token),
      );
    },

  proxy_grpc_stream:
    (machine, call) =>
    (...args: number[]) => {
      machine.enter(call);
      const target = grpcRequest(machine, args);
      if (target === undefined) return Status.InvalidMemoryAccess;
      return machine.callouts.grpcStream(target, (token) => machine.memory.writeU32(args[8] ?? 0, token));
    },

  proxy_grpc_send: (machine, call) => (token: number, data: number, size: number, end: number) => {
    machine.enter(call);
    const message = machine.memory.readBytes(data, size);
    if (message === undefined) return Status.InvalidMemoryAccess;
    return machine.callouts.grpcSend(token >>> 0, message, end !== 0);
  },

  proxy_grpc_cancel: (machine, call) => (token: number) => {
    machine.enter(call);
    return machine.callouts.grpcCancel(token >>> 0);
  },

  proxy_grpc_close: (machine, call) => (token: number) => {
    machine.enter(call);
    return machine.callouts.grpcClose(token >>> 0);
  },

  proxy_get_status: (machine, call) => (codeOut: number, addressOut: number, sizeOut: number) => {
    machine.enter(call);
    const { memory, root } = machine;
    const status = memory.writeU32(codeOut, root.statusCode);
    return status === Status.Ok ? memory.giveString(root.statusMessage, addressOut, sizeOut) : status;
  },
};
