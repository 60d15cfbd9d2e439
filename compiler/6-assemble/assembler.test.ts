// The thread that asc runs in: what is too much for it is a finding, and the next program gets another thread.
import { afterAll, expect, test } from "@jest/globals";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { Assembler } from "./assembler.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

const file = { path: "p.yaml", shown: "p.yaml", text: "small: 1\nlarge:\n  - many\n" };
const small = { file, start: 0, end: 8 };
const large = { file, start: 9, end: 24 };

const program = (expression: string): { text: string; origins: Map<number, typeof small> } => ({
  text: `export function proxy_on_request_headers(): bool {\n  return (\n    ${expression}\n  );\n}\n`,
  origins: new Map([
    [1, small],
    [2, large],
    [3, large],
  ]),
});
const tooDeep = program(Array.from({ length: 100_000 }, () => "load<u8>(0) == 1").join(" || "));

test("a program that is too much for asc is a finding with a place and a remedy", async () => {
  const diagnostics = new Diagnostics();
  expect(await assembler.assemble(tooDeep, diagnostics)).toBeUndefined();
  expect(diagnostics.sorted()).toMatchObject([
    {
      code: "TG9001",
      message: "the AssemblyScript compiler gave up: RangeError: Maximum call stack size exceeded",
      span: { start: 9, end: 15 },
      label: "the largest part of this bundle",
      help: expect.stringContaining("divide this part"),
    },
  ]);
});

test("and the next one compiles", async () => {
  const both = await Promise.all([
    assembler.assemble(tooDeep, new Diagnostics()),
    assembler.assemble(tooDeep, new Diagnostics()),
  ]);
  expect(both).toEqual([undefined, undefined]);
  const diagnostics = new Diagnostics();
  const wasm = await assembler.assemble(program("load<u8>(0) == 1"), diagnostics);
  expect(diagnostics.sorted()).toEqual([]);
  expect(Buffer.from(wasm ?? []).toString("latin1", 0, 4)).toBe("\0asm");
});

test("closed in the middle of a job, it says so", async () => {
  const other = new Assembler();
  const job = other.assemble(program("load<u8>(0) == 1"), new Diagnostics());
  await Promise.all([expect(job).rejects.toThrow("closed"), other.close()]);
  await expect(other.assemble(program("true"), new Diagnostics())).rejects.toThrow("closed");
});
