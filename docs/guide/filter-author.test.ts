// The filter author's guide quotes what the examples have, and names all of them.
import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { comparable, fencedBlocks, namedFile } from "./testing/guide.ts";

const root = new URL("../../", import.meta.url);
const guide = await readFile(new URL("filter-author.md", import.meta.url), "utf8");

test("what it quotes", async () => {
  let name = "";
  for (const { info, text, line, introduction } of fencedBlocks(guide)) {
    expect([line, info]).toEqual([line, "ts"]);
    name = namedFile({ introduction }) ?? name;
    const source = comparable(await readFile(new URL(name, root), "utf8")).join("\n");
    expect(source).toContain(comparable(text).join("\n"));
  }
});

test("the examples", async () => {
  const entries = await readdir(new URL("filters/", root), { withFileTypes: true });
  const examples = entries
    .filter((entry) => entry.isDirectory() && !["runtime", "testing", "node_modules"].includes(entry.name))
    .map(({ name }) => name);
  const told = Array.from(
    guide.matchAll(/^\| \[([\w-]+)\]\(\.\.\/\.\.\/filters\/\1\)/gm),
    ([, name]) => name,
  );
  expect(told.sort()).toEqual(examples.sort());
});
