// The WebAssembly modules that are measured, compiled here so that a run measures the sources as they are now.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { Assembler, compile, renderDiagnostics, type BundleFiles, type Manifest } from "../compiler/index.ts";
import { Diagnostics } from "../compiler/diagnostics/diagnostic.ts";
import { temporaryFolder } from "./cleanup.ts";
import { progress } from "./report/progress.ts";
import { describeRate, generous, readShop, stingy, withRate } from "./shop.ts";

export interface Module {
  readonly wasm: Uint8Array;
  /** The same in a file, for Envoy. */
  readonly path: string;
  /** Absent where it was not compiled from policies. */
  readonly manifest?: Manifest;
}

export const moduleNames = ["empty", "shop", "shop-raised", "shop-address-raised", "shop-exhausted"] as const;
export type ModuleName = (typeof moduleNames)[number];
export type Modules = Readonly<Record<ModuleName, Module>>;

/** To be shown wherever figures of the altered copies are. */
export const limitsNote = `Limits: \`shop\` is examples/shop with both limits raised to ${describeRate(generous)}, so that every request is allowed.`;

// What any filter costs that does nothing: one callback, no host call.
const emptySource = `
export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  return 0;
}
`;

let compiled: Promise<Modules> | undefined;

/** All modules, compiled once a run. */
export function compileModules(): Promise<Modules> {
  return (compiled ??= compileAll());
}

async function compileAll(): Promise<Modules> {
  progress("compiling what is measured");
  const folder = await temporaryFolder();
  const assembler = new Assembler();
  try {
    const shop = await readShop();
    const policies = (bundle: BundleFiles): Promise<Omit<Module, "path">> =>
      compilePolicies(bundle, assembler);
    const parts: Record<ModuleName, Omit<Module, "path">> = {
      empty: { wasm: await assembleText(emptySource, assembler) },
      shop: await policies(shop),
      "shop-raised": await policies(withRate(shop, generous)),
      // A flood of users meets the example's own limit for each of them.
      "shop-address-raised": await policies(withRate(shop, generous, "per-address")),
      "shop-exhausted": await policies(withRate(shop, stingy)),
    };
    const modules = moduleNames.map((name) => [
      name,
      { ...parts[name], path: path.join(folder, `${name}.wasm`) },
    ]);
    const result = Object.fromEntries(modules) as Modules;
    for (const { path: file, wasm } of Object.values(result)) await writeFile(file, wasm);
    return result;
  } finally {
    await assembler.close();
  }
}

async function compilePolicies(bundle: BundleFiles, assembler: Assembler): Promise<Omit<Module, "path">> {
  const { filters, diagnostics } = await compile(bundle, assembler);
  const [filter] = filters;
  if (!filter) throw new Error(renderDiagnostics(diagnostics));
  return { wasm: filter.wasm, manifest: filter.manifest };
}

async function assembleText(text: string, assembler: Assembler): Promise<Uint8Array> {
  const diagnostics = new Diagnostics();
  const wasm = await assembler.assemble({ text, origins: new Map() }, diagnostics);
  if (!wasm) throw new Error(renderDiagnostics(diagnostics.sorted()));
  return wasm;
}
