/** Hand-made modules for tests about loading: any imports and exports, every function body traps. */
import type { Signature } from "../signatures.ts";

export interface ModuleParts {
  imports?: ReadonlyArray<{ module?: string; name: string; type: Signature }>;
  exports?: ReadonlyArray<{ name: string; type: Signature }>;
  /** Default: an exported memory of one page. */
  memory?: boolean;
}

/** What every filter needs: the marker and an allocator. */
export const required = [
  { name: "proxy_abi_version_0_2_1", type: ":" },
  { name: "malloc", type: "i:i" },
] as const;

const valueTypes: Record<string, number> = { i: 0x7f, I: 0x7e, f: 0x7d, F: 0x7c };

export function buildModule({ imports = [], exports = [], memory = true }: ModuleParts): Uint8Array {
  const functions = [...imports, ...exports];
  const types = functions.map(({ type }) => {
    const [parameters = "", results = ""] = type.split(":");
    const letters = (text: string) => vector(Array.from(text, (letter) => [valueTypes[letter] ?? 0]));
    return [0x60, ...letters(parameters), ...letters(results)];
  });
  const importList = imports.map(({ module = "env", name }, i) => [...text(module), ...text(name), 0, i]);
  const exportList = exports.map(({ name }, i) => [...text(name), 0, imports.length + i]);
  if (memory) exportList.push([...text("memory"), 2, 0]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, importList),
    ...section(
      3,
      exports.map((_, i) => [imports.length + i]),
    ),
    ...(memory ? section(5, [[0, 1]]) : []),
    ...section(7, exportList),
    ...section(
      10,
      exports.map(() => [3, 0, 0x00, 0x0b]), // no locals, unreachable, end
    ),
  ]);
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
