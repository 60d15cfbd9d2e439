// `--parameter`: what people see of values that do not fit, and what filters are given.
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { tollgate } from "../testing/command.ts";

const POLICIES = `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec:
  parameters:
    burst: { type: integer, default: 20, maximum: 1000, description: requests at once }
    window: { type: duration, default: 1m }
    why: { type: string }
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: fair }
spec:
  limits:
    api:
      rates: [{ limit: 60, window: "\${window}", burst: "\${burst}" }]
      onLimit: { body: "\${why}" }
`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-parameters-"));
  await writeFile(path.join(folder, "p.yaml"), POLICIES);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const config = (...parameters: string[]): ReturnType<typeof tollgate> =>
  tollgate([
    ...["envoy", "config", folder, "--upstream", "http://127.0.0.1:3000", "-o", path.join(folder, "out")],
    ...parameters.flatMap((parameter) => ["--parameter", parameter]),
  ]);

test.each([
  [
    [],
    "the parameter `why` has no default",
    "give it a string of at most 4096 bytes: `--parameter why=VALUE`",
  ],
  [["bursts=3"], "this filter has no parameter `bursts`", "did you mean `burst`?"],
  [["else=3"], "this filter has no parameter `else`", "its parameters are `burst`, `why`, `window`"],
  [
    ["why=", "burst=1001"],
    "this is no value of the parameter `burst`",
    "give it a whole number from 1 to 1000",
  ],
  [
    ["why=", "burst=0x10"],
    "this is no value of the parameter `burst`",
    "give it a whole number from 1 to 1000",
  ],
  [
    ["why=", "window=60"],
    "this is no value of the parameter `window`",
    "give it a duration such as `500ms`, `1m` or `1h30m`",
  ],
])("is refused: %j", async (parameters, message, help) => {
  const { code, stderr } = await config(...parameters);
  expect(stderr).toContain(`error: ${message}\n`);
  expect(stderr).toContain(`help: ${help}`);
  expect(code).toBe(2);
});

test.each([
  [["burst"], "write the name, `=` and the value, such as `burst=30`"],
  [["burst=1", "burst=2"], "`burst` is given twice"],
])("is no option: %j", async (parameters, message) => {
  const { code, stderr } = await config(...parameters);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});

test("goes into Envoy's configuration, and the filter is the same whatever the values", async () => {
  const written = async (...parameters: string[]): Promise<{ wasm: string; value: unknown }> => {
    expect(await config(...parameters)).toMatchObject({ code: 0 });
    const out = path.join(folder, "out");
    const files = await readdir(out);
    const filter = files.find((name) => name.startsWith("filter-")) ?? "";
    const text = await readFile(path.join(out, filter), "utf8");
    const value = /"value":\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1] ?? "null";
    return {
      wasm: /[^"/]*\.wasm/.exec(text)?.[0] ?? "",
      value: JSON.parse(JSON.parse(value) as string),
    };
  };
  const first = await written("why=a=b", "burst=5");
  const second = await written("why=é", "window=90s");
  expect(first.value).toEqual({ parameters: { why: "a=b", burst: 5 } });
  expect(second.value).toEqual({ parameters: { why: "é", window: "90s" } });
  expect(second.wasm).toBe(first.wasm);
});

test("inspect tells what a filter is given", async () => {
  const out = path.join(folder, "built");
  expect(await tollgate(["build", folder, "-o", out])).toMatchObject({ code: 0 });
  const { stdout } = await tollgate(["inspect", path.join(out, "shop.wasm")]);
  expect(stdout).toContain(`is given, through the plugin configuration
  burst a whole number from 1 to 1000, default 20: requests at once
  why a string of at most 4096 bytes, required
  window a duration such as \`500ms\`, \`1m\` or \`1h30m\`, default "1m"
`);
  const manifest: unknown = JSON.parse(await readFile(path.join(out, "shop.manifest.json"), "utf8"));
  expect(manifest).toMatchObject({
    parameters: [
      { name: "burst", type: "integer", least: 1, most: 1000, default: 20, description: "requests at once" },
      { name: "why", type: "string" },
      { name: "window", type: "duration", default: "1m" },
    ],
  });
});
