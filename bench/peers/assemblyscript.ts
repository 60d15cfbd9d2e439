// `bare` and `sdk`: by the asc of this repository, with the flags that ship.
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "../../envoy/index.ts";
import { run } from "../../runtime-tests/foreign/toolchains/run.ts";
import { inWorkFolder } from "../../runtime-tests/foreign/toolchains/work-folder.ts";
import type { PeerCompiler } from "./peer.ts";
import { copyAssemblyScript } from "./sources.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const packageFile = createRequire(import.meta.url).resolve("assemblyscript/package.json");
const asc = path.join(path.dirname(packageFile), "bin", "asc.js");

/** Of asconfig.json: the one of compiled policies has no runtime, the other one is what filters by hand are built with. */
const targets = { bare: "policy", sdk: "filter" } as const;

/** `written`: further files by their names, such as `prefixes.ts`, which programs import. */
export async function assemblyScript(
  peer: keyof typeof targets,
  written: Readonly<Record<string, string>> = {},
): Promise<PeerCompiler> {
  const version = (await run(process.execPath, [asc, "--version"], process.env)).trim();
  return {
    version: `asc ${version.replace(/^Version /, "")}`,
    build: (program, out) =>
      inWorkFolder(cacheDirectory(), async (work) => {
        await copyAssemblyScript(peer, work);
        for (const [name, text] of Object.entries(written)) await writeFile(path.join(work, name), text);
        // asc finds packages from its base directory, and takes names relative to that.
        const seen = (file: string): string => path.relative(root, file);
        const flags = ["--baseDir", root, "--config", "asconfig.json", "--target", targets[peer]];
        const files = [seen(path.join(work, `${program}.ts`)), "--outFile", seen(out)];
        await run(process.execPath, [asc, ...files, ...flags], process.env);
      }),
  };
}
