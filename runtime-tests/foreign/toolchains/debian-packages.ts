// Debian's packages, unpacked rather than installed: that needs no root and leaves the system as it is.
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { findOnPath } from "../../../envoy/command.ts";
import { run } from "./run.ts";

/**
 * Unpacks packages, and what they need that this system does not have, into `folder`, where `usr/bin` and the like then
 * are. apt checks what it downloads against the keys of the distribution.
 */
export async function unpackPackages(
  folder: string,
  packages: readonly string[],
  env: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<void> {
  const [aptGet = "", dpkg = ""] = ["apt-get", "dpkg-deb"].map((name) => commandOnPath(name, env));
  const apt = path.join(folder, "apt");
  const [lists, cache] = [path.join(apt, "lists"), path.join(apt, "cache")];
  for (const directory of [lists, path.join(cache, "archives")]) {
    await mkdir(path.join(directory, "partial"), { recursive: true });
  }
  const set = [`Dir::State::Lists=${lists}`, `Dir::Cache=${cache}`, "Debug::NoLocking=1"];
  // As root apt would download as a user who cannot write here.
  set.push("APT::Sandbox::User=root", "APT::Install-Recommends=0");
  const options = set.flatMap((option) => ["-o", option]);

  progress(`downloading ${packages.join(", ")} and what they need out of Debian`);
  // A source that cannot be reached need not be the one that matters; if it is, the next command says so.
  await run(aptGet, [...options, "update", "--quiet"], env).catch(() => undefined);
  await run(aptGet, [...options, "install", "--download-only", "--yes", "--quiet", ...packages], env);
  progress("unpacking them");
  for (const name of await readdir(path.join(cache, "archives"))) {
    if (name.endsWith(".deb"))
      await run(dpkg, ["--extract", path.join(cache, "archives", name), folder], env);
  }
  await rm(apt, { recursive: true, force: true });
}

/** The path of a command; an Error says that there is none. */
export function commandOnPath(name: string, env: NodeJS.ProcessEnv): string {
  const file = findOnPath(name, env);
  if (file === undefined) throw new Error(`there is no \`${name}\` on PATH`);
  return file;
}

/** Where the libraries of packages unpacked into `folder` are, for `LD_LIBRARY_PATH`. */
export async function libraryFolder(folder: string): Promise<string> {
  const lib = path.join(folder, "usr", "lib");
  const triple = (await readdir(lib)).find((name) => name.endsWith("-linux-gnu")) ?? "";
  return path.join(lib, triple);
}
