// The guide to tests of policies is followed, and its tables are the schema's. UPDATE_GOLDEN=1 rewrites the tables.
import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { format, resolveConfig } from "prettier";
import { policyTestSpec } from "../../compiler/policy-test/schema.ts";
import { fieldReference } from "../../compiler/schema/reference.ts";
import { temporaryFolder } from "../../compiler/testing/command.ts";
import { follow } from "./testing/journey.ts";

const file = new URL("policy-tests.md", import.meta.url);

// Filters are compiled, several times.
const LONGEST_MS = 300_000;

test(
  "the guide",
  async () => {
    const { path: folder, remove } = await temporaryFolder();
    try {
      await follow({ file, folder });
    } finally {
      await remove();
    }
  },
  LONGEST_MS,
);

test("the tables of fields", async () => {
  const text = await readFile(file, "utf8");
  const [head = "", rule = "", ...rows] = fieldReference(policyTestSpec).trimEnd().split("\n");
  const table = (found: readonly string[]): string => [head, rule, ...found].join("\n");
  // Requests and expectations are the same wherever they stand, and are told once.
  const inside = (prefix: string): string =>
    table(rows.flatMap((row) => (row.startsWith(`| \`${prefix}`) ? [row.replace(prefix, "")] : [])));
  const tables = {
    spec: table(rows.filter((row) => !/^\| `\S*(?:fixtures\.NAME|\.request|\.expect)\./.test(row))),
    "a request": inside("cases[].request."),
    expect: inside("cases[].expect."),
  };
  const replaced = Object.entries(tables).reduce(
    (page, [name, fields]) =>
      page.replace(
        new RegExp(`(?<=<!-- fields of ${name} -->\n)[^]*?(?=<!-- end of fields -->)`),
        () => `\n${fields}\n\n`,
      ),
    text,
  );
  const current = await format(replaced, { ...(await resolveConfig(file)), parser: "markdown" });
  if (process.env["UPDATE_GOLDEN"] === "1") await writeFile(file, current);
  expect(await readFile(file, "utf8")).toBe(current);
});
