// WASI as Envoy answers it, which the runtimes of other languages rely on: in on_configure, at the start, in the allocator.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildModule, call, i32, type ModuleParts } from "../../host/testing/wasm-builder.ts";
import { runtimes, type Runtime } from "./runtimes.ts";

interface WasiFunction {
  readonly type: string;
  /** What it answers to zeros for arguments. */
  readonly errno: number;
  /** Where it may be called; default: everywhere but in the allocator. */
  readonly allowed?: "always" | "once started";
}

const functions: Readonly<Record<string, WasiFunction>> = {
  args_get: { type: "ii:i", errno: 0 },
  args_sizes_get: { type: "ii:i", errno: 0 },
  clock_time_get: { type: "iIi:i", errno: 0, allowed: "always" },
  environ_get: { type: "ii:i", errno: 0 },
  environ_sizes_get: { type: "ii:i", errno: 0 },
  fd_close: { type: "i:i", errno: 0, allowed: "once started" },
  fd_fdstat_get: { type: "ii:i", errno: 8 },
  fd_fdstat_set_flags: { type: "ii:i", errno: 52 },
  fd_prestat_dir_name: { type: "iii:i", errno: 52 },
  fd_prestat_get: { type: "ii:i", errno: 8 },
  fd_read: { type: "iiii:i", errno: 52, allowed: "once started" },
  fd_seek: { type: "iIii:i", errno: 0, allowed: "once started" },
  fd_write: { type: "iiii:i", errno: 8, allowed: "always" },
  path_create_directory: { type: "iii:i", errno: 58 },
  path_filestat_get: { type: "iiiii:i", errno: 58 },
  path_open: { type: "iiiiiIIii:i", errno: 44, allowed: "once started" },
  path_remove_directory: { type: "iii:i", errno: 58 },
  path_rename: { type: "iiiiii:i", errno: 58 },
  path_unlink_file: { type: "iii:i", errno: 58 },
  poll_oneoff: { type: "iiii:i", errno: 0, allowed: "always" },
  random_get: { type: "ii:i", errno: 0 },
  sched_yield: { type: ":i", errno: 0, allowed: "once started" },
  clock_res_get: { type: "ii:i", errno: 0 },
  fd_advise: { type: "iIIi:i", errno: 0 },
  fd_allocate: { type: "iII:i", errno: 8 },
  fd_datasync: { type: "i:i", errno: 8 },
  fd_fdstat_set_rights: { type: "iII:i", errno: 8 },
  fd_filestat_get: { type: "ii:i", errno: 8 },
  fd_filestat_set_size: { type: "iI:i", errno: 8 },
  fd_filestat_set_times: { type: "iIIi:i", errno: 8 },
  fd_pread: { type: "iiiIi:i", errno: 52 },
  fd_pwrite: { type: "iiiIi:i", errno: 8 },
  fd_readdir: { type: "iiiIi:i", errno: 20 },
  fd_renumber: { type: "ii:i", errno: 8 },
  fd_sync: { type: "i:i", errno: 8 },
  fd_tell: { type: "ii:i", errno: 8 },
  path_filestat_set_times: { type: "iiiiIIi:i", errno: 58 },
  path_link: { type: "iiiiii:i", errno: 58 },
  path_readlink: { type: "iiiiii:i", errno: 58 },
  path_symlink: { type: "iiii:i", errno: 58 },
  sock_accept: { type: "iii:i", errno: 58 },
  sock_recv: { type: "iiiiii:i", errno: 58 },
  sock_send: { type: "iiiii:i", errno: 58 },
  sock_shutdown: { type: "ii:i", errno: 58 },
};

const names = Object.keys(functions);
const allowed = (...where: WasiFunction["allowed"][]): string[] =>
  names.filter((name) => where.includes(functions[name]?.allowed));

