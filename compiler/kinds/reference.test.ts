// Each kind's README holds the table of its fields as the schema has them. UPDATE_GOLDEN=1 rewrites it.
import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { format, resolveConfig } from "prettier";
import { fieldReference } from "../schema/reference.ts";
import { findings } from "../testing/findings.ts";
import { policyKinds } from "./index.ts";

const TABLE = /(<!-- fields of spec -->\n)[^]*(<!-- end of fields -->)/;

test.each(policyKinds)("$kind", async ({ kind, spec }) => {
  const folder = kind.replace(/(?<=[a-z])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])/g, "-$&").toLowerCase();
  const file = new URL(`./${folder}/README.md`, import.meta.url);
  const text = await readFile(file, "utf8");
  const replaced = text.replace(
    TABLE,
    (_, begin: string, end: string) => `${begin}\n${fieldReference(spec)}\n${end}`,
  );
  const options = await resolveConfig(file);
  const current = await format(replaced, { ...options, parser: "markdown" });
  if (process.env["UPDATE_GOLDEN"] === "1") await writeFile(file, current);
  expect(text).toMatch(TABLE);
  const example = /```yaml\n([^]*?)```/.exec(text)?.[1] ?? "";
  expect(example).toContain(`kind: ${kind}\n`);
  expect(findings(example)).toEqual([]);
  expect(await readFile(file, "utf8")).toBe(current);
});
