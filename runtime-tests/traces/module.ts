// The module a trace file names: the probe, what others built, a wasm file, or a filter of this repository.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { languages } from "../foreign/foreign-module.ts";
import { foreignModuleForTests } from "../foreign/testing.ts";
import { compile } from "../../filters/runtime/testing/compile.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const compiled = new Map<string, Promise<Uint8Array>>();

/**
 * The module's bytes; `name` as in a trace file, a path as seen from `folder`. Compiled once in a process. Undefined where
 * the compiler for it is missing, which is said, and in CI is an error.
 */
export async function readModule(name: string, folder: string): Promise<Uint8Array | undefined> {
  if (name === "probe") return probeModule();
  const language = languages.find((one) => one === name);
  if (language !== undefined) {
    const built = await foreignModuleForTests(language);
    return built === undefined ? undefined : readFile(built);
  }
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
