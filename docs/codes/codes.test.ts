// Every code has a page, and every page shows what is so: its example has this finding and no other, and the finding looks
// as it stands there. UPDATE_GOLDEN=1 writes the findings, and the index, anew.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { advised } from "../../compiler/advice/advise.ts";
import { codes } from "../../compiler/diagnostics/codes.ts";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { codePage, parseCodePage } from "../../compiler/diagnostics/pages.ts";
import { renderDiagnostic } from "../../compiler/diagnostics/render.ts";
import { temporaryFolder, tollgate } from "../../compiler/testing/command.ts";
import { checkPolicies } from "../../compiler/testing/findings.ts";
import { fencedBlocks } from "../guide/testing/guide.ts";
import { causes } from "./testing/causes.ts";

const folder = new URL("./", import.meta.url);
const all = Object.values(codes).sort();
const update = process.env["UPDATE_GOLDEN"] === "1";

test("there is a page for each code, and none for others", async () => {
  const pages = (await readdir(folder)).filter((name) => /^TG.*\.md$/.test(name));
  expect(pages.sort()).toEqual(all.map((code) => `${code}.md`));
  expect(new Set(all).size).toBe(all.length);
});

describe("the page of", () => {
  test.each(all)("%s", async (code) => {
    const file = new URL(`${code}.md`, folder);
    const page = await readFile(file, "utf8");
    const shown = await shownFor(code, page);
    expect([...new Set(Array.from(shown.matchAll(/^\w+\[(TG\d+)\]/gm), ([, found]) => found))]).toEqual([
      code,
    ]);
    const current = page.replace(/^```text\n[^]*?^```$/m, () => `\`\`\`text\n${shown}\n\`\`\``);
    if (update) await writeFile(file, current);
    expect(await readFile(file, "utf8")).toBe(current);
    const [meaning = "", remedy = ""] = page.split("\n## What to do\n");
    const languages = fencedBlocks(meaning).map(({ info }) => info);
    expect(languages).toEqual(causes[code] ? ["text"] : ["yaml", "text"]);
    // What a remedy shows is in order.
    for (const { info, text } of fencedBlocks(remedy)) {
      expect(info).toBe("yaml");
      expect(checked(text)).toEqual([]);
    }
  });
});

/** What is shown for the page's example, or for what no YAML on a page can do. */
async function shownFor(code: string, page: string): Promise<string> {
  const cause = causes[code];
  const [example] = fencedBlocks(page);
  if (code.startsWith("TG5")) return shownByTest(example?.text ?? "");
  const found = cause ? await cause() : checked(example?.text ?? "");
  return found.map((finding) => renderDiagnostic(finding)).join("\n\n");
}

/** What `tollgate check` finds. */
function checked(text: string): readonly Diagnostic[] {
  return advised(checkPolicies({ "policy.yaml": text })).diagnostics;
}

/** What `tollgate test` says of it: the findings of tests are made by the command. */
async function shownByTest(text: string): Promise<string> {
  const temporary = await temporaryFolder();
  try {
    await writeFile(path.join(temporary.path, "policy.yaml"), text);
    const args = ["test", "policy.yaml", "--engine", "interpreter"];
    const { code, stderr } = await tollgate(args, { cwd: temporary.path });
    expect(code).toBe(1);
    // The folder is another each time.
    return stderr.replaceAll(path.dirname(temporary.path), "/home/me").replace(/\n\n\d+ errors?\n$/, "");
  } finally {
    await temporary.remove();
  }
}

test("the index", async () => {
  const file = new URL("README.md", folder);
  const text = await readFile(file, "utf8");
  const pages = await Promise.all(all.map((code) => codePage(code)));
  const rows = pages.map(({ code, title }) => `- [${code}](${code}.md): ${title}`);
  const current = text.replace(/(?<=<!-- codes -->\n\n)[^]*(?=\n\n<!-- end of codes -->)/, rows.join("\n"));
  if (update) await writeFile(file, current);
  expect(await readFile(file, "utf8")).toBe(current);
});

describe("a page taken apart", () => {
  test("has a title, a summary, its remedy, and no links that lead from where it is shown", () => {
    const text =
      "# TG2003: unknown field\n\nOne. Two, see\n[there](../x.md#y).\n\n## What to do\n\nMend *it*.\n";
    expect(parseCodePage("TG2003", text)).toEqual({
      code: "TG2003",
      title: "unknown field",
      summary: "One.",
      body: "One. Two, see\nthere.\n\n## What to do\n\nMend *it*.",
      remedy: "Mend *it*.",
    });
  });

  test.each(["", "# TG2004: other\n\na\n\n## What to do\n\nb\n", "# TG2003: unknown field\n\nno remedy\n"])(
    "is one: %j",
    (text) => expect(() => parseCodePage("TG2003", text)).toThrow("TG2003.md"),
  );
});

test("every summary is one sentence", async () => {
  for (const code of all) {
    const { summary, title } = await codePage(code);
    expect(summary).toMatch(/^[A-Z`].*\.$/);
    expect(title).toMatch(/^[^.]+$/);
  }
});
