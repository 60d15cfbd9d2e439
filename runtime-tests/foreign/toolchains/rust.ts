// Rust: a cargo that can build for wasm32-unknown-unknown.
import { existsSync } from "node:fs";
import { copyFile, readdir } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../../../envoy/index.ts";
import { findOnPath } from "../../../envoy/command.ts";
import { DEBIAN_NAME, debianRust, fillFromDebian } from "./debian.ts";
import { reasonOf, run } from "./run.ts";
import { RUST_TARGET, type RustCommands } from "./rust-commands.ts";
import { fillByRustup, RUSTUP_NAME, rustupRust } from "./rustup.ts";
import { BuildFailed, ToolchainUnavailable, type Toolchain, type ToolchainOptions } from "./toolchain.ts";
import { installedFolder, installOnce, inWorkFolder } from "./work-folder.ts";

/**
 * The Rust on PATH if it has the target, else the one in the cache; with `install` one is installed there, by rustup or,
 * where that fails, out of Debian's packages. Rejects with ToolchainUnavailable.
 */
export async function rust(options: ToolchainOptions = {}): Promise<Toolchain> {
  const env = options.env ?? process.env;
  const cacheDir = options.cacheDir ?? cacheDirectory(env);
  const progress = options.progress ?? (() => undefined);
  const tried: string[] = [];

  const onPath = await fromPath(env, tried);
  if (onPath !== undefined) return toolchain(onPath, "on PATH", env, cacheDir);

  const ways = [
    { name: RUSTUP_NAME, fill: fillByRustup, commands: rustupRust },
    { name: DEBIAN_NAME, fill: fillFromDebian, commands: debianRust },
  ];
  for (const { name, commands } of ways) {
    const folder = installedFolder(cacheDir, name);
    if (existsSync(folder)) return toolchain(await commands(folder), folder, env, cacheDir);
  }
  for (const { name, fill, commands } of options.install === true ? ways : []) {
    try {
      const folder = await installOnce(cacheDir, name, (ready) => fill(ready, env, progress));
      return await toolchain(await commands(folder), folder, env, cacheDir);
    } catch (error) {
      progress(reasonOf(error));
      tried.push(reasonOf(error));
    }
  }
  throw new ToolchainUnavailable(
    `no Rust for ${RUST_TARGET}: ${tried.join("; ")}`,
    `install Rust with that target (\`rustup target add ${RUST_TARGET}\`), or let it be installed into ` +
      `${cacheDir} with CI=true, for which rustup is needed, or a Debian with a C compiler`,
  );
}

async function fromPath(env: NodeJS.ProcessEnv, tried: string[]): Promise<RustCommands | undefined> {
  const cargo = findOnPath("cargo", env);
  const rustc = findOnPath("rustc", env);
  if (cargo === undefined || rustc === undefined) {
    tried.push("there are no `cargo` and `rustc` on PATH");
    return undefined;
  }
  try {
    const sysroot = (await run(rustc, ["--print", "sysroot"], env)).trim();
    if (existsSync(path.join(sysroot, "lib", "rustlib", RUST_TARGET, "lib")))
      return { cargo, rustc, env: {}, args: [] };
    tried.push(`${rustc} has no such target`);
  } catch (error) {
    tried.push(reasonOf(error));
  }
  return undefined;
}

async function toolchain(
  commands: RustCommands,
  origin: string,
  env: NodeJS.ProcessEnv,
  cacheDir: string,
): Promise<Toolchain> {
  const { cargo, rustc, args } = commands;
  // The user's own settings are for another target.
  const foreignTo = /^(RUSTFLAGS|CARGO_ENCODED_RUSTFLAGS|CARGO_BUILD_.*|RUSTC_WRAPPER)$/;
  const kept = Object.entries(env).filter(([name]) => !foreignTo.test(name));
  const base = { ...Object.fromEntries(kept), ...commands.env, RUSTC: rustc };
  const version = (await run(rustc, ["--version"], base)).trim();
  return {
    version,
    origin,
    build: ({ sources, out, features = [] }) =>
      inWorkFolder(cacheDir, async (work) => {
        const build = ["build", "--release", "--locked", "--quiet", "--target", RUST_TARGET, ...args];
        build.push("--manifest-path", path.join(sources, "Cargo.toml"), "--features", features.join(","));
        const failed = (error: unknown): never => {
          throw new BuildFailed(reasonOf(error));
        };
        await run(cargo, build, { ...base, CARGO_TARGET_DIR: work }).catch(failed);
        await copyFile(await onlyModule(path.join(work, RUST_TARGET, "release")), out);
      }),
  };
}

async function onlyModule(folder: string): Promise<string> {
  const modules = (await readdir(folder)).filter((name) => name.endsWith(".wasm"));
  const [module, ...others] = modules;
  if (module === undefined || others.length > 0)
    throw new BuildFailed(`one cdylib was to be built, and there are ${modules.length}`);
  return path.join(folder, module);
}