/** Imports: the log, the configuration, then these functions. */
function moduleOf(called: readonly string[], exports: NonNullable<ModuleParts["exports"]>): Uint8Array {
  return buildModule({
    imports: [
      { name: "proxy_log", type: "iii:i" },
      { name: "proxy_get_buffer_bytes", type: "iiiii:i" },
      ...called.map((name) => ({
        module: "wasi_snapshot_preview1",
        name,
        type: functions[name]?.type ?? "",
      })),
    ],
    exports: [{ name: "proxy_abi_version_0_2_1", type: ":", body: [] }, ...exports],
  });
}

/** Calls each of the functions and logs its errno, as the character that many places after `0`. */
function calls(called: readonly string[]): number[] {
  return called.flatMap((name, index) => [
    ...i32(LINE),
    ...Array.from(functions[name]?.type.split(":")[0] ?? "").flatMap((type) =>
      type === "i" ? i32(0) : ZERO_I64,
    ),
    ...call(2 + index),
    ...i32(48),
    ...ADD_AND_STORE_BYTE,
    ...i32(INFO),
    ...i32(LINE),
    ...i32(1),
    ...call(0),
    DROP,
  ]);
}

const INFO = 2;
const LINE = 1024;
const ADD_AND_STORE_BYTE = [0x6a, 0x3a, 0, 0];
const DROP = 0x1a;
const ZERO_I64 = [0x42, 0];

const malloc = { name: "malloc", type: "i:i", body: i32(4096) };
/** Asks for two bytes of configuration, for which the host needs the allocator. */
const readConfiguration = [...i32(7), ...i32(0), ...i32(2), ...i32(2048), ...i32(2052), ...call(1), DROP];
const onConfigure = (body: readonly number[]): { name: string; type: string; body: number[] } => ({
  name: "proxy_on_configure",
  type: "ii:i",
  body: [...body, ...i32(1)],
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-wasi-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const nowhere = new URL("http://127.0.0.1:9");
const around = { upstream: nowhere, side: nowhere, nobody: nowhere };
let written = 0;

/** Loads a module, and what it logged until it was ready; undefined where there is no such runtime. */
async function logOf(runtime: Runtime, wasm: Uint8Array): Promise<string[] | undefined> {
  const file = path.join(folder, `${written++}.wasm`);
  await writeFile(file, wasm);
  const running = await runtime.start(file, around);
  await running?.stop();
  return running?.logged().map((line) => line.replace(/^info /, ""));
}

const errnos = (called: readonly string[]): Record<string, number> =>
  Object.fromEntries(called.map((name) => [name, functions[name]?.errno ?? -1]));

/** The errnos of the first VM that was started. */
const logged = (called: readonly string[], lines: readonly string[]): Record<string, number> =>
  Object.fromEntries(called.map((name, i) => [name, (lines[i]?.charCodeAt(0) ?? NaN) - 48]));

describe.each(runtimes)("in $name", (runtime) => {
  test("a configured filter may call everything", async () => {
    const lines = await logOf(runtime, moduleOf(names, [malloc, onConfigure(calls(names))]));
    if (lines !== undefined) expect(logged(names, lines)).toEqual(errnos(names));
  });

  const atStart = allowed(undefined, "always");
  test("the start function may call what a runtime needs", async () => {
    const start = { name: "_initialize", type: ":", body: calls(atStart) };
    const lines = await logOf(runtime, moduleOf(atStart, [malloc, start]));
    if (lines !== undefined) expect(logged(atStart, lines)).toEqual(errnos(atStart));
  });

  test.each(allowed("once started"))("the start function may not call %s", async (name) => {
    const start = { name: "_initialize", type: ":", body: calls([name]) };
    const lines = logOf(runtime, moduleOf([name], [malloc, start])).then(
      (lines) => (lines === undefined ? undefined : "started"),
      String,
    );
    expect((await lines) ?? "_initialize").toContain("_initialize");
  });

  const inAllocator = allowed("always");
  test("the allocator may ask for the time, log and not wait", async () => {
    const allocate = { ...malloc, body: [...calls(inAllocator), ...malloc.body] };
    const lines = await logOf(runtime, moduleOf(inAllocator, [allocate, onConfigure(readConfiguration)]));
    if (lines !== undefined) expect(logged(inAllocator, lines)).toEqual(errnos(inAllocator));
  });
});
