// Sees to it that nothing stays behind: no process and no folder, whether the benchmark ends well, fails or is interrupted.
// Envoys are looked after by envoy/ itself, which kills them when this process exits.
import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

const children = new Set<ChildProcess>();
const folders = new Set<string>();
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** To be called once, first. */
export function cleanUpAtExit(): void {
  process.on("exit", cleanUp);
  for (const [signal, number] of Object.entries(signals))
    process.on(signal, () => process.exit(128 + number));
}

/** Ends with this process at the latest. */
export function track<Child extends ChildProcess>(child: Child): Child {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** A new folder that is gone afterwards. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-bench-"));
  folders.add(folder);
  return folder;
}

/** Ends what runs and removes the folders now: for tests. */
export function cleanUp(): void {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
