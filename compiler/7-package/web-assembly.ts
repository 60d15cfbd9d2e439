// The parts of JavaScript's WebAssembly API that packaging uses, typed: TypeScript declares them with the DOM only.

/** A compiled module, to be looked into. */
export interface WasmModule {
  readonly brand?: "WebAssembly.Module";
}

interface WebAssemblyApi {
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): { readonly module: string; readonly name: string }[];
    exports(module: WasmModule): { readonly name: string }[];
    customSections(module: WasmModule, name: string): ArrayBuffer[];
  };
}

export const { Module } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
