// A packaged filter → files. Each is written under a temporary name and renamed, so that a reader never sees half a file.
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
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
  return Promise.all(
    files.map(async ([name, content]) => {
      const target = path.join(folder, name);
      await writeWhole(target, content);
      return target;
    }),
  );
}

/** Writes a file so that it is there whole or not at all. */
export async function writeWhole(target: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
