import { LogLevel } from "../abi.ts";
import { concatBytes, NO_BYTES } from "../bytes.ts";
import type { Machine } from "../machine.ts";
import type { HostCalls } from "./host-call.ts";

const Errno = {
  Success: 0,
  BadF: 8,
  Fault: 21,
  Inval: 28,
  NoEnt: 44,
  NoSys: 52,
  NotDir: 20,
  NotSup: 58,
} as const;

const MAX_RANDOM = 64 * 1024;

const answer =
  (errno: number): HostCalls[string] =>
  (machine, call) =>
  () => {
    machine.enter(call);
    return errno;
  };

/** For what can be asked of output only: success there, and no other file is open. */
const answerOnOutput: HostCalls[string] = (machine, call) => (fd: number) => {
  machine.enter(call);
  return fd === 1 || fd === 2 ? Errno.Success : Errno.BadF;
};

/** `NAME=value` NUL, each. */
function environment(machine: Machine): Buffer[] {
  return [...machine.options.environment].map(([name, value]) => Buffer.from(`${name}=${value}\0`));
}

/** Writes 0 to two outputs: no arguments. */
const noneOf: HostCalls[string] = (machine, call) => (countOut: number, sizeOut: number) => {
  machine.enter(call);
  return machine.memory.writeU32(countOut, 0) || machine.memory.writeU32(sizeOut, 0)
    ? Errno.Fault
    : Errno.Success;
};

/** The part of WASI that Envoy offers: output becomes log lines, there are no files. */
export const wasiCalls: HostCalls = {
  fd_write: (machine, call) => (fd: number, vectors: number, length: number, writtenOut: number) => {
    machine.enter(call);
    if (fd !== 1 && fd !== 2) return Errno.BadF;
    let bytes: Uint8Array = NO_BYTES;
    for (let i = 0; i < length >>> 0; i++) {
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
    return machine.memory.writeBytes(out, machine.options.random(size >>> 0)) ? Errno.Fault : Errno.Success;
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

  poll_oneoff:
    (machine, call) => (_subscriptions: number, _events: number, _count: number, happenedOut: number) => {
      machine.enter(call);
      // Nothing ever happens: a filter cannot wait.
      return machine.memory.writeU32(happenedOut, 0) ? Errno.Fault : Errno.Success;
    },

  environ_sizes_get: (machine, call) => (countOut: number, sizeOut: number) => {
    machine.enter(call);
    const variables = environment(machine);
    const size = Buffer.concat(variables).length;
    return machine.memory.writeU32(countOut, variables.length) || machine.memory.writeU32(sizeOut, size)
      ? Errno.Fault
      : Errno.Success;
  },

  environ_get: (machine, call) => (addresses: number, buffer: number) => {
    machine.enter(call);
    let at = buffer;
    let slot = addresses;
    for (const variable of environment(machine)) {
      if (machine.memory.writeU32(slot, at) || machine.memory.writeBytes(at, variable)) return Errno.Fault;
      at += variable.length;
      slot += 4;
    }
    return Errno.Success;
  },

  args_sizes_get: noneOf,
  args_get: answer(Errno.Success),
  fd_seek: answer(Errno.Success),
  fd_close: answer(Errno.Success),
  sched_yield: answer(Errno.Success),
  fd_read: answer(Errno.NoSys),
  fd_fdstat_set_flags: answer(Errno.NoSys),
  fd_prestat_get: answer(Errno.BadF),
  fd_prestat_dir_name: answer(Errno.NoSys),
  path_open: answer(Errno.NoEnt),
  path_create_directory: answer(Errno.NotSup),
  path_remove_directory: answer(Errno.NotSup),
  path_rename: answer(Errno.NotSup),
  path_unlink_file: answer(Errno.NotSup),
  path_filestat_get: answer(Errno.NotSup),

  clock_res_get: (machine, call) => (clock: number, out: number) => {
    machine.enter(call);
    if (clock !== 0 && clock !== 1) return Errno.NotSup;
    return machine.memory.writeU64(out, 1n) ? Errno.Fault : Errno.Success;
  },
  fd_advise: answer(Errno.Success),
  fd_allocate: answerOnOutput,
  fd_datasync: answerOnOutput,
  fd_sync: answerOnOutput,
  fd_tell: answerOnOutput,
  fd_fdstat_set_rights: answerOnOutput,
  fd_filestat_set_size: answerOnOutput,
  fd_filestat_set_times: answerOnOutput,
  fd_pwrite: answerOnOutput,
  fd_filestat_get: answer(Errno.BadF),
  fd_renumber: answer(Errno.BadF),
  fd_readdir: answer(Errno.NotDir),
  fd_pread: answer(Errno.NoSys),
  path_filestat_set_times: answer(Errno.NotSup),
  path_readlink: answer(Errno.NotSup),
  path_link: answer(Errno.NotSup),
  path_symlink: answer(Errno.NotSup),
  sock_accept: answer(Errno.NotSup),
  sock_recv: answer(Errno.NotSup),
  sock_send: answer(Errno.NotSup),
  sock_shutdown: answer(Errno.NotSup),
};
