// Where the modules run: the Node host's proxy, and a real Envoy. Both with one VM, and with FAIL_RELOAD.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { bootstrap, startEnvoy } from "../../envoy/index.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { FilterModule, LogLevel, startProxy, Vm } from "../../host/index.ts";
import { GREETING } from "./cases.ts";

/** What the filter may meet; `side` and `nobody` are clusters. */
export interface Surroundings {
  readonly upstream: URL;
  readonly side: URL;
  readonly nobody: URL;
}

export interface Running {
  readonly port: number;
  /** What the filter logged, from info on, as `<level> <text>`. */
  readonly logged: () => readonly string[];
  /** A counter's or a gauge's value. */
  readonly metric: (name: string) => Promise<number>;
  readonly stop: () => Promise<void>;
}

export interface Runtime {
  readonly name: string;
  /** Undefined where there is none to run in (see envoyForTests). Rejects where the filter refuses its configuration. */
  start(wasmPath: string, around: Surroundings, configuration?: string): Promise<Running | undefined>;
}

const levels = ["trace", "debug", "info", "warn", "error", "critical"];

const nodeHost: Runtime = {
  name: "the Node host",
  async start(wasmPath, { upstream, side, nobody }, configuration = GREETING) {
    const module = FilterModule.compile(await readFile(wasmPath));
    const lines: string[] = [];
    let current: Vm | undefined;
    const proxy = await startProxy({
      upstream,
      port: 0,
      clusters: new Map([
        ["side", side],
        ["nobody", nobody],
      ]),
      filter: (context) =>
        (current = Vm.start(module, {
          ...context,
          pluginConfiguration: Buffer.from(configuration),
          pluginName: "foreign",
          vmId: "foreign",
          canary: true,
          log: (level, text) => {
            if (level >= LogLevel.Info) lines.push(`${levels[level] ?? ""} ${text}`);
          },
        })),
    });
    return {
      port: proxy.port,
      logged: () => lines,
      metric: (name) => Promise.resolve(Number(current?.metrics.get(name)?.value)),
      stop: () => proxy.close(),
    };
  },
};

const envoy: Runtime = {
  name: "a real Envoy",
  async start(wasmPath, { upstream, side, nobody }, configuration = GREETING) {
    const executable = await envoyForTests();
    if (executable === undefined) return undefined;
    const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-foreign-"));
    const filter = { wasmPath, name: "foreign", vmId: "foreign", configuration };
    const config = bootstrap({ listeners: [{ name: "main", port: 0, upstream, filters: [filter] }] }) as {
      static_resources: { clusters: object[] };
    };
    config.static_resources.clusters.push(cluster("side", side), cluster("nobody", nobody));
    const lines: string[] = [];
    const onLog = (line: string): void => {
      const [, level, text] = /\[(\w+)\]\[wasm\] .*? wasm log[^:]*: (.*)$/.exec(line) ?? [];
      if (level !== undefined && text !== undefined)
        lines.push(`${level.replace("warning", "warn")} ${text}`);
    };
    const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
    try {
      const running = await startEnvoy({
        envoy: executable,
        bootstrap: config,
        directory,
        concurrency: 1,
        onLog,
      });
      return {
        port: running.ports.get("main") ?? 0,
        logged: () => lines,
        metric: async (name) => (await running.stats(`wasmcustom.${name}`))[`wasmcustom.${name}`] ?? NaN,
        stop: async () => {
          await running.stop();
          await remove();
        },
      };
    } catch (error) {
      await remove();
      throw error;
    }
  },
};

function cluster(name: string, { hostname: address, port }: URL): object {
  const endpoint = { address: { socket_address: { address, port_value: Number(port) } } };
  return {
    name,
    type: "STATIC",
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}

export const runtimes: readonly Runtime[] = [nodeHost, envoy];
