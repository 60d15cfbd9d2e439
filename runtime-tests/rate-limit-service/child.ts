// A program that runs beside the tests and never outlives them.
import { spawn } from "node:child_process";
import { eachLine, RecentLines } from "../../envoy/log-lines.ts";
import { deathSignalPrefix, forget, killWithParent } from "../../envoy/parent-exit.ts";
import type { Program } from "./binaries.ts";

const LOG_LINES_KEPT = 200;
const STOP_BOUND_MS = 5_000;
const READY_BOUND_MS = 20_000;
const POLL_MS = 10;

export interface Child {
  readonly pid: number;
  /** The last lines of what it said. */
  log(): readonly string[];
  /** Rejects with what it said once it has ended, or after twenty seconds; resolves when `isReady` says so. */
  until(isReady: () => boolean | Promise<boolean>, what: string): Promise<void>;
  /** SIGTERM, after five seconds SIGKILL; resolves when it is gone. May be called again. */
  stop(): Promise<void>;
  /** SIGKILL, as an outage would; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: its connections stay, and nobody answers on them. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}

/** Starts `program`; `env` is all that it sees of the environment. */
export async function startChild(
  program: Program,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; onLine?: (line: string) => void } = {},
): Promise<Child> {
  const [file = "", ...rest] = [...(await deathSignalPrefix()), program.file, ...args];
  const env = { ...program.env, ...options.env };
  const child = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"], env });
  const recent = new RecentLines(LOG_LINES_KEPT);
  const note = (line: string): void => {
    recent.add(line);
    options.onLine?.(line);
  };
  eachLine(child.stdout, note);
  eachLine(child.stderr, note);
  const { pid } = child;
  let ended = false;
  const gone = new Promise<void>((resolve) => {
    const end = (): void => {
      ended = true;
      if (pid !== undefined) forget(pid);
      resolve();
    };
    child.once("error", (error) => {
      note(error.message);
      if (pid === undefined) end();
    });
    child.once("close", end);
  });
  if (pid !== undefined) killWithParent(pid);

  /** A program that is frozen ends only once it may go on. */
  const signal = (name: NodeJS.Signals): void => {
    if (ended) return;
    child.kill(name);
    child.kill("SIGCONT");
  };
  return {
    pid: pid ?? 0,
    log: () => recent.list(),
    async until(isReady, what) {
      const deadline = Date.now() + READY_BOUND_MS;
      for (;;) {
        // The answer of one that has ended is another's.
        const ready = await isReady();
        if (!ended && ready) return;
        const problem = ended
          ? "it has ended"
          : Date.now() > deadline
            ? `not after ${READY_BOUND_MS} ms`
            : "";
        if (problem !== "") throw new Error(`${what}: ${problem}\n${recent.list().slice(-20).join("\n")}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    async stop() {
      signal("SIGTERM");
      const timer = setTimeout(() => signal("SIGKILL"), STOP_BOUND_MS);
      await gone;
      clearTimeout(timer);
    },
    async kill() {
      signal("SIGKILL");
      await gone;
    },
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
  };
}
