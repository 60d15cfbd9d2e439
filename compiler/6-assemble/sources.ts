// The AssemblyScript files that emitted programs import: the SDK's and the runtime's, and the compiler flags. They are
// handed to asc by name, so it touches no disk and the result depends on nothing else.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Files by the name asc asks for. */
export type AscFiles = Readonly<Record<string, string>>;

/** Where the files are: in the repository, or in the installed package beside the bundled CLI. */
const roots = {
  repository: {
    runtime: new URL("../../filters/runtime/", import.meta.url),
    sdk: new URL("../../sdk/", import.meta.url),
    flags: new URL("../../asconfig.json", import.meta.url),
  },
  package: {
    runtime: new URL("./assembly/runtime/", import.meta.url),
    sdk: new URL("./assembly/sdk/", import.meta.url),
    flags: new URL("./assembly/asconfig.json", import.meta.url),
  },
} as const;

let loaded: Promise<AscFiles> | undefined;

/** All files, read once. */
export function assemblyFiles(): Promise<AscFiles> {
  return (loaded ??= load());
}

async function load(): Promise<AscFiles> {
  const bundled = await readFile(roots.package.flags, "utf8").catch(() => undefined);
  const root = bundled === undefined ? roots.repository : roots.package;
  const files: Record<string, string> = { "asconfig.json": await readFile(root.flags, "utf8") };
  await addFolder(files, root.runtime, "node_modules/tollgate/runtime");
  await addFolder(files, root.sdk, "node_modules/proxy-wasm-assemblyscript-sdk");
  return files;
}

async function addFolder(files: Record<string, string>, url: URL, prefix: string): Promise<void> {
  const folder = fileURLToPath(url);
  const entries = await readdir(folder, { recursive: true });
  for (const entry of entries.sort()) {
    if (!entry.endsWith(".ts") || entry.endsWith(".test.ts") || /^testing\b|node_modules/.test(entry))
      continue;
    files[`${prefix}/${entry.split(path.sep).join("/")}`] = await readFile(path.join(folder, entry), "utf8");
  }
}
