// coming-from.md names what there is, here and in the SDKs that it compares with, and leaves none of theirs out.
import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { publicNames } from "./testing/public-names.ts";
import peers from "./testing/peer-names.json" with { type: "json" };

const MODULES = ["index.ts", "foreign/index.ts", "json/index.ts", "properties/index.ts"];
const COLUMNS = ["Rust", "Go", "proxy-runtime", "here"];

const text = await readFile(new URL("coming-from.md", import.meta.url), "utf8");
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

/** All names in backticks in a column, braces expanded. */
function namesIn(column: number): Set<string> {
  const spans = rows.flatMap((row) =>
    [...(row[column] ?? "").matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span),
  );
  return new Set(spans.flatMap(expanded));
}

/** `a{b,c}d{,e}` → `abd`, `abde`, `acd`, `acde`. */
function expanded(pattern: string): string[] {
  const [, before = "", choices, after = ""] = /^(.*?)\{(.*?)\}(.*)$/.exec(pattern) ?? [];
  if (choices === undefined) return [pattern];
  return choices.split(",").flatMap((choice) => expanded(before + choice + after));
}

test("every table has the four columns", () => {
  expect(rows.filter((row) => row.length !== COLUMNS.length)).toEqual([]);
  expect(rows.filter((row) => row[0] === "Rust")).toEqual(
    [...text.matchAll(/^## (?!What behaves)/gm)].map(() => COLUMNS),
  );
});

test("every name of ours is one of the SDK's", () => {
  const names = publicNames(MODULES);
  const ours = [...namesIn(3)].filter((name) => !name.startsWith("…/"));
  expect(ours.length).toBeGreaterThan(100);
  expect(ours.filter((name) => !names.has(name))).toEqual([]);
});

test.each(Object.entries(peers).map(([sdk, names], column) => ({ sdk, names, column })))(
  "no public name of $sdk is left out, and none is made up",
  ({ names, column }) => {
    const shown = namesIn(column);
    expect(names.filter((name) => !shown.has(name))).toEqual([]);
    expect([...shown].filter((name) => !names.includes(name))).toEqual([]);
  },
);
