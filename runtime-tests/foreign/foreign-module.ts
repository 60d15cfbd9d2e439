// The modules of this folder: built once for each state of their sources, then taken from the cache.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "../../envoy/index.ts";
import { inWorkFolder } from "./toolchains/work-folder.ts";
import { go, rust, type Toolchain, type ToolchainOptions } from "./toolchains.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

const find = { rust, go } satisfies Record<string, (options: ToolchainOptions) => Promise<Toolchain>>;

/** Each is a folder here, and the toolchain for it. */
export type Language = keyof typeof find;
export const languages = Object.keys(find) as Language[];

/** The absolute path of a language's module. Rejects with ToolchainUnavailable or BuildFailed. */
export async function foreignModule(language: Language, options: ToolchainOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const cacheDir = options.cacheDir ?? cacheDirectory(env);
  const progress = options.progress ?? (() => undefined);
  const toolchain = await find[language]({ ...options, env, cacheDir });
  const sources = path.join(here, language);
  const digest = await digestOf(sources, toolchain.version);
  const built = path.join(cacheDir, "foreign", `${language}-${digest}.wasm`);
  if (existsSync(built)) return built;

  progress(`building ${language} with ${toolchain.version} (${toolchain.origin})`);
  const start = Date.now();
  await inWorkFolder(cacheDir, async (work) => {
    const out = path.join(work, "module.wasm");
    await toolchain.build({ sources, out });
    await mkdir(path.dirname(built), { recursive: true });
    await rename(out, built);
  });
  progress(`built ${built} in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return built;
}

async function digestOf(folder: string, version: string): Promise<string> {
  const hash = createHash("sha256").update(version);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`\0${path.relative(folder, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}
