// `tollgate run` follows changes without dropping a request: under constant load the policies change again and again, every
// request is answered, and each answer is one that the old or the new version would give.
import { spawn, type ChildProcess } from "node:child_process";
import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startEchoUpstream, type EchoUpstream, type Seen } from "./support/echo-upstream.ts";
import { send } from "./support/http-client.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const SWAPS = 25;

let upstream: EchoUpstream;
let folder: string;
let tollgate: ChildProcess;
let port = 0;
let said = "";

beforeAll(async () => {
  upstream = await startEchoUpstream();
  folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-test-"));
  await cp(path.join(root, "examples/shop/authorization.yaml"), path.join(folder, "authorization.yaml"));
  await writeRoute(0);
  tollgate = spawn(
    process.execPath,
    [
      path.join(root, "compiler/bin/tollgate.js"),
      "run",
      folder,
      "--upstream",
      upstream.url.origin,
      "--port",
      "0",
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  tollgate.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  tollgate.stdout?.on("data", (chunk: Buffer) => {
    port ||= Number(/listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(chunk.toString())?.[1] ?? 0);
  });
  await until(() => port !== 0);
});

afterAll(async () => {
  const ended = new Promise((resolve) => tollgate.once("exit", resolve));
  tollgate.kill("SIGINT");
  expect(await ended).toBe(0);
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
});

async function writeRoute(version: number): Promise<void> {
  const file = path.join(folder, "routing.yaml");
  const text = `apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: { name: version }
spec: { rules: [{ request: { set: [{ name: x-version, value: "${version}" }] } }] }
`;
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
}

async function until(condition: () => boolean): Promise<void> {
  const started = Date.now();
  while (!condition()) {
    if (Date.now() - started > 60_000 || tollgate.exitCode !== null)
      throw new Error(`tollgate said: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test(`no request is lost in ${SWAPS} changes`, async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const seen: string[] = [];
  let written = 0;
  let loading = true;
  const load = async (): Promise<void> => {
    while (loading) {
      const oldest = written === 0 ? 0 : written - 1;
      const request = { method: "GET", path: "/", headers: [["host", "shop.test"]] as const };
      const { status, body } = await send(port, request, agent);
      expect(status).toBe(200);
      const version =
        (JSON.parse(body) as Seen).headers.find(([name]) => name === "x-version")?.[1] ?? "none";
      expect(Number(version)).toBeGreaterThanOrEqual(oldest);
      expect(Number(version)).toBeLessThanOrEqual(written);
      seen.push(version);
    }
  };
  const clients = Promise.all([load(), load(), load(), load()]);
  for (let version = 1; version <= SWAPS; version++) {
    const before = seen.length;
    written = version;
    await writeRoute(version);
    await until(() => seen.at(-1) === String(version) && seen.length > before + 20);
  }
  loading = false;
  await clients;
  agent.destroy();
  expect(new Set(seen).size).toBe(SWAPS + 1);
  expect(said.match(/recompiled/g)).toHaveLength(SWAPS);
  expect(await readFile(path.join(folder, "routing.yaml"), "utf8")).toContain(`"${SWAPS}"`);
});
