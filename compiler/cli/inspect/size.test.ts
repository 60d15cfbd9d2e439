// What bytes are for: all are accounted for, and functions go to whom needs them first.
import { expect, test } from "@jest/globals";
import { sizeOf } from "./size.ts";

const text = (letters: string): number[] => [letters.length, ...Buffer.from(letters)];
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];
const body = (...instructions: number[]): number[] => [instructions.length + 2, 0, ...instructions, 0x0b];
const call = (index: number): number[] => [0x10, index];

// Function 0 is for requests and calls 2; 1 is for responses and calls 2 and 3; 4 nobody calls; 5 starts the module.
const wasm = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, 1, 0x60, 0, 0),
  ...section(3, 6, 0, 0, 0, 0, 0, 0),
  ...section(5, 1, 0, 2),
  ...section(
    7,
    3,
    ...[...text("proxy_on_request_headers"), 0, 0],
    ...[...text("proxy_on_response_headers"), 0, 1],
    ...[...text("_initialize"), 0, 5],
  ),
  ...section(
    10,
    6,
    ...body(...call(2)),
    ...body(...call(2), ...call(3)),
    ...body(1, 1, 1),
    ...body(1),
    ...body(),
    ...body(),
  ),
  ...section(11, 3, ...[0, 0x41, 0, 0x0b, ...text("host")], ...[0, 0x41, 8, 0x0b, 2, 0, 1], ...[1, 1, 9]),
  ...section(0, ...text("notes"), 1, 2),
);

test("every byte is some part's", () => {
  const { parts, pages } = sizeOf(wasm, true);
  expect(pages).toBe(2);
  expect(parts.map(({ name }) => name)).toEqual(["code", "data", "notes", "declarations"]);
  expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(wasm.length);
});

test("functions are for whom needs them first, and data is tables or texts", () => {
  const [code, data] = sizeOf(wasm, true).parts;
  expect(code?.parts).toEqual([
    { name: "for requests", bytes: 5 + 6, made: "2 functions", parts: [] },
    { name: "for responses besides", bytes: 7 + 4, made: "2 functions", parts: [] },
    { name: "to start, besides", bytes: 3, made: "1 function", parts: [] },
  ]);
  expect(data?.made).toBe("3 segments");
  expect(data?.parts.map(({ bytes, made }) => [bytes, made])).toEqual([
    [3, "2 tables"],
    [4, "1 text"],
  ]);
  // Of data that others made nothing can be said.
  expect(sizeOf(wasm, false).parts[1]?.parts).toEqual([]);
});
