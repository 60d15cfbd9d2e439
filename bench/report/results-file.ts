// Every figure of a run, kept for later: `.tollgate/bench/<time>.json`, which git ignores.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../.tollgate/bench/", import.meta.url));

/** Writes the file; returns its path as seen from the working directory. */
export async function writeResults(started: Date, results: object): Promise<string> {
  await mkdir(folder, { recursive: true });
  const name = started
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(":", "-");
  const file = path.join(folder, `${name}.json`);
  await writeFile(file, `${JSON.stringify({ started: started.toISOString(), ...results }, undefined, 1)}\n`);
  return path.relative(process.cwd(), file);
}
