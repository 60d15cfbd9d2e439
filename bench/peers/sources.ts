// The peers' sources. AssemblyScript ends in `.as` here: to tsc and ESLint a `.ts` would be TypeScript, which it is not.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { PeerName } from "./peer.ts";

/** The absolute path of a peer's folder. `lua`: Envoy itself compiles that. */
export function sourceFolder(peer: PeerName | "lua"): string {
  return fileURLToPath(new URL(`./${peer}`, import.meta.url));
}

/** Puts a peer's AssemblyScript files into a folder under the names that asc takes. */
export async function copyAssemblyScript(peer: PeerName, folder: string): Promise<void> {
  const sources = sourceFolder(peer);
  for (const name of await readdir(sources)) {
    if (!name.endsWith(".as")) continue;
    await writeFile(
      path.join(folder, name.replace(/\.as$/, ".ts")),
      await readFile(path.join(sources, name)),
    );
  }
}

/** Stands for all files of a peer's folder and for `others`; as short as a file's name may be. */
export async function digestOf(peer: PeerName, ...others: readonly string[]): Promise<string> {
  const sources = sourceFolder(peer);
  const hash = createHash("sha256").update(others.join("\0"));
  const entries = await readdir(sources, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`\0${path.relative(sources, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}
