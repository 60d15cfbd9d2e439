import { expect, test } from "@jest/globals";
import { limitModule, type ModuleLimits } from "./module-limits.ts";
import { FilterModule, ModuleRejected } from "./module.ts";
import { buildModule, required } from "./testing/wasm-builder.ts";
import { Instance } from "./web-assembly.ts";

const PAGE = 64 * 1024;

/** `malloc` grows the memory by so many pages, `grow_table` the table by so many entries. */
const wasm = buildModule({
  exports: [
    required[0],
    { name: "malloc", type: "i:i", body: [0x20, 0, 0x40, 0] },
    { name: "grow_table", type: "i:i", body: [0xd0, 0x70, 0x20, 0, 0xfc, 0x0f, 0] },
  ],
  table: [0],
});

type Grow = (by: number) => number;

function start(module: Uint8Array, limits?: ModuleLimits): { growMemory: Grow; growTable: Grow } {
  const { exports } = new Instance(FilterModule.compile(module, limits).compiled, {});
  return { growMemory: exports["malloc"] as Grow, growTable: exports["grow_table"] as Grow };
}

test("memory grows to the limit and not beyond", () => {
  const { growMemory } = start(wasm, { maxMemoryBytes: 4 * PAGE + 1 });
  expect([growMemory(3), growMemory(1), growMemory(0)]).toEqual([1, -1, 4]);
});

test("a table grows to the limit and not beyond", () => {
  const { growTable } = start(wasm, { maxTableEntries: 10 });
  expect([growTable(9), growTable(1)]).toEqual([1, -1]);
});

test("Envoy's limits hold where none are given: 1 GiB, ten million entries", () => {
  const { growMemory, growTable } = start(wasm);
  expect([growMemory(16_384), growTable(10_000_000)]).toEqual([-1, -1]);
});

test("a lower maximum of the module's own stays", () => {
  const { growMemory } = start(limitModule(wasm, { maxMemoryBytes: 2 * PAGE }), { maxMemoryBytes: 8 * PAGE });
  expect([growMemory(1), growMemory(1)]).toEqual([1, -1]);
});

test("a module that starts with more is refused", () => {
  expect(() => FilterModule.compile(wasm, { maxMemoryBytes: PAGE - 1 })).toThrow(
    new ModuleRejected("the module's memory has 0.0625 MiB from the start, the limit is 0 MiB"),
  );
  expect(() => FilterModule.compile(wasm, { maxTableEntries: 0 })).toThrow(
    new ModuleRejected("the module's table has 1 entries from the start, the limit is 0"),
  );
});

test("what is no module is refused in V8's words, wherever it is cut", () => {
  const reasons = Array.from({ length: wasm.length }, (_, size) => {
    try {
      FilterModule.compile(wasm.subarray(0, size));
      return "accepted";
    } catch (error) {
      return error instanceof ModuleRejected ? "" : String(error);
    }
  });
  expect(reasons.filter((reason) => reason !== "")).toEqual([]);
});
