// Starts an Envoy, waits until it serves, and ends it.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { adminGet, listenerPorts, parseAddress, readStats } from "./admin.ts";
import type { AdminAddress } from "./admin.ts";
import { renderBootstrap } from "./bootstrap.ts";
import { findOnPath } from "./command.ts";
import { EnvoyFailed } from "./errors.ts";
import { addressInUse, startFailure } from "./failure.ts";
import { eachLine, RecentLines } from "./log-lines.ts";
import { deathSignalPrefix, forget, killWithParent } from "./parent-exit.ts";
import { takenAddress } from "./port-check.ts";
import { cpuTime, residentBytes } from "./process-usage.ts";

const LOG_LINES_KEPT = 500;
const STOP_BOUND_MS = 5_000;
const POLL_MS = 15;

export interface StartOptions {
  /** Path of the executable, see locateEnvoy. */
  envoy: string;
  /** What bootstrap() returned. */
  bootstrap: object;
  /** Where envoy.json is written; created if need be. One running Envoy a directory. */
  directory: string;
  /** Worker threads, each with its own Wasm VMs. Default 2. */
  concurrency?: number;
  /** trace | debug | info | warning | error | critical | off. Default: warning, but info for what filters log. */
  logLevel?: string;
  /** Each line of Envoy's log (stderr), control characters escaped. */
  onLog?: (line: string) => void;
  /** Each line of stdout, where access logs go that are sent there; control characters escaped. */
  onAccess?: (line: string) => void;
  /** Default 30,000. */
  readyTimeoutMs?: number;
  /** Keeps Envoy on one core, where `taskset` is installed. For benchmarks. */
  pinToCore?: number;
}

export interface ExitStatus {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningEnvoy {
  readonly pid: number;
  /** Listener name → port. */
  readonly ports: ReadonlyMap<string, number>;
  readonly adminPort: number;
  /** The last lines of Envoy's log, bounded. */
  log(): string;
  /** Counters and gauges whose name starts with `prefix`; all without one. */
  stats(prefix?: string): Promise<Record<string, number>>;
  /** Resident memory. Throws after the end. */
  rssBytes(): number;
  /** CPU time of all threads so far. Linux only; throws elsewhere and after the end. */
  cpuNanoseconds(): bigint;
  /** SIGTERM, after five seconds SIGKILL; resolves when the process is gone. May be called again. */
  stop(): Promise<void>;
  /** Resolves when the process is gone, however that came about. */
  readonly exited: Promise<ExitStatus>;
}

/**
 * Starts Envoy and resolves when it serves. Rejects with EnvoyFailed, the process gone, when an address is taken, a
 * filter or the configuration refused, or the time over. No Envoy outlives this process.
 */
export async function startEnvoy(options: StartOptions): Promise<RunningEnvoy> {
  const taken = await takenAddress(options.bootstrap);
  if (taken !== undefined) throw addressInUse(taken);

  await mkdir(options.directory, { recursive: true });
  const config = path.join(options.directory, "envoy.json");
  const addressFile = path.join(options.directory, `admin-${randomBytes(6).toString("hex")}.address`);
  await writeFile(config, renderBootstrap(options.bootstrap));

  const [command = "", ...args] = await commandLine(options, config, addressFile);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const recent = new RecentLines(LOG_LINES_KEPT);
  eachLine(child.stderr, (line) => {
    recent.add(line);
    options.onLog?.(line);
  });
  eachLine(child.stdout, (line) => options.onAccess?.(line));
  const exited = whenExited(child, recent);
  const { pid } = child;
  if (pid !== undefined) killWithParent(pid);
  const stop = stopper(child, exited);

  try {
    const { admin, ports } = await whenReady(addressFile, exited, recent, options.readyTimeoutMs ?? 30_000);
    return {
      pid: pid ?? 0,
      ports,
      adminPort: admin.port,
      log: () => recent.list().join("\n"),
      stats: (prefix = "") => readStats(admin, prefix),
      rssBytes: () => residentBytes(pid ?? 0),
      cpuNanoseconds: () => cpuTime(pid ?? 0),
      stop,
      exited,
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    await rm(addressFile, { force: true });
  }
}

async function commandLine(options: StartOptions, config: string, addressFile: string): Promise<string[]> {
  const taskset = options.pinToCore === undefined ? undefined : findOnPath("taskset", process.env);
  return [
    ...(taskset === undefined ? [] : [taskset, "--cpu-list", String(options.pinToCore)]),
    ...(await deathSignalPrefix()),
    path.resolve(options.envoy),
    ...["--config-path", config],
    ...["--concurrency", String(options.concurrency ?? 2)],
    // Hot restart needs shared memory under a number that all Envoys of a machine share.
    "--disable-hot-restart",
    ...["--admin-address-path", addressFile],
    ...["--log-level", options.logLevel ?? "warning"],
    ...(options.logLevel === undefined ? ["--component-log-level", "wasm:info"] : []),
    // Whoever is still connected to a listener that was replaced is asked to come again with the next answer, rather than
    // within ten minutes.
    ...["--drain-strategy", "immediate", "--drain-time-s", "60"],
    // One log entry stays one line, whatever a filter logs.
    "--log-format-escaped",
    // Access logs come ten seconds late otherwise, and the last ones never.
    ...["--file-flush-interval-msec", "100"],
  ];
}

function whenExited(child: ChildProcess, recent: RecentLines): Promise<ExitStatus> {
  return new Promise((resolve) => {
    const end = (status: ExitStatus) => {
      if (child.pid !== undefined) forget(child.pid);
      resolve(status);
    };
    child.once("error", (error) => {
      // Without a pid nothing was started, and "close" will not follow.
      recent.add(error.message);
      if (child.pid === undefined) end({ code: null, signal: null });
    });
    child.once("exit", () => child.pid !== undefined && forget(child.pid));
    // "close" rather than "exit": the log is complete by then.
    child.once("close", (code, signal) => end({ code, signal }));
  });
}

function stopper(child: ChildProcess, exited: Promise<ExitStatus>): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  // Asked once: a second SIGTERM would kill an Envoy that has begun to shut down and listens for it no more.
  return () => (stopping ??= stopChild(child, exited));
}

async function stopChild(child: ChildProcess, exited: Promise<ExitStatus>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    await exited;
    return;
  }
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_BOUND_MS);
  await exited;
  clearTimeout(timer);
}

async function whenReady(
  addressFile: string,
  exited: Promise<ExitStatus>,
  recent: RecentLines,
  timeoutMs: number,
): Promise<{ admin: AdminAddress; ports: Map<string, number> }> {
  let ended: ExitStatus | undefined;
  void exited.then((status) => (ended = status));
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    // Looked at after each pause, so an Envoy that has ended is never asked.
    if (ended !== undefined) {
      throw startFailure(recent.list(), ended.signal ?? `exit code ${ended.code ?? "none"}`);
    }
    const admin = parseAddress(await readFile(addressFile, "utf8").catch(() => ""));
    const answer = admin && (await adminGet(admin, "/ready").catch(() => undefined));
    if (admin !== undefined && answer?.status === 200) return { admin, ports: await listenerPorts(admin) };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const log = recent.list().join("\n");
  throw new EnvoyFailed("not-ready", `Envoy was not ready after ${timeoutMs} ms`, log);
}
