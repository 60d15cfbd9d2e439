// tollgate envoy run: follows changes without a restart, says what became of them, and ends when asked to.
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { envoyForTests } from "../../envoy/testing.ts";
import { Running, temporaryFolder } from "../testing/command.ts";
import { authorization, rateLimit } from "../testing/policies.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const servers: Server[] = [];
const started: Running[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  for (const running of started.splice(0)) await running.stop();
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await folder.remove();
});

/** A service that says who it is. */
async function service(name: string): Promise<string> {
  const server = createServer((_request, response) => response.end(name));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ask = async (url: string): Promise<string> => {
  const response = await fetch(url);
  const text = await response.text();
  return response.status === 200 ? text : String(response.status);
};

/** Waits until requests are answered so: a roll-out is said a moment before all threads of Envoy know. */
async function untilAsked(url: string, wanted: string): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    if ((await ask(url)) === wanted) return;
    await delay(20);
  }
  throw new Error(`${url} never answered ${wanted}`);
}

async function serve(...options: string[]): Promise<{ running: Running; url: string }> {
  const given = ["envoy", "run", "policies.yaml", "--port", "0", "--admin-port", "0", ...options];
  const running = new Running(given, { cwd: folder.path });
  started.push(running);
  const [, url = ""] = await running.until("stdout", /^Envoy .* listens on (http:[^\s,]+)/m);
  return { running, url };
}

const write = (...documents: string[]): Promise<void> =>
  writeFile(path.join(folder.path, "policies.yaml"), documents.join("---\n"));

const denying = (denied: string): string =>
  authorization(`  action: DENY\n  rules: [{ to: [{ operation: { paths: ["${denied}"] } }] }]\n`);

test("follows changes; what is refused leaves the version before it in place", async () => {
  if ((await envoyForTests()) === undefined) return;
  const [upstream, second] = [await service("upstream"), await service("second")];
  const backends = (...lines: string[]): string =>
    ["apiVersion: tollgate.dev/v1alpha1", "kind: Bundle", "metadata: { name: a }", ...lines, ""].join("\n");
  const routed = `apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: { name: routed }
spec: { rules: [{ backend: second }] }
`;
  await write(denying("/a"));
  const { running, url } = await serve("--upstream", upstream);
  expect(await ask(`${url}/a`)).toBe("403");
  expect(await ask(`${url}/b`)).toBe("upstream");

  await write(denying("/b"));
  await running.until("stderr", /^recompiled 1 policy in .*$/m);
  await untilAsked(`${url}/b`, "403");
  expect(await ask(`${url}/a`)).toBe("upstream");

  await write(denying("/c").replace("DENY", "Deny"));
  await running.until("stderr", /error\[TG2007\][^]*the version before this change goes on\n/);
  expect(await ask(`${url}/b`)).toBe("403");

  // A cluster, a route and another listener.
  await write(
    backends(`spec: { backends: { second: "${second}" }, pathNormalization: MERGE_SLASHES }`),
    denying("/b"),
    routed,
  );
  await running.until("stderr", /^recompiled 2 policies in .*$/m);
  await untilAsked(`${url}/a`, "second");
  // A connection of the listener before is good for one more answer.
  await untilAsked(`${url}//b`, "403");

  await write(denying("/b"));
  await running.until("stderr", /^recompiled 2 policies[^]*^recompiled 1 policy in .*$/m);
  await untilAsked(`${url}/a`, "upstream");
  await untilAsked(`${url}//b`, "upstream");
  expect(running.stderr).not.toMatch(/rejected|refused/i);

  running.child.kill("SIGINT");
  expect(await running.ended).toMatchObject({ code: 0 });
});

test("rate limits go on counting, but for those that it names", async () => {
  if ((await envoyForTests()) === undefined) return;
  const policy = (status: number): string =>
    rateLimit(
      `  limits:\n    all: { rates: [{ limit: 2, window: 24h }], onLimit: { status: ${status} } }\n    own: { rates: [{ limit: 90, window: 24h }], scope: worker }\n`,
    );
  await write(policy(429));
  const { running, url } = await serve("--upstream", await service("upstream"));
  expect([await ask(url), await ask(url), await ask(url)]).toEqual(["upstream", "upstream", "429"]);
  await write(policy(430));
  await running.until("stderr", /^recompiled [^]*\nrate limits that count from zero: default\/\w+\.own\n/m);
  await untilAsked(url, "430");
});
