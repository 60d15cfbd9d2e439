// The modules that are measured: policies compiled here, and filters by hand with what they need written for them.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { Assembler, compile, renderDiagnostics, type Manifest } from "../compiler/index.ts";
import { temporaryFolder } from "./cleanup.ts";
import { assemblyScript } from "./peers/assemblyscript.ts";
import { progress } from "./report/progress.ts";

export interface MeasuredModule {
  readonly wasm: Uint8Array;
  /** The same in a file, for Envoy. */
  readonly path: string;
}

export interface CompiledModule extends MeasuredModule {
  readonly manifest: Manifest;
}

const compiled = new Map<string, Promise<CompiledModule>>();

/** The filter of one bundle's documents, compiled once a run for each name; the first workload's where it has several. */
export function compiledModule(name: string, document: () => string): Promise<CompiledModule> {
  let module = compiled.get(name);
  if (module === undefined) compiled.set(name, (module = compileOne(name, document())));
  return module;
}

async function compileOne(name: string, text: string): Promise<CompiledModule> {
  progress(`compiling ${name}`);
  const assembler = new Assembler();
  try {
    const files = [{ path: `${name}.yaml`, shown: `${name}.yaml`, text }];
    const { filters, diagnostics } = await compile({ files, defaultName: name }, assembler);
    const [filter] = filters;
    if (!filter) throw new Error(renderDiagnostics(diagnostics));
    return {
      wasm: filter.wasm,
      path: await inFile(name, filter.wasm),
      manifest: filter.manifest,
    };
  } finally {
    await assembler.close();
  }
}

/** A filter by hand, with files written for it; see `assemblyScript`. */
export async function bareModule(
  program: string,
  written: Readonly<Record<string, string>>,
): Promise<MeasuredModule> {
  const { version, build } = await assemblyScript("bare", written);
  progress(`building bare ${program} with ${version}`);
  const out = path.join(await temporaryFolder(), `bare-${program}.wasm`);
  await build(program, out);
  return { wasm: await readFile(out), path: out };
}

async function inFile(name: string, wasm: Uint8Array): Promise<string> {
  const file = path.join(await temporaryFolder(), `${name}.wasm`);
  await writeFile(file, wasm);
  return file;
}
