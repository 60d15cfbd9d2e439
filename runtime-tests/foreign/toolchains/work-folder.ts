// Folders in the cache: made aside, moved into place whole or not at all.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";

/** Gives `use` an empty folder of its own, which is gone afterwards. */
export async function inWorkFolder<T>(cacheDir: string, use: (folder: string) => Promise<T>): Promise<T> {
  // The name under which the cache's other tenants look for what killed processes left behind.
  const folder = path.join(cacheDir, `tmp-${process.pid}-${randomBytes(6).toString("hex")}`);
  await mkdir(folder, { recursive: true });
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the toolchain `name` is, or would be, installed. */
export function installedFolder(cacheDir: string, name: string): string {
  return path.join(cacheDir, "toolchains", name);
}

/**
 * Lets `fill` make the toolchain `name` unless it is there, and returns its folder. Several processes may do so at once:
 * the first to finish wins. What is made must bear being moved.
 */
export async function installOnce(
  cacheDir: string,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const installed = installedFolder(cacheDir, name);
  if (existsSync(installed)) return installed;
  await inWorkFolder(cacheDir, async (work) => {
    const ready = path.join(work, "ready");
    await mkdir(ready);
    await fill(ready);
    await mkdir(path.dirname(installed), { recursive: true });
    await rename(ready, installed).catch((error: unknown) => {
      if (!existsSync(installed)) throw error;
    });
  });
  return installed;
}
