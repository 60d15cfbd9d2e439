// docs/README.md leads to every guide and to the fields of every kind; and every link in the documentation leads somewhere.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { policyKinds } from "../compiler/kinds/index.ts";

const folder = new URL("./", import.meta.url);
const index = await readFile(new URL("README.md", folder), "utf8");
const pages = (await readdir(folder, { recursive: true }))
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".md"));

test("every guide is named", () => {
  const guides = pages.filter((page) => page.startsWith("guide/"));
  expect(guides.filter((page) => !index.includes(`(${page})`))).toEqual([]);
});

test("every kind has its fields somewhere", async () => {
  const rows = [...index.matchAll(/^\| `(\w+)` +\|.*\[reference\]\(([^)#]+)/gm)];
  expect(rows.map(([, kind]) => kind)).toEqual([
    ...policyKinds.map(({ kind }) => kind),
    "Bundle",
    "PolicyTest",
  ]);
  for (const [, , page = ""] of rows)
    expect(await readFile(new URL(page, folder), "utf8")).toContain("<!-- fields of spec -->");
});

describe("the links of", () => {
  test.each(["../README.md", ...pages])("%s", async (page) => {
    const file = new URL(page, folder);
    const text = (await readFile(file, "utf8")).replace(/^(`{3,}).*?^\1$/gms, "");
    for (const [, link = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(link)) continue;
      const target = new URL(link, file);
      const [anchor, there] = [target.hash.slice(1), new URL(target)];
      there.hash = "";
      expect([link, existsSync(there)]).toEqual([link, true]);
      if (anchor !== "")
        expect([link, anchorsOf(await readFile(there, "utf8"))]).toEqual([
          link,
          expect.arrayContaining([anchor]),
        ]);
    }
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return Array.from(markdown.matchAll(/^#+ (.+)$/gm), ([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
