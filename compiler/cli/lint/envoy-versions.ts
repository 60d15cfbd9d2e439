// What the supported Envoys offer a module, where they differ or where more is known of them than the Node host offers.
// Read off the running programs (1.36.2, 1.37.0, 1.38.2, 1.39.0, 1.40.0), by offering them modules: `lint.test.ts` does
// that again with the one that is installed.
import { importSignature } from "../../../host/signatures.ts";

/** The Envoys to check for, oldest first. */
export const envoyVersions = ["1.36", "1.37", "1.38", "1.39", "1.40"] as const;
export type EnvoyVersion = (typeof envoyVersions)[number];
export const newestEnvoy: EnvoyVersion = "1.40";

export type AbiVersion = Parameters<typeof importSignature>[2];

/** Whether `version` is `since` or newer. */
export function isSince(version: EnvoyVersion, since: EnvoyVersion): boolean {
  return envoyVersions.indexOf(version) >= envoyVersions.indexOf(since);
}

/** A host function: its type, and the first of the supported Envoys that has it. */
export interface HostFunction {
  readonly signature: string;
  readonly since: EnvoyVersion;
}

/** What an Envoy registers for a name under an ABI; undefined where none of them has it. */
export function hostFunction(module: string, name: string, abi: AbiVersion): HostFunction | undefined {
  if (module === "wasi_snapshot_preview1" || module === "wasi_unstable") return wasi.get(name);
  if (module !== "env") return undefined;
  const signature = emscripten.get(name) ?? importSignature(module, name, abi);
  return signature === undefined ? undefined : { signature, since: "1.36" };
}

/** For modules that Emscripten made. */
const emscripten = new Map([
  ["pthread_equal", "ii:i"],
  ["emscripten_notify_memory_growth", "i:"],
]);

/** WASI. What 1.39 added are stubs that answer ENOSYS, so that modules which import more than they use can load. */
const wasi = new Map<string, HostFunction>([
  ...listed(
    "1.36",
    `args_get ii:i, args_sizes_get ii:i, environ_get ii:i, environ_sizes_get ii:i, clock_time_get iIi:i, fd_close i:i,
     fd_fdstat_get ii:i, fd_fdstat_set_flags ii:i, fd_prestat_get ii:i, fd_prestat_dir_name iii:i, fd_read iiii:i,
     fd_seek iIii:i, fd_write iiii:i, path_open iiiiiIIii:i, poll_oneoff iiii:i, proc_exit i:, random_get ii:i,
     sched_yield :i`,
  ),
  ...listed(
    "1.39",
    `clock_res_get ii:i, fd_advise iIIi:i, fd_allocate iII:i, fd_datasync i:i, fd_fdstat_set_rights iII:i,
     fd_filestat_get ii:i, fd_filestat_set_size iI:i, fd_filestat_set_times iIIi:i, fd_pread iiiIi:i, fd_pwrite iiiIi:i,
     fd_readdir iiiIi:i, fd_renumber ii:i, fd_sync i:i, fd_tell ii:i, path_create_directory iii:i,
     path_filestat_get iiiii:i, path_filestat_set_times iiiiIIi:i, path_link iiiiii:i, path_readlink iiiiii:i,
     path_remove_directory iii:i, path_rename iiiiii:i, path_symlink iiii:i, path_unlink_file iii:i, sock_accept iii:i,
     sock_recv iiiiii:i, sock_send iiiii:i, sock_shutdown ii:i`,
  ),
]);

function listed(since: EnvoyVersion, text: string): [string, HostFunction][] {
  return text.split(",").map((entry) => {
    const [name = "", signature = ""] = entry.trim().split(" ");
    return [name, { signature, since }];
  });
}

/** Whether a host function may be called from `_initialize`, `main` or `_start`; the others trap there. */
export function allowedInStart(module: string, name: string, version: EnvoyVersion): boolean {
  if (module === "env")
    return name === "proxy_log" || (name === "emscripten_notify_memory_growth" && isSince(version, "1.37"));
  return isSince(version, "1.39") ? !neverInStart.has(name) : inStartBefore139.has(name);
}

const neverInStart = new Set(["fd_close", "fd_read", "fd_seek", "path_open", "proc_exit", "sched_yield"]);
const inStartBefore139 = new Set(
  `args_get args_sizes_get environ_get environ_sizes_get clock_time_get fd_fdstat_get fd_fdstat_set_flags
   fd_prestat_get fd_prestat_dir_name fd_write random_get`.split(/\s+/),
);

/** Foreign functions that not every supported Envoy has. */
export const youngForeignFunctions = new Map<string, EnvoyVersion>([["sign", "1.37"]]);
