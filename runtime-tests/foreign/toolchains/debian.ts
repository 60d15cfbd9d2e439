// Rust out of Debian's packages, unpacked rather than installed: that needs no root and leaves the system as it is.
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { findOnPath } from "../../../envoy/command.ts";
import { run } from "./run.ts";
import type { RustCommands } from "./rust-commands.ts";

/** The compiler that Debian keeps recent for its browsers, the sources of the standard library, and a linker. */
const PACKAGES = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

export const DEBIAN_NAME = "rust-debian";

export async function fillFromDebian(
  folder: string,
  env: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<void> {
  const [aptGet = "", dpkg = ""] = ["apt-get", "dpkg-deb", "cc"].map((name) => {
    const file = findOnPath(name, env);
    if (file === undefined) throw new Error(`there is no \`${name}\` on PATH`);
    return file;
  });
  const apt = path.join(folder, "apt");
  const [lists, cache] = [path.join(apt, "lists"), path.join(apt, "cache")];
  for (const directory of [lists, path.join(cache, "archives")]) {
    await mkdir(path.join(directory, "partial"), { recursive: true });
  }
  const set = [`Dir::State::Lists=${lists}`, `Dir::Cache=${cache}`, "Debug::NoLocking=1"];
  // As root apt would download as a user who cannot write here.
  set.push("APT::Sandbox::User=root", "APT::Install-Recommends=0");
  const options = set.flatMap((option) => ["-o", option]);

  progress(`downloading ${PACKAGES.join(", ")} and what they need out of Debian (about 190 MB)`);
  // A source that cannot be reached need not be the one that matters; if it is, the next command says so.
  await run(aptGet, [...options, "update", "--quiet"], env).catch(() => undefined);
  await run(aptGet, [...options, "install", "--download-only", "--yes", "--quiet", ...PACKAGES], env);
  progress("unpacking them");
  for (const name of await readdir(path.join(cache, "archives"))) {
    if (name.endsWith(".deb"))
      await run(dpkg, ["--extract", path.join(cache, "archives", name), folder], env);
  }
  // Two thirds of what is there now is the compiler's own source.
  const unneeded = [apt, path.join(folder, "usr", "share")];
  const sources = path.join(folder, "usr", "src");
  for (const name of await readdir(sources)) {
    unneeded.push(path.join(sources, name, "src"), path.join(sources, name, "compiler"));
  }
  for (const directory of unneeded) await rm(directory, { recursive: true, force: true });
}

export async function debianRust(folder: string): Promise<RustCommands> {
  const lib = path.join(folder, "usr", "lib");
  const triple = (await readdir(lib)).find((name) => name.endsWith("-linux-gnu")) ?? "";
  const bin = path.join(folder, "usr", "bin");
  return {
    cargo: path.join(bin, "cargo"),
    rustc: path.join(bin, "rustc"),
    env: {
      LD_LIBRARY_PATH: path.join(lib, triple),
      RUSTFLAGS: `-Clinker=${path.join(bin, "lld-19")} -Clinker-flavor=wasm-ld`,
      // A stable compiler builds its own standard library only on this word.
      RUSTC_BOOTSTRAP: "1",
    },
    args: ["-Zbuild-std=std,panic_abort"],
  };
}
