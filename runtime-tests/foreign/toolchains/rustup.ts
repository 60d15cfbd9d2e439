// Rust by rustup, into a RUSTUP_HOME of its own: the user's toolchains stay as they are.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { findOnPath } from "../../../envoy/command.ts";
import { run } from "./run.ts";
import { RUST_TARGET, type RustCommands } from "./rust-commands.ts";

const VERSION = "1.96.0";

export const RUSTUP_NAME = `rust-${VERSION}`;

export async function fillByRustup(
  folder: string,
  env: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<void> {
  const rustup = findOnPath("rustup", env);
  if (rustup === undefined) throw new Error("there is no `rustup` on PATH");
  progress(`installing Rust ${VERSION} with ${RUST_TARGET} by rustup (about 200 MB)`);
  const args = ["toolchain", "install", VERSION, "--no-self-update"];
  args.push("--profile", "minimal", "--target", RUST_TARGET);
  await run(rustup, args, { ...env, RUSTUP_HOME: folder });
}

export async function rustupRust(folder: string): Promise<RustCommands> {
  const toolchains = path.join(folder, "toolchains");
  const [name = ""] = await readdir(toolchains);
  const bin = path.join(toolchains, name, "bin");
  return { cargo: path.join(bin, "cargo"), rustc: path.join(bin, "rustc"), env: {}, args: [] };
}
