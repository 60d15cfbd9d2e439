// Filters that choose roads, under attack: each behind the host's proxy and behind a real Envoy, with the routes that they ask
// for and services that say who they are and what they were sent.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { calledClusters, calledOrigins, chosenRoutes, originsOf } from "../../compiler/cli/clusters.ts";
import { Assembler } from "../../compiler/index.ts";
import { bootstrap, startEnvoy } from "../../envoy/index.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { FilterModule, startProxy, Vm } from "../../host/index.ts";
import { compileDocuments, type CompiledPolicies } from "../support/compile.ts";
import { startEchoUpstream, type EchoUpstream } from "../support/echo-upstream.ts";

export interface Roads {
  /** Where a filter can be reached, by the proxy's name: `host`, and `envoy` where there is one. */
  ports(filter: string): readonly (readonly [proxy: string, port: number])[];
  /** What a filter was compiled from, and to. */
  compiled(filter: string): CompiledPolicies;
  /** How many requests each service has got so far, by its name. */
  reached(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** Where requests go for which nobody chose. */
export const OTHERWISE = "otherwise";

/**
 * @param bundles documents by a name that is good for a file's, too; told where the services are, they name them as backends
 * @param services their names
 */
export async function startRoads(
  bundles: (urls: Readonly<Record<string, string>>) => ReadonlyMap<string, readonly object[]>,
  services: readonly string[],
): Promise<Roads> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-test-"));
  const running = new Map<string, EchoUpstream>();
  for (const name of [...services, OTHERWISE]) running.set(name, await startEchoUpstream(name));
  const urls = Object.fromEntries([...running].map(([name, { url }]) => [name, url.origin]));
  const upstream = new URL(urls[OTHERWISE] ?? "");
  const opened: { close(): Promise<void> }[] = [...running.values()];
  const ports = new Map<string, [string, number][]>();
  const compiled = new Map<string, CompiledPolicies>();
  const assembler = new Assembler();
  for (const [name, documents] of bundles(urls))
    compiled.set(name, await compileDocuments(documents, assembler));
  await assembler.close();
  for (const [name, { filter }] of compiled) {
    const module = FilterModule.compile(filter.wasm);
    const routing = chosenRoutes(filter);
    const proxy = await startProxy({
      upstream,
      port: 0,
      filter: () => Vm.start(module, { vmId: name, clusters: calledOrigins(filter) }),
      revealDetails: true,
      pathNormalization: filter.pathNormalization,
      ...(routing && { routing: { ...routing, clusters: originsOf(routing.clusters) } }),
    });
    opened.push(proxy);
    ports.set(name, [["host", proxy.port]]);
  }
  const envoyPath = await envoyForTests();
  if (envoyPath !== undefined) {
    const listeners = await Promise.all(
      [...compiled].map(async ([name, { filter }]) => {
        const wasmPath = path.join(directory, `${name}.wasm`);
        await writeFile(wasmPath, filter.wasm);
        const routing = chosenRoutes(filter);
        const { pathNormalization } = filter;
        const filters = [{ wasmPath, name: `tollgate.${name}`, vmId: name }];
        const shared = { name, port: 0, upstream, filters, revealDetails: true, pathNormalization };
        return { ...shared, ...(routing && { routing }) };
      }),
    );
    const callouts = new Map([...compiled.values()].flatMap(({ filter }) => [...calledClusters(filter)]));
    const envoy = await startEnvoy({
      envoy: envoyPath,
      directory,
      bootstrap: bootstrap({ listeners, callouts }),
      concurrency: 1,
    });
    opened.push({ close: () => envoy.stop() });
    for (const name of compiled.keys()) ports.get(name)?.push(["envoy", envoy.ports.get(name) ?? 0]);
  }
  return {
    ports: (filter) => ports.get(filter) ?? [],
    compiled: (filter) => {
      const found = compiled.get(filter);
      if (!found) throw new Error(`there is no filter ${filter}`);
      return found;
    },
    reached: () => Object.fromEntries([...running].map(([name, one]) => [name, one.requests()])),
    close: async () => {
      for (const item of opened.reverse()) await item.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
