// Tables as wide as the terminal at most, whatever stands in them.
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import pc from "picocolors";
import { columnsOf } from "../../diagnostics/wrap.ts";
import { table } from "./table.ts";

test("cells stand one below the other", () => {
  expect(
    table([
      ["a", "long", "x"],
      ["bbb", "s", "y"],
    ]),
  ).toEqual(["a    long  x", "bbb  s     y"]);
});

test("numbers stand at the right, and every line is indented", () => {
  const rows = [
    ["code", "7.1"],
    ["data", "12.0"],
  ];
  expect(table(rows, { right: [1], indent: "  " })).toEqual(["  code   7.1", "  data  12.0"]);
});

test("wide characters take two columns, combining ones and colours none", () => {
  const red = pc.createColors(true).red("ab");
  const lines = table([
    ["日本", "|"],
    ["e\u0301", "|"],
    [red, "|"],
    ["👩‍👩‍👧‍👦", "|"],
  ]);
  const columns = lines.map((line) => columnsOf(line.slice(0, line.indexOf("|"))));
  expect(columns).toEqual([6, 6, 6, 6]);
});

test("the widest column gives way, and its cell goes on below itself", () => {
  expect(table([["name", "what it says goes on for a while"]], { width: 24 })).toEqual([
    "name  what it says goes",
    "      on for a while",
  ]);
});

test("what is indented stays so", () => {
  expect(table([["  what it says goes on", "12"]], { width: 18 })).toEqual([
    "  what it says  12",
    "  goes on",
  ]);
});

describe("of any cells", () => {
  const cell = fc.stringMatching(/^[a-z日 .]{0,40}$/);
  const rows = fc
    .integer({ min: 1, max: 4 })
    .chain((columns) =>
      fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 6 }),
    );

  test("no line is wider than the terminal, where each column has room for a word", () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 60, max: 120 }), (cells, width) => {
        for (const line of table(cells, { width })) expect(columnsOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  test("nothing is lost", () => {
    const letters = (text: string): string =>
      Array.from(stripVTControlCharacters(text).replaceAll(" ", "")).sort().join("");
    fc.assert(
      fc.property(rows, fc.integer({ min: 10, max: 120 }), (cells, width) => {
        expect(letters(table(cells, { width }).join(""))).toBe(letters(cells.flat().join("")));
      }),
    );
  });
});
