// Compilers and installers: run one to its end, and keep its last words where it fails.
import { runCommand } from "../../../envoy/command.ts";

/** Well above what a slow machine needs, and still an end: nothing here waits for a network for ever. */
const TIMEOUT_MS = 5 * 60_000;

/**
 * The command's output. Rejects with an Error that names the command and holds the last lines of what it said, where it
 * does not end with exit code 0 within five minutes.
 */
export async function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { code, output } = await runCommand(file, args, { env, timeoutMs: TIMEOUT_MS });
  if (code === 0) return output;
  const last = output.trim().split("\n").slice(-20).join("\n");
  throw new Error(`\`${[file, ...args].join(" ")}\` failed:\n${last}`);
}

/** What went wrong, as a text. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
