// Policies in YAML, compiled and running in a real Envoy.
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { calledClusters } from "../../compiler/cli/clusters.ts";
import {
  Assembler,
  compile,
  renderDiagnostics,
  type PackagedFilter,
  type Program,
} from "../../compiler/index.ts";
import { bootstrap, startEnvoy, type RunningEnvoy } from "../../envoy/index.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { eventually } from "../../filters/testing/index.ts";
import { send, type HeaderList, type HttpAnswer } from "../support/http-client.ts";
import { startLimitedUpstream, type LimitedUpstream } from "./upstream.ts";

export interface LimitedProxy {
  readonly port: number;
  /** The port of a second listener with the same filter. */
  readonly secondPort: number;
  readonly upstream: LimitedUpstream;
  /** A request on a connection of its own. */
  get(path: string, headers?: HeaderList): Promise<HttpAnswer>;
  /** What a limit of `policy` has counted, by the counter's name. */
  counted(policy: string, limit: string): Promise<Record<string, number>>;
  stats(prefix: string): Promise<Record<string, number>>;
  log(): string;
  /** Replaces the filter, as a change of the listener's configuration does, and resolves when all workers have the new one. */
  replace(filter: PackagedFilter): Promise<void>;
}

export interface ProxyOptions {
  /** Worker threads. */
  readonly concurrency: number;
  /** How long a route waits for the upstream; absent: longer than any test. */
  readonly timeout?: string;
}

export interface Compiled {
  readonly filter: PackagedFilter;
  readonly program: Program;
}

/** Compiles bundles, each a text; fails with the diagnostics as a person would see them. */
export async function compiled<const Texts extends readonly string[]>(
  ...texts: Texts
): Promise<{ [I in keyof Texts]: Compiled }> {
  const assembler = new Assembler();
  const results: Compiled[] = [];
  try {
    for (const text of texts) {
      const file = { path: "limits.yaml", shown: "limits.yaml", text };
      const bundle = { files: [file], defaultName: "limits" };
      const { filters, targets, diagnostics } = await compile(bundle, assembler);
      const [filter] = filters;
      const [target] = targets;
      if (!filter || !target) throw new Error(renderDiagnostics(diagnostics));
      results.push({ filter, program: target.program });
    }
  } finally {
    await assembler.close();
  }
  return results as { [I in keyof Texts]: Compiled };
}

/** Runs `body` in front of an Envoy with `filter`, and expects that the filter has not failed; not at all where there is no Envoy. */
export async function withLimits(
  filter: PackagedFilter,
  options: ProxyOptions,
  body: (proxy: LimitedProxy) => Promise<void>,
): Promise<void> {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-limits-"));
  const upstream = await startLimitedUpstream();
  let envoy: RunningEnvoy | undefined;
  try {
    const listeners = new Listeners(directory, upstream.url, options);
    envoy = await startEnvoy({
      envoy: envoyPath,
      directory,
      bootstrap: await listeners.bootstrap(filter),
      concurrency: options.concurrency,
    });
    await body(limitedProxy(envoy, upstream, listeners));
    const failures = envoy
      .log()
      .split("\n")
      .filter((line) => /\[(error|critical)\]|Function: proxy_on_/.test(line));
    if (failures.length > 0) throw new Error(failures.join("\n"));
  } finally {
    await envoy?.stop();
    await upstream.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function limitedProxy(envoy: RunningEnvoy, upstream: LimitedUpstream, listeners: Listeners): LimitedProxy {
  const port = envoy.ports.get(NAME) ?? 0;
  return {
    port,
    secondPort: envoy.ports.get(SECOND) ?? 0,
    upstream,
    get: (path, headers = []) =>
      send(port, { method: "GET", path, headers: [["host", "limits.test"], ...headers] }),
    async counted(policy, limit) {
      const prefix = `tollgate.rate_limit.${policy}.${limit}.`;
      const stats = await envoy.stats(`wasmcustom.${prefix}`);
      return Object.fromEntries(Object.entries(stats).map(([name, n]) => [name.split(".").at(-1) ?? "", n]));
    },
    stats: (prefix) => envoy.stats(prefix),
    log: () => envoy.log(),
    async replace(filter) {
      const version = await listeners.write(filter);
      await eventually(async () => {
        const stats = await envoy.stats("listener_manager.");
        if (stats["listener_manager.lds.update_success"] !== version)
          throw new Error("Envoy goes on with the old one");
        if (stats["listener_manager.total_listeners_warming"] !== 0)
          throw new Error("the new one is not ready");
      });
    },
  };
}

const NAME = "limits";
const SECOND = "limits-too";

/** The listeners, in a file that Envoy watches. */
class Listeners {
  readonly #directory: string;
  readonly #upstream: URL;
  readonly #options: ProxyOptions;
  #version = 0;

  constructor(directory: string, upstream: URL, options: ProxyOptions) {
    this.#directory = directory;
    this.#upstream = upstream;
    this.#options = options;
  }

  /** Envoy's configuration but for the listeners, which it reads from the file. */
  async bootstrap(filter: PackagedFilter): Promise<object> {
    await this.write(filter);
    const { static_resources: resources, ...rest } = await this.#static(filter);
    return {
      ...rest,
      node: { id: "limits", cluster: "limits" },
      static_resources: { ...resources, listeners: [] },
      dynamic_resources: { lds_config: { path_config_source: { path: this.#file } } },
    };
  }

  /** Writes the listeners anew, and returns how often that was. */
  async write(filter: PackagedFilter): Promise<number> {
    const { static_resources: resources } = await this.#static(filter);
    const type = "type.googleapis.com/envoy.config.listener.v3.Listener";
    const found = resources.listeners.map((listener) => ({ "@type": type, ...listener }));
    const text = JSON.stringify({ resources: found });
    const { timeout } = this.#options;
    await writeFile(
      `${this.#file}.new`,
      timeout === undefined ? text : text.replaceAll('"3600s"', `"${timeout}"`),
    );
    await rename(`${this.#file}.new`, this.#file);
    return ++this.#version;
  }

  get #file(): string {
    return path.join(this.#directory, "listeners.json");
  }

  async #static(filter: PackagedFilter): Promise<{ static_resources: { listeners: object[] } }> {
    // Files that a running Envoy loads carry the digest: the same name would be no change.
    const wasmPath = path.join(this.#directory, `${filter.manifest.digest}.wasm`);
    await writeFile(wasmPath, filter.wasm);
    const plugin = { wasmPath, name: `tollgate.${NAME}`, vmId: NAME };
    const listener = { port: 0, upstream: this.#upstream, filters: [plugin], revealDetails: true };
    const listeners = [NAME, SECOND].map((name) => ({ ...listener, name }));
    return bootstrap({ listeners, callouts: calledClusters(filter) }) as {
      static_resources: { listeners: object[] };
    };
  }
}
