// tollgate graph, as people call it.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { elementsOf, textsOf } from "../graph/testing.ts";
import { repository, temporaryFolder, tollgate } from "../testing/command.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const SHOP = path.join(repository, "examples/shop");

test("writes a picture to a file, and says where", async () => {
  const outcome = await tollgate(["graph", SHOP, "-o", "shop.svg"], { cwd: folder.path });
  expect(outcome).toMatchObject({ code: 0, stdout: "shop.svg\n" });
  const svg = await readFile(path.join(folder.path, "shop.svg"), "utf8");
  expect(textsOf(svg, "title")).toEqual(["shop"]);
  expect(textsOf(svg, "source")).toContain("rate-limits.yaml:8");
  // Another one takes its place, and nothing is left beside it.
  expect(await tollgate(["graph", SHOP, "-o", "shop.svg"], { cwd: folder.path })).toMatchObject({ code: 0 });
  expect(await readdir(folder.path)).toEqual(["shop.svg"]);
});

test("writes to a pipe, and nothing else with it", async () => {
  const outcome = await tollgate(["graph", "examples/storefront"]);
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(elementsOf(outcome.stdout)[0]?.name).toBe("svg");
  expect(await tollgate(["graph", "examples/storefront", "-o", "-"])).toEqual(outcome);
});

test("leaves alone what is no such picture", async () => {
  const file = path.join(folder.path, "logo.svg");
  await writeFile(file, "<svg/>");
  const outcome = await tollgate(["graph", SHOP, "-o", file]);
  expect(outcome).toMatchObject({ code: 2, stdout: "" });
  expect(outcome.stderr).toMatch(/logo\.svg` is there, and Tollgate did not write it/);
  expect(await readFile(file, "utf8")).toBe("<svg/>");
});

const broken =
  "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: a }\nspec: { x: 1 }\n";
const workloads = `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: two }
spec: { workloads: [{ name: web }, { name: jobs }] }
---
${broken.replace("x: 1", "rules: [{}]")}`;

test("policies with errors are not drawn", async () => {
  const file = path.join(folder.path, "broken.yaml");
  await writeFile(file, broken);
  const outcome = await tollgate(["graph", file]);
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toMatch(/unknown field `x`/);
});

test("of several workloads one is drawn, by its name", async () => {
  const file = path.join(folder.path, "two.yaml");
  await writeFile(file, workloads);
  const unnamed = await tollgate(["graph", file]);
  expect(unnamed).toMatchObject({ code: 2, stdout: "" });
  expect(unnamed.stderr).toMatch(/name one of them with `--workload`: `web`, `jobs`/);
  const { code, stdout } = await tollgate(["graph", file, "--workload", "jobs"]);
  expect(code).toBe(0);
  expect(textsOf(stdout, "title")).toEqual(["two.jobs"]);
});

test("a folder that is not there is said", async () => {
  const outcome = await tollgate(["graph", SHOP, "-o", path.join(folder.path, "no/shop.svg")]);
  expect(outcome).toMatchObject({ code: 2, stdout: "" });
  expect(outcome.stderr).toMatch(/the folder of `.*no\/shop\.svg` is not there/);
});
