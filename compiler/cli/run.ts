// tollgate run: the local proxy. Compiles, serves, and recompiles when a policy changes, without dropping a request.
import type { Command } from "commander";
import {
  FilterModule,
  startProxy,
  Vm,
  VmStartError,
  type FilterFactory,
  type Proxy,
  type ProxyOptions,
  type RequestRecord,
} from "../../host/index.ts";
import type { PackagedFilter } from "../index.ts";
import { pathsHelp } from "./bundle.ts";
import { calledOrigins, chosenRoutes, originsOf, upstreamOf } from "./clusters.ts";
import { CommandFailure } from "./failure.ts";
import { serve, type ServeOptions } from "./follow.ts";
import { port, upstream, workloadHelp } from "./options.ts";
import { configurationOf, parameterOption, type ParameterOptions } from "./parameters.ts";
import { err, formatDuration, out } from "./terminal.ts";

interface RunOptions extends ServeOptions, ParameterOptions {
  readonly upstream?: URL;
  readonly port: number;
  readonly address: string;
}

export function addRun(program: Command): void {
  program
    .command("run")
    .description("serve the policies in a local proxy, and follow changes to them")
    .argument("<path...>", pathsHelp)
    .option("--upstream <url>", "the service behind the proxy", upstream)
    .option("--port <port>", "where to listen; 0 takes any free port", port, 8080)
    .option("--address <address>", "the address to listen on", "127.0.0.1")
    .option("--workload <name>", workloadHelp)
    .addOption(parameterOption())
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
  await serve(paths, options, async (filter) => {
    const proxy = await listen(filter, options);
    const to = options.upstream ? `, upstream ${options.upstream.origin}` : "";
    return {
      listening: `listening on http://${host(proxy.address)}:${proxy.port}${to}`,
      replace: (next) => proxy.swap(factory(next, options), behaviour(next, options)),
      close: () => proxy.close(),
    };
  });
}

async function listen(filter: PackagedFilter, options: RunOptions): Promise<Proxy> {
  try {
    return await startProxy({
      ...behaviour(filter, options),
      port: options.port,
      address: options.address,
      filter: factory(filter, options),
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

/** What the proxy does for the filter: how far it normalises paths, and where requests go. */
function behaviour(
  filter: PackagedFilter,
  { upstream }: RunOptions,
): Pick<ProxyOptions, "pathNormalization" | "routing" | "upstream"> {
  const routing = chosenRoutes(filter);
  return {
    ...upstreamOf(filter, upstream),
    pathNormalization: filter.pathNormalization,
    ...(routing && { routing: { ...routing, clusters: originsOf(routing.clusters) } }),
  };
}

/** Starts a VM for the filter; what the filter logs goes to stderr. */
function factory(filter: PackagedFilter, options: ParameterOptions): FilterFactory {
  const module = FilterModule.compile(filter.wasm);
  const clusters = calledOrigins(filter);
  const { vmId } = filter;
  const configuration = configurationOf(filter, options);
  const plugin = configuration === undefined ? {} : { pluginConfiguration: Buffer.from(configuration) };
  const log = (_level: number, message: string): void => err.line(message);
  return ({ shared }) => {
    try {
      return Vm.start(module, { ...plugin, vmId, clusters, shared, log });
    } catch (error) {
      if (!(error instanceof VmStartError)) throw error;
      throw new CommandFailure(`the filter does not start: ${error.message}`);
    }
  };
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
