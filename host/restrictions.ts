/**
 * Which host functions a module may call before it is whole: in its start function, and in its allocator, which the host
 * calls in the midst of a host function. Everything else traps there. Read off Envoy 1.40
 * (`runtime-tests/restrictions.test.ts` does so again).
 */

/** From where host functions are called, as far as that restricts them. `Nowhere`: the module is not even instantiated. */
export const Caller = { Callback: 0, Start: 1, Allocator: 2, Nowhere: 3 } as const;
export type Caller = (typeof Caller)[keyof typeof Caller];

/** Whether a function may be called, by its name in `FilterModule.imports`. */
export function mayCall(caller: Caller, name: string): boolean {
  if (caller === Caller.Allocator) return inAllocator.has(name);
  if (caller !== Caller.Start) return caller === Caller.Callback;
  return inStart.has(name) || (name.startsWith("wasi:") && !neverInStart.has(name));
}

const inAllocator: ReadonlySet<string> = new Set([
  "proxy_log",
  "wasi:fd_write",
  "wasi:clock_time_get",
  "wasi:poll_oneoff",
]);

const inStart: ReadonlySet<string> = new Set(["proxy_log", "emscripten_notify_memory_growth"]);

const neverInStart: ReadonlySet<string> = new Set([
  "wasi:fd_close",
  "wasi:fd_read",
  "wasi:fd_seek",
  "wasi:path_open",
  "wasi:proc_exit",
  "wasi:sched_yield",
]);
