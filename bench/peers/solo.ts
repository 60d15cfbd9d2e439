// `solo`: the older AssemblyScript SDK with the compiler of its time, in a folder of the cache of their own.
import { copyFile, mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../../envoy/index.ts";
import { findOnPath } from "../../envoy/command.ts";
import { run } from "../../runtime-tests/foreign/toolchains/run.ts";
import { installOnce } from "../../runtime-tests/foreign/toolchains/work-folder.ts";
import { temporaryFolder } from "../cleanup.ts";
import { progress } from "../report/progress.ts";
import { PeerUnavailable, type PeerCompiler } from "./peer.ts";
import { copyAssemblyScript, sourceFolder } from "./sources.ts";

/** package.json and package-lock.json pin both. */
const VERSION = "@solo-io/proxy-runtime 0.1.8, asc 0.14.13";

export async function solo(): Promise<PeerCompiler> {
  const modules = path.join(await installed(), "node_modules");
  const work = await temporaryFolder();
  await symlink(modules, path.join(work, "node_modules"));
  await mkdir(path.join(work, "src"));
  await copyAssemblyScript("solo", path.join(work, "src"));
  return {
    version: VERSION,
    build: async (program, out) => {
      const asc = path.join(modules, "assemblyscript", "bin", "asc");
      const files = ["--baseDir", work, `src/${program}.ts`, "--binaryFile", path.relative(work, out)];
      const flags = ["-O3", "--runtime", "full", "--use", "abort=abort_proc_exit"];
      await run(process.execPath, [asc, ...files, ...flags], process.env);
    },
  };
}

async function installed(): Promise<string> {
  try {
    return await installOnce(cacheDirectory(), "solo-0.1.8", async (folder) => {
      const npm = findOnPath("npm", process.env);
      if (npm === undefined) throw new Error("there is no `npm` on PATH");
      progress(`installing ${VERSION} by npm (about 30 MB)`);
      for (const name of ["package.json", "package-lock.json"]) {
        await copyFile(path.join(sourceFolder("solo"), name), path.join(folder, name));
      }
      await run(npm, ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"], process.env);
    });
  } catch (error) {
    throw new PeerUnavailable(`${VERSION} cannot be installed: ${firstLine(error)}`, { cause: error });
  }
}

function firstLine(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line;
}
