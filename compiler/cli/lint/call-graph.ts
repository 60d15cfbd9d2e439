// Who may call whom in a module, and so which host functions can be reached from where.
import {
  eachSection,
  readImportsAndExports,
  type Reader,
  type WasmImport,
  type WasmShape,
} from "../../../host/wasm-binary.ts";
import { noCalls, readExpression, UnknownInstruction, valueType, type Calls } from "./instructions.ts";

/** A module's functions and their calls. */
export interface CallGraph {
  readonly shape: WasmShape;
  /** Imported functions, by function index. */
  readonly imported: readonly WasmImport[];
  /** By function index; undefined for imported functions and for bodies that cannot be read. */
  readonly calls: readonly (Calls | undefined)[];
  /** Functions that a table or a reference leads to. */
  readonly byReference: ReadonlySet<number>;
  /** The function in the start section. */
  readonly start: number | undefined;
  readonly names: ReadonlyMap<number, string>;
}

/** An imported function that can be reached. */
export interface Reached {
  readonly module: string;
  readonly name: string;
  /** Whether each step is a direct call; otherwise some step goes through a table. */
  readonly direct: boolean;
  /** Names of the functions between. */
  readonly through: readonly string[];
}

/** `wasm` has passed `WebAssembly.Module`. */
export function readCallGraph(wasm: Uint8Array): CallGraph {
  const shape = readImportsAndExports(wasm);
  const imported = shape.imports.filter(({ kind }) => kind === "function");
  const calls: (Calls | undefined)[] = imported.map(() => undefined);
  const byReference = new Set<number>();
  let start: number | undefined;
  let names = new Map<number, string>();
  eachSection(wasm, (id, reader, end) => {
    if (id === 0 && reader.name() === "name") names = readNames(reader, end);
    else if (id === 6) readable(() => readGlobals(reader, byReference));
    else if (id === 8) start = reader.u32();
    else if (id === 9) readable(() => readElements(reader, byReference));
    else if (id === 10) reader.times(() => calls.push(readBody(reader)));
  });
  for (const body of calls) for (const index of body?.references ?? []) byReference.add(index);
  return { shape, imported, calls, byReference, start, names };
}

/** The imported functions that can be reached from a function, each by a shortest way, direct ways first. */
export function reachedFrom(graph: CallGraph, entry: number): Reached[] {
  const found = new Map<number, Reached>();
  for (const direct of [true, false]) {
    const ways = new Map<number, readonly number[]>([[entry, []]]);
    for (const [index, way] of ways) {
      const host = graph.imported[index];
      if (host !== undefined) {
        const through = way.slice(1).map((step) => graph.names.get(step) ?? `function ${step}`);
        if (!found.has(index)) found.set(index, { module: host.module, name: host.name, direct, through });
      } else {
        for (const next of callees(graph, index, direct))
          if (!ways.has(next)) ways.set(next, [...way, index]);
      }
    }
  }
  return [...found.values()];
}

/** The functions that one calls, or may call through a table where not only direct calls count. */
export function callees(graph: CallGraph, index: number, directOnly: boolean): number[] {
  const calls = graph.calls[index];
  if (calls === undefined) return [];
  if (directOnly) return [...calls.direct];
  const types = new Set(Array.from(calls.indirect, (type) => graph.shape.types[type]));
  return [
    ...calls.direct,
    ...[...graph.byReference].filter((target) => types.has(graph.shape.functions[target])),
  ];
}

function readBody(reader: Reader): Calls | undefined {
  const size = reader.u32();
  const end = reader.at + size;
  const calls = noCalls();
  const complete = readable(() => {
    reader.times(() => {
      reader.u32();
      valueType(reader);
    });
    readExpression(reader, calls);
  });
  reader.at = end;
  return complete ? calls : undefined;
}

function readGlobals(reader: Reader, references: Set<number>): void {
  reader.times(() => {
    valueType(reader);
    reader.byte();
    readReferences(reader, references);
  });
}

/** Eight forms: bit 0 passive or declared, bit 1 names a table or is declared, bit 2 expressions instead of indices. */
function readElements(reader: Reader, references: Set<number>): void {
  reader.times(() => {
    const form = reader.u32();
    if ((form & 1) === 0) {
      if ((form & 2) !== 0) reader.u32();
      readReferences(reader, references);
    }
    const expressions = (form & 4) !== 0;
    if ((form & 3) !== 0) {
      if (expressions) valueType(reader);
      else reader.byte();
    }
    reader.times(() => {
      if (expressions) readReferences(reader, references);
      else references.add(reader.u32());
    });
  });
}

function readReferences(reader: Reader, references: Set<number>): void {
  const calls = noCalls();
  readExpression(reader, calls);
  for (const index of calls.references) references.add(index);
}

/** Function names from the custom section that compilers write for debugging. */
function readNames(reader: Reader, end: number): Map<number, string> {
  const names = new Map<number, string>();
  while (reader.at < end) {
    const subsection = reader.byte();
    const size = reader.u32();
    const next = reader.at + size;
    if (subsection === 1 && next <= end) {
      for (let left = reader.u32(); left > 0 && reader.at < next; left--) {
        const index = reader.u32();
        names.set(index, reader.name());
      }
    }
    reader.at = next;
  }
  reader.at = end;
  return names;
}

function readable(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof UnknownInstruction) return false;
    throw error;
  }
}
