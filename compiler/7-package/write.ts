// A packaged filter → files. Each is written under a temporary name and renamed, so that a reader never sees half a file.
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { PackagedFilter } from "./package.ts";

/** Writes `<name>.wasm`, `<name>.ts` and `<name>.manifest.json`; returns their paths. */
export async function writeFilter(filter: PackagedFilter, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files: [string, Uint8Array | string][] = [
    [`${filter.name}.ts`, filter.source],
    [`${filter.name}.manifest.json`, `${JSON.stringify(filter.manifest, null, 2)}\n`],
    [`${filter.name}.wasm`, filter.wasm],
  ];
  const targets = files.map(([name, content]) => [path.join(folder, name), content] as const);
  await writeAll(targets);
  return targets.map(([target]) => target);
}

/** Writes a file so that it is there whole or not at all. */
export function writeWhole(target: string, content: Uint8Array | string): Promise<void> {
  return writeAll([[target, content]]);
}

/** Writes files that belong together: none takes its place before all are on the disk. */
async function writeAll(files: readonly (readonly [string, Uint8Array | string])[]): Promise<void> {
  const temporary = (target: string): string => `${target}.${process.pid}.tmp`;
  try {
    for (const [target, content] of files) {
      await refuseFolder(target);
      await writeFile(temporary(target), content);
    }
    for (const [target] of files) await rename(temporary(target), target);
  } catch (error) {
    for (const [target] of files) await rm(temporary(target), { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Renaming onto a folder fails, and then the files before it would already be in place. */
async function refuseFolder(target: string): Promise<void> {
  const info = await stat(target).catch(() => undefined);
  if (info?.isDirectory()) throw Object.assign(new Error("is a folder"), { code: "EISDIR", path: target });
}
