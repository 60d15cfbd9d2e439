// Engine 2: the compiled wasm in the embedded host, behind its HTTP proxy.
import { FilterModule, startProxy, Vm } from "../../host/index.ts";
import { calledOrigins, chosenRoutes, originsOf } from "../../compiler/cli/clusters.ts";
import type { PackagedFilter } from "../../compiler/index.ts";
import { send } from "../support/http-client.ts";
import { observe, type Engine, type EngineOptions } from "./engine.ts";

export interface HostEngine extends Engine {
  readonly port: number;
  /** Host calls that the requests so far made, one entry a request. */
  readonly hostCalls: readonly number[];
  close(): Promise<void>;
}

export async function hostEngine(
  filter: PackagedFilter,
  upstream: URL,
  { routes = false }: EngineOptions = {},
): Promise<HostEngine> {
  const routing = routes ? chosenRoutes(filter) : undefined;
  const module = FilterModule.compile(filter.wasm);
  const hostCalls: number[] = [];
  const proxy = await startProxy({
    upstream,
    ...(routing && { routing: { ...routing, clusters: originsOf(routing.clusters) } }),
    port: 0,
    filter: () => Vm.start(module, { vmId: filter.name, clusters: calledOrigins(filter) }),
    revealDetails: true,
    pathNormalization: filter.pathNormalization,
    onRequest: (record) => hostCalls.push(record.hostCalls),
  });
  return {
    name: "host",
    port: proxy.port,
    hostCalls,
    run: async (request) => observe(await send(proxy.port, request)),
    close: () => proxy.close(),
  };
}
