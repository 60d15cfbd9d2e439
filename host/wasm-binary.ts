/**
 * Reads what a WebAssembly binary imports and exports, with types: JavaScript's own
 * `WebAssembly.Module.imports` tells names only. Sections 1 (types), 2 (imports), 3 (functions), 7 (exports).
 */
import type { Signature } from "./signatures.ts";

export interface WasmImport {
  module: string;
  name: string;
  kind: "function" | "table" | "memory" | "global" | "tag";
  /** Set for functions. */
  signature: Signature;
  /** Set for memories: pages. */
  limits: { initial: number; maximum?: number } | undefined;
}

export interface WasmExport {
  name: string;
  kind: WasmImport["kind"];
  /** In the index space of its kind, imports first. */
  index: number;
  /** Set for functions. */
  signature: Signature;
}

/** A module's outside, and the types of what is inside. */
export interface WasmShape {
  imports: WasmImport[];
  exports: WasmExport[];
  /** By type index. */
  types: Signature[];
  /** Types of all functions by function index, imported ones first. */
  functions: Signature[];
}

const kinds = ["function", "table", "memory", "global", "tag"] as const;

/** `wasm` has passed `WebAssembly.Module`, so its structure is known to be sound. */
export function readImportsAndExports(wasm: Uint8Array): WasmShape {
  const types: Signature[] = [];
  const functions: Signature[] = [];
  const imports: WasmImport[] = [];
  const exports: WasmExport[] = [];
  eachSection(wasm, (id, reader) => {
    if (id === 1) readTypes(reader, types);
    else if (id === 2) readImports(reader, types, functions, imports);
    else if (id === 3) reader.times(() => functions.push(types[reader.u32()] ?? "?"));
    else if (id === 7) readExports(reader, functions, exports);
  });
  return { imports, exports, types, functions };
}

/** Calls `each` with every section's id; the reader stands at the section's content, which ends at `end`. */
export function eachSection(wasm: Uint8Array, each: (id: number, reader: Reader, end: number) => void): void {
  const reader = new Reader(wasm);
  reader.at = 8; // magic and version
  while (reader.at < wasm.length) {
    const id = reader.byte();
    const size = reader.u32();
    const end = reader.at + size;
    each(id, reader, end);
    reader.at = end;
  }
}

function readTypes(reader: Reader, types: Signature[]): void {
  reader.times(() => {
    // Anything but a plain function type (GC proposals) is no type a host function can have.
    if (reader.byte() !== 0x60) throw new Error("the type section uses a form this host cannot read");
    const letters = (): string => {
      let text = "";
      reader.times(() => (text += valueTypes[reader.byte()] ?? "?"));
      return text;
    };
    types.push(`${letters()}:${letters()}`);
  });
}

const valueTypes: Record<number, string> = { 0x7f: "i", 0x7e: "I", 0x7d: "f", 0x7c: "F" };

function readImports(r: Reader, types: Signature[], functions: Signature[], imports: WasmImport[]): void {
  r.times(() => {
    const entry: WasmImport = {
      module: r.name(),
      name: r.name(),
      kind: kinds[r.byte()] ?? "tag",
      signature: "?",
      limits: undefined,
    };
    if (entry.kind === "function") functions.push((entry.signature = types[r.u32()] ?? "?"));
    else if (entry.kind === "memory") entry.limits = readLimits(r);
    else if (entry.kind === "table") {
      r.byte();
      readLimits(r);
    } else r.at += 2; // global: type, mutability; tag: attribute, type
    imports.push(entry);
  });
}

function readLimits(reader: Reader): { initial: number; maximum?: number } {
  const bounded = (reader.byte() & 1) === 1;
  const initial = reader.u32();
  return bounded ? { initial, maximum: reader.u32() } : { initial };
}

function readExports(reader: Reader, functions: Signature[], exports: WasmExport[]): void {
  reader.times(() => {
    const name = reader.name();
    const kind = kinds[reader.byte()] ?? "tag";
    const index = reader.u32();
    exports.push({ name, kind, index, signature: kind === "function" ? (functions[index] ?? "?") : "?" });
  });
}

/** Reads the binary format's primitives one after the other. */
export class Reader {
  at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  name(): string {
    const length = this.u32();
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return text;
  }

  /** Reads a vector: its length, then `each` that many times. */
  times(each: () => void): void {
    for (let left = this.u32(); left > 0; left--) each();
  }
}
