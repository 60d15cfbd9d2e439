// The two programs: found or installed, built once, and then taken from the cache.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findOnPath } from "../../envoy/command.ts";
import { cacheDirectory } from "../../envoy/index.ts";
import {
  BuildFailed,
  goCommand,
  ToolchainUnavailable,
  type GoCommand,
  type ToolchainOptions,
} from "../foreign/toolchains.ts";
import { libraryFolder, unpackPackages } from "../foreign/toolchains/debian-packages.ts";
import { reasonOf, run } from "../foreign/toolchains/run.ts";
import { installedFolder, installOnce, inWorkFolder } from "../foreign/toolchains/work-folder.ts";

/** Names the service's version, and by its `go.sum` everything that it is built of. */
const goModule = fileURLToPath(new URL("go", import.meta.url));
const SERVICE_PACKAGE = "github.com/envoyproxy/ratelimit/src/service_cmd";
/** What the service's own `go.mod` asks for. */
const OLDEST_GO = [1, 25] as const;

const REDIS_PACKAGE = "redis-server";
const REDIS_FOLDER = "redis-debian";

/** A program, and what it needs around it. */
export interface Program {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The rate limit service, built of the sources that `go/go.mod` names. Rejects with ToolchainUnavailable where there is
 * no Go, with BuildFailed where its modules cannot be had.
 */
export async function rateLimitService(options: ToolchainOptions = {}): Promise<Program> {
  const cacheDir = options.cacheDir ?? cacheDirectory(options.env ?? process.env);
  const progress = options.progress ?? (() => undefined);
  const go = await goCommand({ ...options, cacheDir });
  const [major = 0, minor = 0] = go.version.replace(/^go/, "").split(".").map(Number);
  if (major < OLDEST_GO[0] || (major === OLDEST_GO[0] && minor < OLDEST_GO[1])) {
    const oldest = OLDEST_GO.join(".");
    throw new ToolchainUnavailable(`${go.origin} is ${go.version}`, `install Go ${oldest} or later`);
  }

  const hash = createHash("sha256").update(`${go.version} ${process.platform} ${process.arch}`);
  for (const name of ["go.mod", "go.sum"])
    hash.update("\0").update(await readFile(path.join(goModule, name)));
  const file = path.join(cacheDir, "rate-limit-service", `ratelimit-${hash.digest("hex").slice(0, 16)}`);
  if (!existsSync(file)) await build(go, file, cacheDir, progress);
  return { file, env: {} };
}

async function build(
  go: GoCommand,
  file: string,
  cacheDir: string,
  progress: (line: string) => void,
): Promise<void> {
  progress(`building the rate limit service with ${go.version} (${go.origin})`);
  await inWorkFolder(cacheDir, async (work) => {
    const out = path.join(work, "ratelimit");
    const args = ["build", "-C", goModule, "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"];
    // Settings of the user's that are for other builds.
    const env = {
      ...go.env,
      GOTMPDIR: work,
      GOFLAGS: "",
      GOWORK: "off",
      CGO_ENABLED: "0",
      GOOS: "",
      GOARCH: "",
    };
    await run(go.binary, [...args, "-o", out, SERVICE_PACKAGE], env).catch((error: unknown) => {
      throw new BuildFailed(reasonOf(error));
    });
    await mkdir(path.dirname(file), { recursive: true });
    await rename(out, file);
  });
}

/**
 * The Redis on PATH, else the one in the cache; with `install` one is put there out of Debian's packages. Rejects with
 * ToolchainUnavailable.
 */
export async function redisServer(options: ToolchainOptions = {}): Promise<Program> {
  const env = options.env ?? process.env;
  const cacheDir = options.cacheDir ?? cacheDirectory(env);
  const progress = options.progress ?? (() => undefined);
  const onPath = findOnPath("redis-server", env);
  if (onPath !== undefined) return { file: onPath, env: {} };

  const tried = ["there is no `redis-server` on PATH"];
  const cached = installedFolder(cacheDir, REDIS_FOLDER);
  if (existsSync(cached)) return unpackedRedis(cached);
  if (options.install === true) {
    try {
      return await unpackedRedis(
        await installOnce(cacheDir, REDIS_FOLDER, (folder) =>
          unpackPackages(folder, [REDIS_PACKAGE], env, progress),
        ),
      );
    } catch (error) {
      progress(reasonOf(error));
      tried.push(reasonOf(error));
    }
  }
  throw new ToolchainUnavailable(
    `no Redis: ${tried.join("; ")}`,
    `install Redis, or let it be unpacked into ${cacheDir} with CI=true, for which a Debian is needed`,
  );
}

async function unpackedRedis(folder: string): Promise<Program> {
  return {
    file: path.join(folder, "usr", "bin", "redis-server"),
    env: { LD_LIBRARY_PATH: await libraryFolder(folder) },
  };
}
