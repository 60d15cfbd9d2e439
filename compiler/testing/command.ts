// Runs the built command as people do: in a process of its own, with what it writes caught.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The repository, from which examples are named. */
export const repository = fileURLToPath(new URL("../../", import.meta.url));
const script = path.join(repository, "compiler/bin/tollgate.js");

export interface CommandOptions {
  readonly cwd?: string;
  /** Instead of this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** How a command ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const LONGEST_WAIT_MS = 90_000;

/** A command that is running. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], options: CommandOptions = {}) {
    this.child = spawn(process.execPath, [script, ...args], {
      cwd: options.cwd ?? repository,
      // Jest says on a terminal that its workers may use colours; what commands write is caught here.
      env: options.env ?? { ...process.env, FORCE_COLOR: undefined },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** Waits until what was written matches. */
  async until(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray> {
    for (const deadline = Date.now() + LONGEST_WAIT_MS; Date.now() < deadline; await delay(20)) {
      const found = pattern.exec(this[stream]);
      if (found) return found;
      if (this.child.exitCode !== null) break;
    }
    throw new Error(`no ${String(pattern)} in ${stream}:\n${this.stdout}\n${this.stderr}`);
  }

  /** Ends it the hard way where it has not ended by itself. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGKILL");
    await this.ended;
  }
}

/** Runs a command to its end. */
export async function tollgate(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const running = new Running(args, options);
  const timer = setTimeout(() => running.child.kill("SIGKILL"), LONGEST_WAIT_MS);
  try {
    return await running.ended;
  } finally {
    clearTimeout(timer);
  }
}

/** A folder for one test file; `remove` takes it away. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-cli-"));
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Something that listens on a port of 127.0.0.1. */
export async function occupyPort(): Promise<{ port: number; close: () => Promise<void> }> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
