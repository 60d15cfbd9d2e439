// The command line as it ships, each run in a process of its own.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { track } from "./cleanup.ts";
import { progress } from "./report/progress.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Bundles the command line where a source is newer than the bundle. */
export async function bundleCommandLine(): Promise<void> {
  const bundle = `${root}compiler/dist/cli.js`;
  const built = existsSync(bundle) ? (await stat(bundle)).mtimeMs : 0;
  const sources = await Promise.all(
    ["compiler", "host", "filters/runtime", "sdk", "asconfig.json", "scripts/build.mjs"].map((name) =>
      newest(root + name),
    ),
  );
  if (Math.max(...sources) < built) return;
  progress("build: bundling the command line (node scripts/build.mjs)");
  await runNode(["scripts/build.mjs"]);
}

/** `tollgate build FOLDER -o OUT` in a new process; the seconds it took. */
export async function coldBuild(folder: string, out: string): Promise<number> {
  const started = performance.now();
  await runNode(["compiler/bin/tollgate.js", "build", folder, "-o", out]);
  return (performance.now() - started) / 1000;
}

async function newest(file: string): Promise<number> {
  const info = await stat(file);
  if (!info.isDirectory()) return info.mtimeMs;
  const names = (await readdir(file)).filter((name) => name !== "dist" && name !== "node_modules");
  const times = await Promise.all(names.map((name) => newest(path.join(file, name))));
  return Math.max(0, ...times);
}

function runNode(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const settings = { cwd: root, timeout: 120_000, killSignal: "SIGKILL" } as const;
    const child = execFile(process.execPath, args, settings, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`\`node ${args.join(" ")}\` failed: ${stderr || error.message}`));
    });
    track(child);
  });
}
