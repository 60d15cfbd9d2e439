/** Hand-made modules for tests about loading: any imports, exports and bodies; a body that is not given traps. */
import type { Signature } from "../signatures.ts";

export interface FunctionParts {
  type: Signature;
  /** Instructions without locals and the final `end`. Default: `unreachable`. */
  body?: readonly number[];
}

/** Functions are numbered in this order: imports, exports, `functions`. */
export interface ModuleParts {
  imports?: ReadonlyArray<{ module?: string; name: string; type: Signature }>;
  exports?: ReadonlyArray<FunctionParts & { name: string }>;
  /** Functions that are not exported. */
  functions?: readonly FunctionParts[];
  /** Default: an exported memory of one page; `hidden`: one that is not exported. */
  memory?: boolean | "hidden";
  /** Function in the start section. */
  start?: number;
  /** Functions that `call_indirect` can reach, in table 0. */
  table?: readonly number[];
  /** Data segments, one after the other from address 0. */
  data?: readonly string[];
}

/** What every filter needs: the marker and an allocator. */
export const required = [
  { name: "proxy_abi_version_0_2_1", type: ":" },
  { name: "malloc", type: "i:i" },
] as const;

const valueTypes: Record<string, number> = { i: 0x7f, I: 0x7e, f: 0x7d, F: 0x7c };
const UNREACHABLE = [0x00];

export function buildModule(parts: ModuleParts): Uint8Array {
  const { imports = [], exports = [], functions = [], memory = true, start, table = [], data = [] } = parts;
  const bodies = [...exports, ...functions];
  const types = [...imports, ...bodies].map(({ type }) => {
    const [parameters = "", results = ""] = type.split(":");
    const letters = (text: string) => vector(Array.from(text, (letter) => [valueTypes[letter] ?? 0]));
    return [0x60, ...letters(parameters), ...letters(results)];
  });
  const importList = imports.map(({ module = "env", name }, i) => [
    ...text(module),
    ...text(name),
    0,
    ...u32(i),
  ]);
  const exportList = exports.map(({ name }, i) => [...text(name), 0, ...u32(imports.length + i)]);
  if (memory === true) exportList.push([...text("memory"), 2, 0]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, importList),
    ...section(
      3,
      bodies.map((_, i) => u32(imports.length + i)),
    ),
    ...section(4, table.length > 0 ? [[0x70, 0, ...u32(table.length)]] : []),
    ...section(5, memory === false ? [] : [[0, 1]]),
    ...section(7, exportList),
    ...(start === undefined ? [] : [8, u32(start).length, ...u32(start)]),
    ...section(9, table.length > 0 ? [[0, ...i32(0), END, ...vector(table.map(u32))]] : []),
    ...section(
      10,
      bodies.map(({ body = UNREACHABLE }) => vector([0, ...body, END].map((byte) => [byte]))),
    ),
    ...section(
      11,
      data.map((value, i) => [0, ...i32(Buffer.byteLength(data.slice(0, i).join(""))), END, ...text(value)]),
    ),
  ]);
}

const END = 0x0b;

/** `i32.const value`, for values below 8192. */
export function i32(value: number): number[] {
  return value < 64 ? [0x41, value] : [0x41, (value & 0x7f) | 0x80, value >>> 7];
}

/** `call index`. */
export function call(index: number): number[] {
  return [0x10, ...u32(index)];
}

function section(id: number, items: number[][]): number[] {
  const bytes = vector(items);
  return items.length === 0 ? [] : [id, ...u32(bytes.length), ...bytes];
}

function vector(items: number[][]): number[] {
  return [...u32(items.length), ...items.flat()];
}

function text(value: string): number[] {
  return vector(Array.from(Buffer.from(value), (byte) => [byte]));
}

function u32(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...u32(value >>> 7)];
}
