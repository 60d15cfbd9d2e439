// The same cases in the Node host and in a real Envoy, both started on an example's envoy.yaml. Runs in Node.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe } from "@jest/globals";
import { EnvoyFailed } from "../../envoy/index.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { compiledFor } from "./compiled.ts";
import { EnvoyYaml } from "./envoy-yaml.ts";
import { until } from "./eventually.ts";
import { sendRequest } from "./http-client.ts";
import { envoyEngine } from "./in-envoy.ts";
import { startHost } from "./in-host.ts";
import type { Engine, EngineName, EngineOptions, LogLine, RunningProxy, StartEngine } from "./running.ts";
import { connectTcp, type TcpClient } from "./tcp-server.ts";
import type { TestServer } from "./test-server.ts";

export interface RunOptions extends EngineOptions {
  /** The server behind each cluster of envoy.yaml; started and stopped with the run. */
  clusters?: Readonly<Record<string, TestServer>>;
  /** Changes envoy.yaml. */
  edit?: (yaml: EnvoyYaml) => void;
  /** What stands in for files that envoy.yaml names, other than the modules: name there → path. */
  files?: Readonly<Record<string, string>>;
}

export interface Run {
  /** Starts servers and engine, hands the proxy to `body`, and stops everything. Where there is no Envoy, `body` does not run. */
  (options: RunOptions, body: (proxy: RunningProxy) => Promise<void>): Promise<void>;
  /** The engine must refuse to start; `body` is told why: the error's message, then what was logged. */
  refused(options: RunOptions, body: (why: string) => void): Promise<void>;
}

/** `example`: the folder below `filters/`. */
export function inBothEngines(example: string, cases: (run: Run, engine: EngineName) => void): void {
  describe("in the Node host", () => cases(runner(example, "host"), "host"));
  describe("in a real Envoy", () => cases(runner(example, "envoy"), "envoy"));
}

function runner(example: string, name: EngineName): Run {
  const run = async (options: RunOptions, body: (proxy: RunningProxy) => Promise<void>): Promise<void> => {
    const start = await engine(name);
    if (start === undefined) return;
    const logs: LogLine[] = [];
    await prepared(example, options, async (bootstrap, listeners) => {
      const running = await start(bootstrap, options, keeper(logs, options.logLevel));
      const connections: TcpClient[] = [];
      try {
        await body(proxy(name, running, listeners, logs, connections));
      } finally {
        for (const connection of connections) connection.destroy();
        await running.stop();
      }
    });
  };
  const refused = async (options: RunOptions, body: (why: string) => void): Promise<void> => {
    const start = await engine(name);
    if (start === undefined) return;
    const logs: LogLine[] = [];
    await prepared(example, options, async (bootstrap) => {
      let running: Engine | undefined;
      let why = "";
      try {
        running = await start(bootstrap, options, keeper(logs, options.logLevel));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        why = [error.message, ...logs.map(({ message }) => message)].join("\n");
        if (error instanceof EnvoyFailed) why += `\n${error.log}`;
      }
      await running?.stop();
      if (running !== undefined) throw new Error("it started, and should have been refused");
      body(why);
    });
  };
  return Object.assign(run, { refused });
}

async function engine(name: EngineName): Promise<StartEngine | undefined> {
  if (name === "host") return startHost;
  const executable = await envoyForTests();
  return executable === undefined ? undefined : envoyEngine(executable);
}

/** Starts the servers and makes the bootstrap; stops and removes all when `use` is done. */
async function prepared(
  example: string,
  { clusters = {}, edit, files = {} }: RunOptions,
  use: (bootstrap: object, listeners: string[]) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-example-"));
  const servers = new Set(Object.values(clusters));
  try {
    for (const server of servers) await server.start();
    const yaml = await EnvoyYaml.load(new URL(`../${example}/envoy.yaml`, import.meta.url));
    edit?.(yaml);
    const listeners = yaml.listenerNames;
    yaml.takeAnyPorts();
    yaml.connect(clusters);
    await yaml.replaceFiles(async (filename) => {
      const given = files[filename];
      if (given !== undefined) return given;
      const file = path.join(folder, path.basename(filename));
      await writeFile(file, await compiledFor(example, filename));
      return file;
    });
    await use(yaml.bootstrap, listeners);
  } finally {
    for (const server of servers) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"];

function keeper(logs: LogLine[], lowest = "info"): (line: LogLine) => void {
  return (line) => {
    if (LEVELS.indexOf(line.level) >= LEVELS.indexOf(lowest)) logs.push(line);
  };
}

function proxy(
  name: EngineName,
  running: Engine,
  listeners: readonly string[],
  logs: readonly LogLine[],
  connections: TcpClient[],
): RunningProxy {
  const port = (listener = listeners[0] ?? ""): number => {
    const found = running.ports.get(listener);
    if (found === undefined)
      throw new Error(`there is no listener \`${listener}\`, only ${listeners.join(", ")}`);
    return found;
  };
  return {
    engine: name,
    port,
    send: (request, listener) => sendRequest(port(listener), request),
    async connect(listener) {
      const connection = await connectTcp(port(listener));
      connections.push(connection);
      return connection;
    },
    logs: () => logs,
    async logged(pattern) {
      const find = (): LogLine | undefined =>
        logs.find(({ message }) =>
          typeof pattern === "string" ? message.includes(pattern) : pattern.test(message),
        );
      await until(
        () => find() !== undefined,
        () =>
          `nothing like ${String(pattern)} was logged, but\n${logs.map(({ message }) => message).join("\n")}`,
      );
      return find()?.message ?? "";
    },
    stats: () => running.stats(),
  };
}
