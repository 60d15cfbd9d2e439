// tollgate run: serves, follows changes to the policies, and ends when asked to.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { occupyPort, Running, temporaryFolder, tollgate } from "../testing/command.ts";
import { authorization, rateLimit } from "../testing/policies.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let upstream: Server;
let upstreamUrl = "";
const started: Running[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  upstream = createServer((_request, response) => response.end("from upstream"));
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const address = upstream.address();
  upstreamUrl = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});
afterEach(async () => {
  for (const running of started.splice(0)) await running.stop();
});
afterAll(async () => {
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
  await folder.remove();
});

const denying = (denied: string): string =>
  authorization(`  action: DENY\n  rules: [{ to: [{ operation: { paths: ["${denied}"] } }] }]\n`);

async function policies(name: string, text: string): Promise<string> {
  const file = path.join(folder.path, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

/** Starts the proxy on a free port and waits until it serves. */
async function serve(given: string, ...options: string[]): Promise<{ running: Running; url: string }> {
  const args = ["run", given, "--upstream", upstreamUrl, "--port", "0", ...options];
  const running = new Running(args, { cwd: folder.path });
  started.push(running);
  const [, url = ""] = await running.until("stdout", /^listening on (http:\S+), upstream /m);
  return { running, url };
}

const status = async (url: string): Promise<number> => {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
};

/** Waits until a request is answered so. */
async function untilStatus(url: string, wanted: number): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    if ((await status(url)) === wanted) return;
    await delay(20);
  }
  throw new Error(`${url} never answered ${wanted}`);
}

test("follows changes; a broken one leaves the version before it in place", async () => {
  // The way to the policies is hidden, they are not.
  const file = await policies(".config/policies/a.yaml", denying("/a"));
  const { running, url } = await serve(".config/policies");
  expect(await status(`${url}/a`)).toBe(403);
  expect(await status(`${url}/b`)).toBe(200);

  await writeFile(file, denying("/b"));
  await untilStatus(`${url}/b`, 403);
  expect(await status(`${url}/a`)).toBe(200);
  await running.until("stderr", /^recompiled 1 policy in .*$/m);

  await writeFile(file, denying("/c").replace("DENY", "Deny"));
  await running.until("stderr", /error\[TG2007\][^]*the version before this change goes on\n/);
  expect(await status(`${url}/b`)).toBe(403);

  await writeFile(file, denying("/b"));
  await running.until("stderr", /\nthe policies are valid again, the version unchanged\n/);
  expect(await status(`${url}/b`)).toBe(403);

  await rm(file);
  await running.until("stderr", /error\[TG1003\][^]*the version before this change goes on\n/);
  expect(await status(`${url}/b`)).toBe(403);

  await writeFile(file, denying("/c"));
  await untilStatus(`${url}/c`, 403);
  expect(await status(`${url}/b`)).toBe(200);

  await writeFile(
    path.join(folder.path, ".config/policies/second.yml"),
    denying("/d").replace("name: a", "name: d"),
  );
  await untilStatus(`${url}/d`, 403);
  expect(running.stdout + running.stderr).not.toContain("\u001b");
  expect(running.stdout).toMatch(
    /^403 GET 127\.0\.0\.1:\d+\/a tollgate:authorization:default\/a:rules\[0\] /m,
  );
});

test("rate limits go on counting, but for those that it names", async () => {
  const policy = (proxy: string, status: number): string =>
    rateLimit(
      `  limits:\n    all: { rates: [{ limit: ${proxy}, window: 24h }], onLimit: { status: ${status} } }\n    own: { rates: [{ limit: 90, window: 24h }], scope: worker }\n`,
    );
  const file = await policies("limits/a.yaml", policy("2", 429));
  const { running, url } = await serve("limits");
  for (const wanted of [200, 200, 429]) expect(await status(url)).toBe(wanted);
  await writeFile(file, policy("2", 420));
  await untilStatus(url, 420);
  expect(running.stderr).toMatch(/^rate limits that count from zero: default\/a\.own$/m);
  await writeFile(file, policy("3", 420));
  await untilStatus(url, 200);
  for (const wanted of [200, 200, 420]) expect(await status(url)).toBe(wanted);
  await running.until("stderr", /^rate limits that count from zero: default\/a\.all, default\/a\.own$/m);
});

test("follows a file that is given itself", async () => {
  const file = await policies("single/policies.txt", denying("/a"));
  const { url } = await serve("single/policies.txt");
  expect(await status(`${url}/b`)).toBe(200);
  await writeFile(file, denying("/b"));
  await untilStatus(`${url}/b`, 403);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends it, whatever connections are open", async (signal) => {
  await policies("ending/a.yaml", denying("/a"));
  const { running, url } = await serve("ending", "--no-watch");
  expect(await status(`${url}/`)).toBe(200); // fetch keeps the connection
  running.child.kill(signal);
  const outcome = await running.ended;
  expect(outcome.code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
});

test("a port in use", async () => {
  const taken = await occupyPort();
  const args = ["run", "examples/shop", "--upstream", upstreamUrl, "--port", String(taken.port)];
  const outcome = await tollgate(args);
  await taken.close();
  expect(outcome).toEqual({
    code: 2,
    stdout: "",
    stderr: `error: port ${taken.port} of 127.0.0.1 is in use\n = help: choose another with \`--port\` (0 takes any free one), or stop what uses it\n`,
  });
});

test("an address of another machine", async () => {
  const args = ["run", "examples/shop", "--upstream", upstreamUrl, "--port", "0", "--address", "192.0.2.1"];
  const outcome = await tollgate(args);
  expect(outcome).toMatchObject({ code: 2, stdout: "" });
  expect(outcome.stderr).toContain("`192.0.2.1` is no address of this machine\n = help: ");
});

test("policies at fault from the start", async () => {
  await policies("faulty/a.yaml", authorization("  action: Deny\n"));
  const outcome = await tollgate(["run", "faulty", "--upstream", upstreamUrl, "--port", "0"], {
    cwd: folder.path,
  });
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toMatch(/^error\[TG2007\]/);
});
