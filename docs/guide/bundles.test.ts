// The guide to bundles shows what is so: its example checks as it says, and its table is the schema's. UPDATE_GOLDEN=1
// rewrites the table.
import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { format, resolveConfig } from "prettier";
import { bundleSpec } from "../../compiler/2-check/bundle.ts";
import { fieldReference } from "../../compiler/schema/reference.ts";
import { checkPolicies } from "../../compiler/testing/findings.ts";

const file = new URL("./bundles.md", import.meta.url);
const TABLE = /(<!-- fields of spec -->\n)[^]*(<!-- end of fields -->)/;

test("the table of fields", async () => {
  const text = await readFile(file, "utf8");
  expect(text).toMatch(TABLE);
  const replaced = text.replace(
    TABLE,
    (_, begin: string, end: string) => `${begin}\n${fieldReference(bundleSpec)}\n${end}`,
  );
  const current = await format(replaced, { ...(await resolveConfig(file)), parser: "markdown" });
  if (process.env["UPDATE_GOLDEN"] === "1") await writeFile(file, current);
  expect(await readFile(file, "utf8")).toBe(current);
});

test("the example", async () => {
  const text = await readFile(file, "utf8");
  const example = /```yaml\n([^]*?)```/.exec(text)?.[1] ?? "";
  const { bundle, targets, diagnostics } = checkPolicies(example);
  expect(diagnostics).toEqual([]);
  const told = targets.map(
    ({ workload = "", program, plan }) =>
      `  ${workload.padEnd(6)}  ${plan.price.total} host calls  ${program.policies.map(({ kind, name }) => `${kind} ${name}`).join(", ")}\n`,
  );
  expect(text).toContain(`\nok: 2 policies in bundle ${bundle}\n${told.join("")}`);
});
