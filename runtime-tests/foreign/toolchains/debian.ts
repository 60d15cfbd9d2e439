// Rust out of Debian's packages.
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { commandOnPath, libraryFolder, unpackPackages } from "./debian-packages.ts";
import type { RustCommands } from "./rust-commands.ts";

/** The compiler that Debian keeps recent for its browsers, the sources of the standard library, and a linker. */
const PACKAGES = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

export const DEBIAN_NAME = "rust-debian";

export async function fillFromDebian(
  folder: string,
  env: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<void> {
  // Said before anything is downloaded.
  for (const name of ["apt-get", "dpkg-deb", "cc"]) commandOnPath(name, env);
  await unpackPackages(folder, PACKAGES, env, progress);
  // Two thirds of what is there now is the compiler's own source.
  const unneeded = [path.join(folder, "usr", "share")];
  const sources = path.join(folder, "usr", "src");
  for (const name of await readdir(sources)) {
    unneeded.push(path.join(sources, name, "src"), path.join(sources, name, "compiler"));
  }
  for (const directory of unneeded) await rm(directory, { recursive: true, force: true });
}

export async function debianRust(folder: string): Promise<RustCommands> {
  const bin = path.join(folder, "usr", "bin");
  return {
    cargo: path.join(bin, "cargo"),
    rustc: path.join(bin, "rustc"),
    env: {
      LD_LIBRARY_PATH: await libraryFolder(folder),
      RUSTFLAGS: `-Clinker=${path.join(bin, "lld-19")} -Clinker-flavor=wasm-ld`,
      // A stable compiler builds its own standard library only on this word.
      RUSTC_BOOTSTRAP: "1",
    },
    args: ["-Zbuild-std=std,panic_abort"],
  };
}
