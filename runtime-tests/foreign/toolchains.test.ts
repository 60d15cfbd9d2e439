// Where no toolchain can be had, it is said what was tried; what is there and does not fit is passed over.
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { go, rust, type ToolchainOptions } from "./toolchains.ts";

let folder: string;
let options: ToolchainOptions;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-toolchains-"));
  options = { env: { PATH: folder }, cacheDir: path.join(folder, "cache") };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function command(name: string, script: string): Promise<void> {
  const file = path.join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

/** What is said where a toolchain cannot be had. */
const refusal = (tried: string): object => ({
  name: "ToolchainUnavailable",
  message: expect.stringContaining(tried) as unknown,
  remedy: expect.stringMatching(/^install /) as unknown,
});

test("an empty PATH has no Go and no Rust", async () => {
  await expect(go(options)).rejects.toMatchObject(refusal("there is no `go` on PATH"));
  await expect(rust(options)).rejects.toMatchObject(refusal("there are no `cargo` and `rustc` on PATH"));
});

test("a Go that is too old is passed over, one that is recent is taken", async () => {
  await command("go", "echo go1.23.9");
  await expect(go(options)).rejects.toMatchObject(refusal(`${folder}/go is go1.23.9`));
  for (const version of ["go1.24", "go1.26.6", "go2.0.1"]) {
    await command("go", `echo ${version}`);
    expect(await go(options)).toMatchObject({ version, origin: "on PATH" });
  }
});

test("a Rust without the target is passed over", async () => {
  await command("cargo", "exit 1");
  await command("rustc", `echo ${folder}`);
  await expect(rust(options)).rejects.toMatchObject(refusal(`${folder}/rustc has no such target`));
});

test("an install that fails says why, and leaves nothing behind", async () => {
  await command("rustup", "echo no network; exit 1");
  await command("python3", "echo no index; exit 1");
  const install = { ...options, install: true };
  await expect(rust(install)).rejects.toMatchObject(refusal("no network"));
  await expect(rust(install)).rejects.toMatchObject(refusal("there is no `apt-get` on PATH"));
  await expect(go(install)).rejects.toMatchObject(refusal("no index"));
  expect(await readdir(path.join(folder, "cache"))).toEqual([]);
});

test("a build that fails is told from a missing toolchain", async () => {
  await command("go", 'case "$1" in env) echo go1.26.6 ;; *) echo "main.go:1: unexpected"; exit 1 ;; esac');
  const { build } = await go(options);
  const sources = path.join(folder, "nowhere");
  await expect(build({ sources, out: path.join(folder, "out.wasm") })).rejects.toMatchObject({
    name: "BuildFailed",
    message: expect.stringContaining("main.go:1: unexpected") as unknown,
  });
});
