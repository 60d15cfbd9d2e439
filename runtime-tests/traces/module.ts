// The module a trace file names: the probe, a wasm file, or a filter of this repository in AssemblyScript.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../../filters/runtime/testing/compile.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const compiled = new Map<string, Promise<Uint8Array>>();

/** The module's bytes; `name` as in a trace file, a path as seen from `folder`. Compiled once in a process. */
export function readModule(name: string, folder: string): Promise<Uint8Array> {
  if (name === "probe") return probeModule();
  const file = path.resolve(folder, name);
  return name.endsWith(".wasm") ? readFile(file) : once(path.relative(root, file), "filter");
}

/** The probe: performs any host call in any callback as its configuration says. */
export function probeModule(): Promise<Uint8Array> {
  return once("runtime-tests/assembly/probe/index.ts", "policy");
}

function once(entry: string, target: "policy" | "filter"): Promise<Uint8Array> {
  let module = compiled.get(entry);
  if (module === undefined) compiled.set(entry, (module = compile(entry, target)));
  return module;
}
