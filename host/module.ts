import type { AbiVersion } from "./abi.ts";
import {
  abiVersionsOffering,
  describeSignature,
  exportSignature,
  importSignature,
  isCallback,
} from "./signatures.ts";
import { limitModule, maxPages, type ModuleLimits } from "./module-limits.ts";
import { Module, type WasmModule } from "./web-assembly.ts";
import { readImportsAndExports, type WasmExport, type WasmImport } from "./wasm-binary.ts";

/** Why Envoy would refuse to load a module; the message names the import or export at fault. */
export class ModuleRejected extends Error {
  override readonly name = "ModuleRejected";
}

/**
 * A filter's WebAssembly, compiled and checked the way Envoy checks it when it loads a plugin. It can be
 * started many times with `Vm.start`.
 *
 * @example
 * const filter = FilterModule.compile(await readFile("filter.wasm"));
 */
export class FilterModule {
  /** Which ABI the module's marker export declares. */
  readonly abiVersion: AbiVersion;
  /** Names of the imported host functions, such as `proxy_get_property`; WASI ones as `wasi:fd_write`. */
  readonly imports: string[];
  /** Names of the exported callbacks the host will call, such as `proxy_on_request_headers`. */
  readonly callbacks: string[];
  /** Size of the binary in bytes. */
  readonly byteLength: number;
  /** @internal */
  readonly compiled: WasmModule;
  /** @internal */
  readonly importList: readonly WasmImport[];
  /** @internal Which export allocates guest memory for answers. */
  readonly allocator: "malloc" | "proxy_on_memory_allocate";

  private constructor(
    compiled: WasmModule,
    imports: WasmImport[],
    exports: WasmExport[],
    byteLength: number,
  ) {
    this.compiled = compiled;
    this.byteLength = byteLength;
    this.importList = imports;
    this.abiVersion = declaredAbi(exports);
    checkImports(imports, this.abiVersion);
    checkExports(exports, this.abiVersion);
    this.allocator = findAllocator(exports);
    if (![...imports, ...exports].some((item) => item.kind === "memory"))
      throw new ModuleRejected("the module has no memory: export one, by convention as `memory`");
    this.imports = imports.flatMap(({ module, name, kind }) =>
      kind === "function" ? [module === "env" ? name : `wasi:${name}`] : [],
    );
    this.callbacks = exports.flatMap(({ name, kind }) =>
      kind === "function" && isCallback(name) ? [name] : [],
    );
  }

  /**
   * Compiles a module and checks its imports, exports, marker and allocator.
   * @throws ModuleRejected where Envoy would refuse it, also for memory beyond the limit.
   */
  static compile(wasm: Uint8Array, limits: ModuleLimits = {}): FilterModule {
    const compiled = compileLimited(wasm, limits);
    let parts: ReturnType<typeof readImportsAndExports>;
    try {
      parts = readImportsAndExports(wasm);
    } catch (error) {
      throw new ModuleRejected(error instanceof Error ? error.message : String(error));
    }
    limitImportedMemory(parts.imports, limits);
    return new FilterModule(compiled, parts.imports, parts.exports, wasm.byteLength);
  }
}

function compileLimited(wasm: Uint8Array, limits: ModuleLimits): WasmModule {
  try {
    return new Module(limitModule(wasm, limits));
  } catch (error) {
    if (error instanceof RangeError) throw new ModuleRejected(error.message);
  }
  try {
    // What is wrong is said of the module as it was given.
    return new Module(wasm);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModuleRejected(`not a valid WebAssembly module: ${reason}`);
  }
}

/** The host makes this memory, so the limit is its own to keep. */
function limitImportedMemory(imports: WasmImport[], limits: ModuleLimits): void {
  for (const { limits: memory } of imports)
    if (memory !== undefined) memory.maximum = Math.min(memory.maximum ?? Infinity, maxPages(limits));
}

function declaredAbi(exports: WasmExport[]): AbiVersion {
  const marker = exports.find(({ name, kind }) => kind === "function" && markers.has(name));
  const abi = marker && markers.get(marker.name);
  if (abi !== undefined) return abi;
  throw new ModuleRejected("the ABI marker is missing: export a function `proxy_abi_version_0_2_1`");
}

const markers = new Map<string, AbiVersion>([
  ["proxy_abi_version_0_1_0", "0.1.0"],
  ["proxy_abi_version_0_2_0", "0.2.0"],
  ["proxy_abi_version_0_2_1", "0.2.1"],
]);

function checkImports(imports: WasmImport[], abi: AbiVersion): void {
  for (const { module, name, kind, signature } of imports) {
    if (kind === "memory") continue;
    if (kind !== "function")
      throw new ModuleRejected(
        `the module imports the ${kind} \`${module}.${name}\`, which no host provides`,
      );
    const expected = importSignature(module, name, abi);
    if (expected === undefined)
      throw new ModuleRejected(`unknown import \`${module}.${name}\`${unknownHint(module, name, abi)}`);
    if (expected !== signature)
      throw new ModuleRejected(
        `import \`${module}.${name}\` has the type ${describeSignature(signature)}, ` +
          `the host's function has ${describeSignature(expected)}`,
      );
  }
}

function unknownHint(module: string, name: string, abi: AbiVersion): string {
  const versions = module === "env" ? abiVersionsOffering(name) : [];
  if (versions.length > 0)
    return `: it exists under ABI ${versions.join(" and ")} only, the module is ${abi}`;
  return module === "env" && name === "abort" ? ": compile with asc's `--use abort=`" : "";
}

function checkExports(exports: WasmExport[], abi: AbiVersion): void {
  const has = (wanted: string): boolean =>
    exports.some(({ name, kind }) => kind === "function" && name === wanted);
  const passedOver = [
    has("_initialize") ? "_start" : "main",
    ...(has("malloc") ? ["proxy_on_memory_allocate"] : []),
  ];
  for (const { name, kind, signature } of exports) {
    if (passedOver.includes(name)) continue;
    const expected = kind === "function" ? exportSignature(name, abi) : undefined;
    if (expected !== undefined && expected !== signature)
      throw new ModuleRejected(
        `export \`${name}\` has the type ${describeSignature(signature)}, ` +
          `the host calls it as ${describeSignature(expected)}`,
      );
  }
}

function findAllocator(exports: WasmExport[]): FilterModule["allocator"] {
  const has = (wanted: string) => exports.some(({ name, kind }) => kind === "function" && name === wanted);
  if (has("malloc")) return "malloc";
  if (has("proxy_on_memory_allocate")) return "proxy_on_memory_allocate";
  throw new ModuleRejected("no allocator: export `malloc` or `proxy_on_memory_allocate`, (i32) -> (i32)");
}
