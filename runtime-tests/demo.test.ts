// The demo is the first thing a newcomer runs: it must work, on the host and in the real Envoy, and show the same rows.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { envoyForTests } from "../envoy/testing.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));
const demo = (...args: string[]): Promise<{ stdout: string }> =>
  run(process.execPath, ["--import", "tsx", "scripts/demo/main.ts", ...args], { cwd: root });

test("npm run demo shows a table and what the filter costs", async () => {
  const { stdout } = await demo();
  expect(stdout).toContain("examples/shop on the embedded host");
  expect(stdout).toMatch(
    /the leaked key +GET +shop\.test\/ +403 +denied +shop\/never rules\[2\] \(authorization\.yaml:\d+\)/,
  );
  expect(stdout).toMatch(/bob is among the 10 % .*allowed, to v2 +served as v2-canary/);
  expect(stdout).toMatch(
    /compiled in [\d.]+ s, wasm [\d.]+ KiB, [\d.]+ host calls per request \(at most 8\)\n$/,
  );
});

test("npm run demo:envoy shows the same rows from a real Envoy", async () => {
  if ((await envoyForTests()) === undefined) return;
  const { stdout } = await demo("--envoy");
  expect(stdout).toContain("examples/shop on Envoy 1.");
  expect(stdout).toMatch(/every row is what the embedded host shows\n$/);
});
