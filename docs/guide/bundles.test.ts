// The guide to bundles shows what is so: its example checks as it says, and its table is the schema's. UPDATE_GOLDEN=1
// rewrites the table.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { format, resolveConfig } from "prettier";
import { bundleSpec } from "../../compiler/2-check/bundle.ts";
import { fieldReference } from "../../compiler/schema/reference.ts";
import {
  Assembler,
  check,
  compile,
  readBundleFiles,
  renderDiagnostic,
  renderDiagnostics,
} from "../../compiler/index.ts";
import { checkPolicies } from "../../compiler/testing/findings.ts";
import { FilterModule, HeaderMap, Vm, VmStartError } from "../../host/index.ts";
import { fencedBlocks } from "./testing/guide.ts";

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

test("a bundle over its budget", async () => {
  const { files, defaultName } = await readBundleFiles([
    fileURLToPath(new URL("../../examples/shop", import.meta.url)),
  ]);
  const tight = files.map((one) =>
    one.path === "bundle.yaml"
      ? {
          ...one,
          shown: "shop/bundle.yaml",
          text: one.text.replace("spec:\n", "spec:\n  budget: { hostCalls: 7 }\n"),
        }
      : one,
  );
  const { diagnostics } = check({ files: tight, defaultName });
  const shown = diagnostics.map((diagnostic) => renderDiagnostic(diagnostic)).join("\n\n");
  expect(await readFile(file, "utf8")).toContain(`\`\`\`text\n${shown}\n\`\`\``);
});

test("the parameters", async () => {
  const [, section = ""] = (await readFile(file, "utf8")).split("## Parameters\n");
  const [policies = "", configuration = ""] = fencedBlocks(section).map(({ text }) => text);
  const assembler = new Assembler();
  const bundle = { files: [{ path: "p.yaml", shown: "p.yaml", text: policies }], defaultName: "shop" };
  const { filters, diagnostics } = await compile(bundle, assembler);
  await assembler.close();
  const [filter] = filters;
  if (!filter) throw new Error(renderDiagnostics(diagnostics));
  expect(diagnostics).toEqual([]);
  const lines: string[] = [];
  const start = (json: string): Vm =>
    Vm.start(FilterModule.compile(filter.wasm), {
      pluginConfiguration: Buffer.from(json),
      log: (_level, line) => lines.push(line),
    });
  const vm = start(/value: '(.*)'/.exec(configuration)?.[1] ?? "");
  const answers = Array.from({ length: 4 }, () => {
    const stream = vm.openStream();
    const result = stream.requestHeaders(new HeaderMap([["x-user", "ann"]]), true);
    stream.close();
    return result.kind === "local-response" ? Buffer.from(result.response.body).toString() : result.kind;
  });
  expect(answers).toEqual(["continue", "continue", "continue", "later"]);
  expect(() => start('{"parameters": {"burst": 1001}}')).toThrow(VmStartError);
  expect(section).toContain(`\n${lines[0] ?? "no line"}\n`);
});
