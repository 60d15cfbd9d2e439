// A terminal as a guide's reader has it: commands in a current folder, one of them left running.
import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

const LONGEST_WAIT_MS = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export class Terminal {
  /** Where commands run. */
  folder: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly running: ChildProcess[] = [];

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    // npm under npm would take over what it was told.
    const own = Object.entries(process.env).filter(
      ([name]) => !/^npm_(?!config_(cache|registry|userconfig))/.test(name),
    );
    this.env = { ...Object.fromEntries(own), ...env };
  }

  /** Runs a command to its end; what it writes to both streams is its output. */
  async run(command: string): Promise<Ended> {
    const { child, output } = this.start(command);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("close", resolve).once("error", reject);
    });
    return { code, output: output() };
  }

  /** Leaves a command running, and answers what it has written so far each time it is asked. */
  background(command: string): () => string {
    const { child, output } = this.start(command);
    this.running.push(child);
    return output;
  }

  /** Presses Ctrl-C where commands are left running, and waits for them. */
  async interrupt(): Promise<void> {
    for (const child of this.running.splice(0)) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const closed = new Promise((resolve) => child.once("close", resolve));
      // The whole group, as a terminal does.
      process.kill(-child.pid, "SIGINT");
      await closed;
    }
  }

  private start(command: string): { child: ChildProcess; output: () => string } {
    const child = spawn("sh", ["-c", `${command} 2>&1`], {
      cwd: this.folder,
      env: this.env,
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    return { child, output: () => output };
  }
}

/** Waits until an output matches. */
export async function shown(output: () => string, pattern: RegExp): Promise<RegExpExecArray> {
  for (const deadline = Date.now() + LONGEST_WAIT_MS; Date.now() < deadline; await delay(50)) {
    const found = pattern.exec(output());
    if (found) return found;
  }
  throw new Error(`no ${String(pattern)} in:\n${output()}`);
}
