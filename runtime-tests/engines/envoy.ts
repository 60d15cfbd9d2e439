// Engine 3: the compiled wasm in a real Envoy. One Envoy serves many filters, a listener each.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { bootstrap, startEnvoy } from "../../envoy/index.ts";
import { calledClusters, chosenRoutes } from "../../compiler/cli/clusters.ts";
import type { PackagedFilter } from "../../compiler/index.ts";
import { send } from "../support/http-client.ts";
import { observe, type Engine, type EngineOptions } from "./engine.ts";

export interface EnvoyEngines {
  /** An engine for each filter, by the name it was given. */
  readonly engines: ReadonlyMap<string, Engine>;
  port(name: string): number;
  /** Counters and gauges whose name starts with a prefix. */
  stats(prefix: string): Promise<Record<string, number>>;
  /** Envoy's log, for what a filter or Envoy says about it. */
  log(): string;
  close(): Promise<void>;
}

/** Starts an Envoy of one worker thread, so that worker-scoped limits count every request. */
export async function envoyEngines(
  envoyPath: string,
  filters: ReadonlyMap<string, PackagedFilter>,
  upstream: URL,
  { routes = false }: EngineOptions = {},
): Promise<EnvoyEngines> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-test-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const listeners = await Promise.all(
      [...filters].map(async ([name, filter]) => {
        const wasmPath = path.join(directory, `${name}.wasm`);
        await writeFile(wasmPath, filter.wasm);
        const plugin = { wasmPath, name: `tollgate.${name}`, vmId: name };
        const { pathNormalization } = filter;
        const routing = routes ? chosenRoutes(filter) : undefined;
        const own = { name, port: 0, upstream, filters: [plugin], revealDetails: true, pathNormalization };
        return { ...own, ...(routing && { routing }) };
      }),
    );
    const callouts = new Map([...filters.values()].flatMap((filter) => [...calledClusters(filter)]));
    const envoy = await startEnvoy({
      envoy: envoyPath,
      directory,
      bootstrap: bootstrap({ listeners, callouts }),
      concurrency: 1,
    });
    const port = (name: string): number => envoy.ports.get(name) ?? 0;
    const engines = new Map(
      [...filters.keys()].map((name): [string, Engine] => [
        name,
        { name: "envoy", run: async (request) => observe(await send(port(name), request)) },
      ]),
    );
    return {
      engines,
      port,
      stats: (prefix) => envoy.stats(prefix),
      log: () => envoy.log(),
      close: async () => {
        await envoy.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
