// The workloads' requests in the Node host.
import { FilterModule, HeaderMap, Vm, type StreamResult, type VmOptions } from "../../host/index.ts";
import type { LoadRequest } from "../load/load.ts";

/** The older AssemblyScript SDK finds its root context by this name. Others do not mind. */
export const rootId = "bench";

/** The headers that a filter sees in Envoy when h2load sends the request. */
export function requestHeaders({ authority, path, headers }: LoadRequest): HeaderMap {
  return new HeaderMap([
    [":authority", authority],
    [":path", path],
    [":method", "GET"],
    [":scheme", "http"],
    ["user-agent", "h2load nghttp2"],
    ...Object.entries(headers),
    ["x-forwarded-proto", "http"],
    ["x-request-id", "6f1c2b0e-0f6e-4b1c-9a39-0d8f4a3c5e77"],
  ]);
}

/** One exchange with a filter: its decision, and both sides' headers as it left them. */
export interface Exchange {
  readonly result: StreamResult;
  readonly request: HeaderMap;
  readonly response: HeaderMap;
}

export function startVm(wasm: Uint8Array, options: VmOptions = {}): Vm {
  return Vm.start(FilterModule.compile(wasm), { rootId, ...options });
}

export function exchange(vm: Vm, request: HeaderMap): Exchange {
  const response = new HeaderMap([[":status", "200"]]);
  const stream = vm.openStream();
  const result = stream.requestHeaders(request, true);
  if (result.kind === "continue") stream.responseHeaders(response, true);
  stream.close();
  return { result, request, response };
}
