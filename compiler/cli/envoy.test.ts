// tollgate envoy run where there is no Envoy to run, and none can be had.
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { temporaryFolder, tollgate, type Outcome } from "../testing/command.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  for (const name of ["bin", "home", "cache", "tmp"]) await mkdir(path.join(folder.path, name));
});
afterAll(() => folder.remove());

/** Runs in an environment that has nothing but what is given. */
function envoyRun(env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const at = (name: string): string => path.join(folder.path, name);
  return tollgate(["envoy", "run", "examples/shop", "--upstream", "http://127.0.0.1:1", "--port", "0"], {
    env: { PATH: at("bin"), HOME: at("home"), TOLLGATE_CACHE: at("cache"), TMPDIR: at("tmp"), ...env },
  });
}

async function isOneScreenWithRemedy({ code, stdout, stderr }: Outcome): Promise<void> {
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^error: .+\n = help: .+\n$/m);
  expect(stderr.split("\n").length).toBeLessThan(12);
  expect(stderr).not.toContain("\u001b");
  expect(stderr).not.toMatch(/^\s+at |should not have happened/m);
  expect(await readdir(path.join(folder.path, "tmp"))).toEqual([]);
  expect(await readdir(path.join(folder.path, "cache"))).toEqual([]);
}

test("no Envoy and no Python", async () => {
  const outcome = await envoyRun();
  await isOneScreenWithRemedy(outcome);
  expect(outcome.stderr).toMatch(/python/i);
  expect(outcome.stderr).toContain("ENVOY_PATH");
});

test("ENVOY_PATH names a file that is not there", async () => {
  const outcome = await envoyRun({ ENVOY_PATH: path.join(folder.path, "none") });
  await isOneScreenWithRemedy(outcome);
  expect(outcome.stderr).toMatch(/ENVOY_PATH is set to .*none, which .*\n = help: point ENVOY_PATH at/);
});

test("ENVOY_PATH names something that is no Envoy", async () => {
  const script = path.join(folder.path, "no-envoy");
  await writeFile(script, "#!/bin/sh\necho hello\n");
  await chmod(script, 0o755);
  await isOneScreenWithRemedy(await envoyRun({ ENVOY_PATH: script }));
  await isOneScreenWithRemedy(await envoyRun({ ENVOY_PATH: folder.path }));
  await isOneScreenWithRemedy(await envoyRun({ ENVOY_PATH: process.execPath }));
});
