// Nothing that stands between fences in the guides is left to hope. Policies are checked here; all else is somebody's who
// is named here, with as many blocks as that is.
import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { advised } from "../compiler/advice/advise.ts";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { checkPolicies } from "../compiler/testing/findings.ts";
import { authorization } from "../compiler/testing/policies.ts";
import { fencedBlocks } from "./guide/testing/guide.ts";

const root = new URL("../", import.meta.url);

/** The tests that go through all blocks of a page, whatever they are. */
const followed: Readonly<Record<string, string>> = {
  "README.md": "docs/readme.test.ts",
  "docs/guide/comparing-versions.md": "docs/guide/comparing-versions.test.ts",
  "docs/guide/filter-author.md": "docs/guide/filter-author.test.ts",
  "docs/guide/first-filter.md": "docs/guide/first-filter.test.ts",
  "docs/guide/operator.md": "docs/guide/operator.test.ts",
  "docs/guide/policy-author.md": "docs/guide/policy-author.test.ts",
  "docs/guide/policy-tests.md": "docs/guide/policy-tests.test.ts",
};

/** The blocks that are no policies, of pages that nobody follows, and what sees to them. */
const besides: Readonly<Record<string, Readonly<Record<string, { count: number; by: string }>>>> = {
  "docs/guide/bundles.md": {
    sh: { count: 1, by: "the text behind it is what `check` says of the example" },
    text: { count: 3, by: "docs/guide/bundles.test.ts makes the same" },
    "yaml configuration": { count: 1, by: "docs/guide/bundles.test.ts loads the filter with it" },
  },
};

const guides = (await readdir(new URL("docs/", root), { recursive: true }))
  .map((name) => `docs/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".md") && !/^docs\/codes\/TG/.test(name));
const pages = ["README.md", ...guides].sort();

describe.each(pages)("%s", (page) => {
  const by = followed[page];
  if (by !== undefined) {
    test(`is followed by ${by}`, async () => {
      expect(await readFile(new URL(by, root), "utf8")).toContain(page.split("/").at(-1));
    });
    return;
  }

  test("shows policies that are in order, and nothing that nobody looks at", async () => {
    const others = new Map<string, number>();
    for (const { info, text, line } of fencedBlocks(await readFile(new URL(page, root), "utf8"))) {
      if (info === "yaml") expect([line, found(text)]).toEqual([line, []]);
      else if (info === "yaml rules") expect([line, found(inPolicy(text))]).toEqual([line, []]);
      else others.set(info, (others.get(info) ?? 0) + 1);
    }
    const told = Object.entries(besides[page] ?? {}).map(([info, { count }]) => [info, count] as const);
    expect(Object.fromEntries(others)).toEqual(Object.fromEntries(told));
  });
});

test("no page is spoken of that there is not", () => {
  expect([...Object.keys(followed), ...Object.keys(besides)].filter((page) => !pages.includes(page))).toEqual(
    [],
  );
});

/** What `tollgate check` finds. */
function found(text: string): readonly Diagnostic[] {
  return advised(checkPolicies(text)).diagnostics;
}

/** What stands under `spec` alone, in a policy. */
function inPolicy(rules: string): string {
  return authorization(rules.replace(/^(?=.)/gm, "  "));
}
