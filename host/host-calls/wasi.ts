import { randomFillSync } from "node:crypto";
import { LogLevel } from "../abi.ts";
import { concatBytes, NO_BYTES } from "../bytes.ts";
import type { HostCalls } from "./host-call.ts";

const Errno = { Success: 0, BadF: 8, Fault: 21, Inval: 28, NoSys: 52, NotSup: 58 } as const;

const MAX_RANDOM = 64 * 1024;

const answer =
  (errno: number): HostCalls[string] =>
  (machine, call) =>
  () => {
    machine.enter(call);
    return errno;
  };

/** Writes 0 to two outputs: no arguments, no environment. */
const noneOf: HostCalls[string] = (machine, call) => (countOut: number, sizeOut: number) => {
  machine.enter(call);
  return machine.memory.writeU32(countOut, 0) || machine.memory.writeU32(sizeOut, 0)
    ? Errno.Fault
    : Errno.Success;
};

/** The part of WASI that Envoy offers: output becomes log lines, there are no files. */
export const wasiCalls: HostCalls = {
  fd_write: (machine, call) => (fd: number, vectors: number, count: number, writtenOut: number) => {
    machine.enter(call);
    if (fd !== 1 && fd !== 2) return Errno.BadF;
    let bytes: Uint8Array = NO_BYTES;
    for (let i = 0; i < count >>> 0; i++) {
      const address = machine.memory.readU32(vectors + i * 8);
      const size = machine.memory.readU32(vectors + i * 8 + 4);
      if (address === undefined || size === undefined) return Errno.Fault;
      const part = machine.memory.readBytes(address, size);
      if (part === undefined) return Errno.Fault;
      bytes = concatBytes(bytes, part);
    }
    if (bytes.length > 0) {
      const text = new TextDecoder().decode(bytes).replace(/\n$/, "");
      machine.options.log(fd === 1 ? LogLevel.Info : LogLevel.Error, text);
    }
    return machine.memory.writeU32(writtenOut, bytes.length) ? Errno.Fault : Errno.Success;
  },

  clock_time_get: (machine, call) => (clock: number, _precision: bigint, out: number) => {
    machine.enter(call);
    if (clock !== 0 && clock !== 1) return Errno.NotSup;
    return machine.memory.writeU64(out, machine.now()) ? Errno.Fault : Errno.Success;
  },

  random_get: (machine, call) => (out: number, size: number) => {
    machine.enter(call);
    if (size >>> 0 > MAX_RANDOM) return Errno.Inval;
    return machine.memory.writeBytes(out, randomFillSync(new Uint8Array(size >>> 0)))
      ? Errno.Fault
      : Errno.Success;
  },

  fd_fdstat_get: (machine, call) => (fd: number, out: number) => {
    machine.enter(call);
    if (fd !== 1 && fd !== 2) return Errno.BadF;
    const stat = new Uint8Array(24);
    stat[8] = 64; // rights: fd_write
    return machine.memory.writeBytes(out, stat) ? Errno.Fault : Errno.Success;
  },

  proc_exit: (machine, call) => (code: number) => {
    machine.enter(call);
    // Envoy logs and returns: a plugin cannot end the proxy.
    machine.options.log(LogLevel.Error, `the filter called proc_exit(${code})`);
    return undefined;
  },

  environ_sizes_get: noneOf,
  args_sizes_get: noneOf,
  environ_get: answer(Errno.Success),
  args_get: answer(Errno.Success),
  fd_seek: answer(Errno.Success),
  fd_close: answer(Errno.Success),
  sched_yield: answer(Errno.Success),
  fd_read: answer(Errno.NoSys),
  fd_fdstat_set_flags: answer(Errno.NoSys),
  fd_prestat_get: answer(Errno.BadF),
  fd_prestat_dir_name: answer(Errno.BadF),
  path_open: answer(Errno.NoSys),
  path_create_directory: answer(Errno.NoSys),
  path_remove_directory: answer(Errno.NoSys),
  path_rename: answer(Errno.NoSys),
  path_unlink_file: answer(Errno.NoSys),
  path_filestat_get: answer(Errno.NoSys),
  poll_oneoff: answer(Errno.NoSys),
};
