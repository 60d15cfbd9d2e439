// tollgate run: the local proxy. Compiles, serves, and recompiles when a policy changes, without dropping a request.
import path from "node:path";
import { watch, type FSWatcher } from "chokidar";
import type { Command } from "commander";
import {
  FilterModule,
  startProxy,
  Vm,
  type FilterFactory,
  type Proxy,
  type RequestRecord,
} from "../../host/index.ts";
import { Assembler, type PackagedFilter } from "../index.ts";
import { compileOne, pathsHelp } from "./bundle.ts";
import { calledOrigins } from "./clusters.ts";
import { countedAnew } from "./counted-anew.ts";
import { CommandFailure, PoliciesAtFault, reportFailure } from "./failure.ts";
import { port, untilInterrupted, upstream, workloadHelp } from "./options.ts";
import { count, err, formatBytes, formatDuration, out } from "./terminal.ts";

interface RunOptions {
  readonly upstream: URL;
  readonly port: number;
  readonly address: string;
  readonly watch: boolean;
  readonly workload?: string;
}

export function addRun(program: Command): void {
  program
    .command("run")
    .description("serve the policies in a local proxy, and follow changes to them")
    .argument("<path...>", pathsHelp)
    .requiredOption("--upstream <url>", "the service behind the proxy", upstream)
    .option("--port <port>", "where to listen; 0 takes any free port", port, 8080)
    .option("--address <address>", "the address to listen on", "127.0.0.1")
    .option("--workload <name>", workloadHelp)
    .option("--no-watch", "do not follow changes")
    .addHelpText(
      "after",
      `
The proxy runs the very wasm that Envoy would load, in Node's V8. It prints a line for each request.
When a policy changes it is compiled anew and takes over at once; requests under way finish on the old
version. Rate limits go on counting, but for those of \`scope: worker\` and those whose key or rates change, which
are named. Policies with errors leave the old version in place.

Example:
  tollgate run examples/shop --upstream http://127.0.0.1:3000
  curl -H 'host: shop.test' http://127.0.0.1:8080/`,
    )
    .action(run);
}

async function run(paths: string[], options: RunOptions): Promise<void> {
  const assembler = new Assembler();
  let watcher: FSWatcher | undefined;
  let proxy: Proxy | undefined;
  const interrupted = untilInterrupted();
  try {
    // Watching begins before the first compilation, so that no change falls between the two.
    const meanwhile = { changed: false };
    let changed = (): void => {
      meanwhile.changed = true;
    };
    if (options.watch) {
      watcher = watchPolicies(paths, () => changed());
      await ready(watcher);
    }
    const started = performance.now();
    const filter = await compileOne(paths, assembler, options.workload);
    proxy = await listen(filter, options);
    err.line(`${err.palette.good("compiled")} ${summary(filter, performance.now() - started)}`);
    out.line(`listening on http://${host(proxy.address)}:${proxy.port}, upstream ${options.upstream.origin}`);
    const running = proxy;
    let current = filter;
    changed = follow(async () => {
      const again = performance.now();
      const next = await compileOne(paths, assembler, options.workload);
      if (next.manifest.digest === current.manifest.digest) return false;
      running.swap(factory(next), { pathNormalization: next.pathNormalization });
      err.line(`${err.palette.good("recompiled")} ${summary(next, performance.now() - again)}`);
      const anew = countedAnew(current, next);
      if (anew.length > 0) err.line(`rate limits that count from zero: ${anew.join(", ")}`);
      current = next;
      return true;
    });
    if (meanwhile.changed) changed();
    await interrupted;
  } finally {
    await watcher?.close();
    await proxy?.close();
    await assembler.close();
  }
}

