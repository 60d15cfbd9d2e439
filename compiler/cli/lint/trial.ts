// Starts a module the way Envoy does, with nothing behind its imports, to see whether it gets through.
import { randomFillSync } from "node:crypto";
import { runInNewContext } from "node:vm";
import { Instance, Memory, Module, type WasmInstance, type WasmMemory } from "../../../host/web-assembly.ts";
import type { WasmShape } from "../../../host/wasm-binary.ts";
import { allowedInStart, type EnvoyVersion } from "./envoy-versions.ts";

/** How a start ended. `at`: `the start section`, or the name of the exported function. */
export type Trial =
  | { readonly end: "started" }
  | { readonly end: "host-call"; readonly at: string; readonly module: string; readonly name: string }
  | { readonly end: "trap"; readonly at: string; readonly message: string }
  | { readonly end: "timeout"; readonly at: string }
  /** Some import cannot be made up here, or Envoy would not get as far. */
  | { readonly end: "not-tried" };

export const START_SECTION = "the start section";

/** How long a start may take; Envoy itself would wait for ever. */
const LONGEST_START_MS = 2_000;

/** Thrown through the module by a host function that may not be called. */
class Refused extends Error {
  readonly module: string;
  readonly function: string;

  constructor(module: string, name: string) {
    super(`${module}.${name}`);
    this.module = module;
    this.function = name;
  }
}

/** `entries`: the exported functions Envoy calls to start a module, in order. */
export function tryStart(
  wasm: Uint8Array,
  shape: WasmShape,
  entries: readonly string[],
  version: EnvoyVersion,
): Trial {
  let at = START_SECTION;
  let memory: WasmMemory | undefined;
  const imports: Record<string, Record<string, unknown>> = Object.create(null) as Record<string, never>;
  for (const { module, name, kind, limits } of shape.imports) {
    if (kind !== "function" && kind !== "memory") return { end: "not-tried" };
    imports[module] ??= Object.create(null) as Record<string, unknown>;
    if (kind === "memory") {
      imports[module][name] = memory = new Memory(limits ?? { initial: 0 });
    } else {
      imports[module][name] = (...args: unknown[]) => {
        if (at === START_SECTION || !allowedInStart(module, name, version)) throw new Refused(module, name);
        return answer(name, args.map(Number), memory && new Uint8Array(memory.buffer));
      };
    }
  }
  let instance: WasmInstance | undefined;
  const steps: (() => unknown)[] = [
    () => {
      instance = new Instance(new Module(wasm), imports);
      memory = exportedMemory(instance) ?? memory;
    },
    ...entries.map((entry) => () => {
      at = entry;
      // `main` takes argc and argv; the others ignore what they do not take.
      return (instance?.exports[entry] as (...args: number[]) => unknown)(0, 0);
    }),
  ];
  try {
    // The only way to end a loop that never ends: a context's time limit holds for all that it calls.
    for (const step of steps) runInNewContext("step()", { step }, { timeout: LONGEST_START_MS });
    return { end: "started" };
  } catch (error) {
    if (error instanceof Refused) return { end: "host-call", at, module: error.module, name: error.function };
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      return { end: "timeout", at };
    return { end: "trap", at, message: error instanceof Error ? error.message : String(error) };
  }
}

/** Its buffer is another one whenever the memory has grown. */
function exportedMemory({ exports }: WasmInstance): WasmMemory | undefined {
  return Object.values(exports).find((value): value is WasmMemory => value instanceof Memory);
}

const ENOSYS = 52;
const EBADF = 8;

/** Enough of WASI for a language's own start-up: no arguments, no environment, no files, a clock, a writable stdout. */
function answer(name: string, args: readonly number[], memory: Uint8Array | undefined): number {
  const [first = 0, second = 0, third = 0, fourth = 0] = args;
  const view = (): DataView => new DataView(memory?.buffer ?? new ArrayBuffer(0));
  const store = (address: number, value: number): void => {
    if (memory && address + 4 <= memory.length) view().setUint32(address, value, true);
  };
  const load = (address: number): number =>
    memory && address + 4 <= memory.length ? view().getUint32(address, true) : 0;
  switch (name) {
    case "args_sizes_get":
    case "environ_sizes_get":
      store(first, 0);
      store(second, 0);
      return 0;
    case "clock_time_get":
      // Runtimes wait for time to pass.
      if (memory && third + 8 <= memory.length)
        view().setBigUint64(
          third,
          BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n),
          true,
        );
      return 0;
    case "random_get":
      if (memory && first + second <= memory.length) randomFillSync(memory, first, second);
      return 0;
    case "fd_write": {
      let written = 0;
      for (let i = 0; i < Math.min(third, 1024); i++) written += load(second + 8 * i + 4);
      store(fourth, written);
      return 0;
    }
    case "fd_prestat_get":
    case "fd_prestat_dir_name":
      return EBADF;
    case "proxy_log":
    case "emscripten_notify_memory_growth":
    case "args_get":
    case "environ_get":
    case "fd_fdstat_get":
    case "fd_fdstat_set_flags":
      return 0;
    default:
      return ENOSYS;
  }
}
