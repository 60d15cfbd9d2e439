// What a module's bytes are for: its sections, and within code and data as much as can be told from outside.
import { eachSection, type Reader } from "../../../host/wasm-binary.ts";
import { callees, readCallGraph, type CallGraph } from "../lint/call-graph.ts";
import { noCalls, readExpression, UnknownInstruction } from "../lint/instructions.ts";

/** A part of a module. */
export interface Part {
  readonly name: string;
  readonly bytes: number;
  /** How many of what it is made of, such as `94 functions`; empty: that says nothing. */
  readonly made: string;
  /** What can be told of its own parts; they need not be all of it. */
  readonly parts: readonly Part[];
}

export interface Size {
  readonly parts: readonly Part[];
  /** Of 64 KiB, when it starts; undefined where it has no memory of its own. */
  readonly pages: number | undefined;
}

/** `wasm` has passed `WebAssembly.Module`; `ours`: Tollgate made it, and so its data is tables or texts. */
export function sizeOf(wasm: Uint8Array, ours: boolean): Size {
  const found = { code: 0, data: 0, notes: 0, declarations: 8 };
  let functions: readonly number[] = [];
  let segments: readonly Segment[] = [];
  const notes: Part[] = [];
  let pages: number | undefined;
  let begin = 8;
  eachSection(wasm, (id, reader, end) => {
    const bytes = end - begin;
    begin = end;
    found[kindOf(id)] += bytes;
    if (id === 0) notes.push({ name: reader.name(), bytes, made: "", parts: [] });
    else if (id === 5) pages = readPages(reader);
    else if (id === 10) functions = readBodies(reader);
    else if (id === 11) segments = readSegments(reader, wasm);
  });
  const parts: Part[] = [
    {
      name: "code",
      bytes: found.code,
      made: counted(functions.length, "function"),
      parts: codeParts(wasm, functions),
    },
    {
      name: "data",
      bytes: found.data,
      made: counted(segments.length, "segment"),
      parts: ours ? dataParts(segments) : [],
    },
    { name: "notes", bytes: found.notes, made: "", parts: notes.length > 1 ? notes : [] },
    { name: "declarations", bytes: found.declarations, made: "", parts: [] },
  ];
  return { parts: parts.filter(({ bytes }) => bytes > 0), pages };
}

function kindOf(section: number): "code" | "data" | "notes" | "declarations" {
  if (section === 0) return "notes";
  if (section === 10) return "code";
  return section === 11 ? "data" : "declarations";
}

function readPages(reader: Reader): number {
  let pages = 0;
  reader.times(() => {
    const bounded = (reader.byte() & 1) === 1;
    pages += reader.u32();
    if (bounded) reader.u32();
  });
  return pages;
}

/** Bytes of each body. */
function readBodies(reader: Reader): number[] {
  const sizes: number[] = [];
  reader.times(() => {
    const begin = reader.at;
    const size = reader.u32();
    reader.at += size;
    sizes.push(reader.at - begin);
  });
  return sizes;
}

interface Segment {
  readonly bytes: number;
  readonly isText: boolean;
}

function readSegments(reader: Reader, wasm: Uint8Array): Segment[] {
  const found: Segment[] = [];
  try {
    reader.times(() => {
      const form = reader.u32();
      if (form === 2) reader.u32();
      if (form !== 1) readExpression(reader, noCalls());
      const bytes = reader.u32();
      const content = wasm.subarray(reader.at, reader.at + bytes);
      reader.at += bytes;
      found.push({ bytes, isText: content.every((byte) => byte >= 0x20 && byte !== 0x7f) });
    });
  } catch (error) {
    // An address that this reader cannot read: then nothing is said of what follows.
    if (!(error instanceof UnknownInstruction)) throw error;
  }
  return found;
}

function dataParts(segments: readonly Segment[]): Part[] {
  const texts = segments.filter(({ isText }) => isText);
  const tables = segments.filter(({ isText }) => !isText);
  return [part("tables for decisions", tables, "table"), part("names and answers", texts, "text")];
}

function part(name: string, segments: readonly Segment[], one: string): Part {
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  return { name, bytes, made: counted(segments.length, one), parts: [] };
}

/** What requests need, what only responses need besides, and so on. */
const users: readonly (readonly [name: string, calls: RegExp])[] = [
  ["for requests", /^proxy_on_request_/],
  ["for responses besides", /^proxy_on_response_/],
  ["for other callbacks besides", /^(proxy_on_(?!vm_start|configure)|malloc$)/],
  ["to start, besides", /./],
];

function codeParts(wasm: Uint8Array, bodies: readonly number[]): Part[] {
  const graph = readCallGraph(wasm);
  const exported = graph.shape.exports.filter(({ kind }) => kind === "function");
  const known = new Set<number>();
  const found = users.map(([name, calls]) => {
    const entries = exported.filter((one) => calls.test(one.name)).map(({ index }) => index);
    if (name.startsWith("to start") && graph.start !== undefined) entries.push(graph.start);
    const own = reachable(graph, entries).filter((index) => !known.has(index));
    for (const index of own) known.add(index);
    return codePart(name, own, graph, bodies);
  });
  const used = found.filter(({ bytes }) => bytes > 0);
  return used.length > 1 ? used : [];
}

function codePart(
  name: string,
  indices: readonly number[],
  graph: CallGraph,
  bodies: readonly number[],
): Part {
  const own = indices.filter((index) => index >= graph.imported.length);
  const bytes = own.reduce((sum, index) => sum + (bodies[index - graph.imported.length] ?? 0), 0);
  return { name, bytes, made: counted(own.length, "function"), parts: [] };
}

function reachable(graph: CallGraph, entries: readonly number[]): number[] {
  const found = new Set(entries);
  // What is added while it is gone through is gone through, too.
  for (const index of found) for (const next of callees(graph, index, false)) found.add(next);
  return [...found];
}

function counted(n: number, one: string): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? one : `${one}s`}`;
}