/** Tells of changes to the files that `readBundleFiles` reads; what cannot be watched is said and does no harm. */
function watchPolicies(paths: readonly string[], changed: () => void): FSWatcher {
  const roots = paths.map((given) => path.resolve(given));
  const watcher = watch([...paths], { ignoreInitial: true, ignored: (file) => passedOver(file, roots) });
  watcher.on("all", (_event, file) => {
    // Key sets are in JSON.
    if (/\.(ya?ml|json)$/i.test(file) || roots.includes(path.resolve(file))) changed();
  });
  watcher.on("error", (error) => {
    const message = error instanceof Error ? error.message : String(error);
    err.line(err.palette.warning(`changes are not followed: ${message}`));
  });
  return watcher;
}

/** Hidden below each path that was given; the way to that path may well be hidden. */
function passedOver(file: string, roots: readonly string[]): boolean {
  const within = roots
    .map((root) => path.relative(root, path.resolve(file)))
    .filter((relative) => relative.split(path.sep)[0] !== "..");
  return (
    within.length > 0 &&
    within.every((relative) => /(^|[/\\])(\.[^/\\.]|node_modules([/\\]|$))/.test(relative))
  );
}

function ready(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve) => {
    watcher.once("ready", () => resolve());
    watcher.once("error", () => resolve());
  });
}

/**
 * Runs `update` after changes have settled, one at a time, and once more where changes came meanwhile. `update` tells
 * whether it put another version in place.
 */
function follow(update: () => Promise<boolean>): () => void {
  const SETTLED_MS = 40; // editors write a file in several steps
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let again = false;
  let failed = false;
  const start = async (): Promise<void> => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const changed = await update();
      if (failed && !changed)
        err.line(err.palette.good("the policies are valid again, the version unchanged"));
      failed = false;
    } catch (error) {
      failed = true;
      if (!(error instanceof PoliciesAtFault)) reportFailure(error);
      err.line(err.palette.warning("the version before this change goes on"));
    }
    busy = false;
    if (again) {
      again = false;
      await start();
    }
  };
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => void start(), SETTLED_MS);
  };
}

async function listen(filter: PackagedFilter, options: RunOptions): Promise<Proxy> {
  try {
    return await startProxy({
      upstream: options.upstream,
      port: options.port,
      address: options.address,
      filter: factory(filter),
      pathNormalization: filter.pathNormalization,
      onRequest: (record) => out.line(requestLine(record)),
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      throw new CommandFailure(
        `port ${options.port} of ${options.address} is in use`,
        "choose another with `--port` (0 takes any free one), or stop what uses it",
      );
    }
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
      throw new CommandFailure(
        `\`${options.address}\` is no address of this machine`,
        "leave `--address` out to listen on 127.0.0.1",
      );
    }
    throw error;
  }
}

/** Starts a VM for the filter; what the filter logs goes to stderr. */
export function factory(filter: PackagedFilter): FilterFactory {
  const module = FilterModule.compile(filter.wasm);
  const clusters = calledOrigins(filter);
  const { vmId } = filter;
  const log = (_level: number, message: string): void => err.line(message);
  return ({ shared }) => Vm.start(module, { vmId, clusters, shared, log });
}

function summary(filter: PackagedFilter, milliseconds: number): string {
  const { policies, wasmBytes } = filter.manifest;
  return `${count(policies.length, "policy", "policies")} in ${formatDuration(milliseconds)}, ${formatBytes(wasmBytes)}`;
}

/** One line a request. Paths come from clients: control characters never reach the terminal. */
function requestLine(record: RequestRecord): string {
  const { palette } = out;
  const paint = record.status >= 500 ? palette.error : record.status >= 400 ? palette.warning : palette.good;
  const target = printable(`${record.method} ${record.host}${record.path.replace(/\?.*$/s, "?…")}`);
  const details = record.details === "via_upstream" ? "" : ` ${palette.dim(printable(record.details))}`;
  return `${paint(String(record.status))} ${target}${details} ${palette.dim(formatDuration(record.durationMs))}`;
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e…]/g, "?").slice(0, 200);
}

function host(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
