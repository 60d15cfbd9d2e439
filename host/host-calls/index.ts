/** Links a module's imports to the host functions: one file here per family of functions. */
import type { Machine } from "../machine.ts";
import { bufferCalls } from "./buffers.ts";
import { Memory, type WasmImports, type WasmMemory } from "../web-assembly.ts";
import { calloutCalls } from "./callouts.ts";
import { contextCalls } from "./contexts.ts";
import { emscriptenCalls } from "./emscripten.ts";
import { foreignFunctionCalls } from "./foreign-functions.ts";
import { headerCalls } from "./headers.ts";
import type { HostCalls } from "./host-call.ts";
import { metricCalls } from "./metrics.ts";
import { propertyCalls } from "./properties.ts";
import { sharedCalls } from "./shared.ts";
import { systemCalls } from "./system.ts";
import { wasiCalls } from "./wasi.ts";

const envCalls: HostCalls = {
  ...systemCalls,
  ...headerCalls,
  ...bufferCalls,
  ...propertyCalls,
  ...contextCalls,
  ...sharedCalls,
  ...metricCalls,
  ...foreignFunctionCalls,
  ...calloutCalls,
  ...emscriptenCalls,
};

export interface Linked {
  imports: WasmImports;
  importedMemory: WasmMemory | undefined;
}

/** The import object for one instance. `FilterModule` has checked that every import is known. */
export function linkImports(machine: Machine): Linked {
  const imports: WasmImports = {};
  let importedMemory: WasmMemory | undefined;
  let call = 0;
  for (const { module, name, kind, limits } of machine.module.importList) {
    const names = (imports[module] ??= {});
    if (kind === "memory") {
      names[name] = importedMemory = new Memory(limits ?? { initial: 1 });
      continue;
    }
    const make = (module === "env" ? envCalls : wasiCalls)[name];
    if (make === undefined) throw new Error(`\`${module}.${name}\` is not linked`);
    names[name] = make(machine, call++);
  }
  return { imports, importedMemory };
}
