// Short-lived helper commands (`envoy --version`, pip): run one to its end, or find one on PATH.
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

export interface CommandResult {
  /** Exit code; undefined where the command could not be started or was killed. */
  code: number | undefined;
  /** stdout and stderr, one after the other. */
  output: string;
}

/** Runs a command without a shell; resolves however it ends. `timeoutMs` kills it. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; timeoutMs: number },
): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      {
        env: options.env ?? process.env,
        timeout: options.timeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: 16 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ code: 0, output: stdout + stderr });
        const code = typeof error.code === "number" ? error.code : undefined;
        const cause =
          code !== undefined ? "" : error.killed ? `killed after ${options.timeoutMs} ms` : error.message;
        resolve({ code, output: stdout + stderr + cause });
      },
    );
  });
}

/** Whether `file` is a regular file that this user may execute. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The first executable called `name` in the absolute directories of `env.PATH`. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  // A relative entry would make what runs depend on the directory somebody stands in.
  const directories = (env["PATH"] ?? "").split(path.delimiter).filter((entry) => path.isAbsolute(entry));
  return directories.map((directory) => path.join(directory, name)).find(isExecutable);
}
