import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { bootstrap } from "./bootstrap.ts";
import { EnvoyFailed } from "./errors.ts";
import { startEnvoy } from "./start.ts";
import { startRig } from "./test-rig.ts";
import { envoyForTests } from "./testing.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-start-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const GET = "GET /a?token=secret HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
const upstream = new URL("http://127.0.0.1:9");
const config = (filters: { wasmPath: string; name: string; vmId: string }[] = [], port = 0) =>
  bootstrap({ listeners: [{ name: "main", port, upstream, filters }] });

async function failure(start: Promise<{ stop(): Promise<void> }>): Promise<EnvoyFailed> {
  const error = await start.then(
    (running) => running.stop(),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(EnvoyFailed);
  return error as EnvoyFailed;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(condition()).toBe(true);
}

test("it proxies, logs a line for each request without its query, and can be measured", async () => {
  const lines: string[] = [];
  const rig = await startRig([{ name: "main", accessLog: "stdout" }], {
    onAccess: (line) => lines.push(line),
  });
  if (rig === undefined) return;
  const answer = await rig.raw("main", `${GET}\r\n`);
  expect(answer).toMatchObject({ status: 200, details: "", upstream: { url: "/a?token=secret" } });
  expect(answer.head).toContain("server: echo\r\n");
  expect(answer.head).not.toContain("x-envoy");
  expect(await rig.envoy.stats("http.main.downstream_rq_2")).toEqual({ "http.main.downstream_rq_2xx": 1 });
  expect(rig.envoy.rssBytes()).toBeGreaterThan(10_000_000);
  if (process.platform === "linux") expect(rig.envoy.cpuNanoseconds()).toBeGreaterThan(1_000_000n);
  expect(rig.envoy.adminPort).toBeGreaterThan(0);
  await rig.stop();
  expect(lines).toEqual([expect.stringMatching(/^GET \/a 200 via_upstream \d+ms$/)]);
});

test("what Envoy answers itself shows its details, its status and body as ever", async () => {
  const rig = await startRig([
    { name: "shown", upstream },
    { name: "hidden", upstream, revealDetails: false },
  ]);
  if (rig === undefined) return;
  const [shown, hidden] = [await rig.raw("shown", `${GET}\r\n`), await rig.raw("hidden", `${GET}\r\n`)];
  expect(shown.status).toBe(503);
  expect(shown.details).toMatch(/^upstream_reset_before_response_started\{/);
  const length = (head: string) => /content-length: \d+/.exec(head)?.[0];
  expect([hidden.status, hidden.details, length(hidden.head)]).toEqual([503, "", length(shown.head)]);
  await rig.stop();
});

test("the direct peer is in filter state, and x-forwarded-for does not change it", async () => {
  const rig = await startRig([{ name: "main" }], {
    change: (bootstrap) => {
      const virtualHost = find(bootstrap, "virtual_hosts") as { response_headers_to_add?: object[] }[];
      const value =
        "%FILTER_STATE(tollgate.direct_remote_address:PLAIN)% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%";
      if (virtualHost[0]) virtualHost[0].response_headers_to_add = [{ header: { key: "x-peer", value } }];
    },
  });
  if (rig === undefined) return;
  expect((await rig.raw("main", `${GET}\r\n`)).head).toContain("x-peer: 127.0.0.1 127.0.0.1\r\n");
  const forged = await rig.raw("main", `${GET}X-Forwarded-For: 9.9.9.9\r\n\r\n`);
  expect(forged.head).toContain("x-peer: 127.0.0.1 9.9.9.9\r\n");
  await rig.stop();
});

test("two run side by side, and stop ends the process", async () => {
  const rigs = [await startRig([{ name: "main" }]), await startRig([{ name: "main" }])];
  try {
    for (const rig of rigs) {
      if (rig === undefined) return;
      expect((await rig.raw("main", `${GET}\r\n`)).status).toBe(200);
    }
    for (const rig of rigs) {
      if (rig === undefined) return;
      expect(isAlive(rig.envoy.pid)).toBe(true);
      await Promise.all([rig.envoy.stop(), rig.envoy.stop()]);
      expect(isAlive(rig.envoy.pid)).toBe(false);
      expect(await rig.envoy.exited).toEqual({ code: 0, signal: null });
    }
  } finally {
    // One that is left would keep the test run from ending.
    for (const rig of rigs) await rig?.stop();
  }
});

test("a taken port is named, also when another Envoy has it", async () => {
  const envoy = await envoyForTests();
  if (envoy === undefined) return;
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const rig = await startRig([{ name: "main" }]);
  for (const port of [(server.address() as AddressInfo).port, rig?.envoy.ports.get("main") ?? 0]) {
    const error = await failure(startEnvoy({ envoy, directory, bootstrap: config([], port) }));
    expect(error).toMatchObject({ reason: "port-in-use", address: `127.0.0.1:${port}` });
    expect(error.message).toContain(`127.0.0.1:${port}`);
  }
  await rig?.stop();
  server.close();
});

test("a filter's own answer shows its details too", async () => {
  const wasmPath = path.join(directory, "refuse.wasm");
  await writeFile(wasmPath, refusingModule(418, "tollgate:test"));
  const filters = [{ wasmPath, name: "refuse", vmId: "refuse", configuration: "{}" }];
  const rig = await startRig([{ name: "main", filters }]);
  if (rig === undefined) return;
  expect(await rig.raw("main", `${GET}\r\n`)).toMatchObject({ status: 418, details: "tollgate:test" });
  await rig.stop();
});

test("a refused filter is told in the words of Envoy's log", async () => {
  const envoy = await envoyForTests();
  if (envoy === undefined) return;
  const wasmPath = path.join(directory, "bad.wasm");
  await writeFile(wasmPath, "not wasm");
  const filters = [{ wasmPath, name: "bad", vmId: "bad" }];
  const error = await failure(startEnvoy({ envoy, directory, bootstrap: config(filters) }));
  expect(error.reason).toBe("wasm-refused");
  expect(error.message).toContain("Failed to parse corrupted Wasm module");
  expect(error.log).toContain("[critical][wasm]");
  expect((await readdir(directory)).filter((name) => name.startsWith("admin-"))).toEqual([]);
});

test("a rejected configuration is told with its reason", async () => {
  const envoy = await envoyForTests();
  if (envoy === undefined) return;
  const error = await failure(startEnvoy({ envoy, directory, bootstrap: { ...config(), nonsense: 1 } }));
  expect(error.reason).toBe("config-rejected");
  expect(error.message).toContain("nonsense");
});

test("a file that cannot be started is told too", async () => {
  const error = await failure(
    startEnvoy({ envoy: path.join(directory, "absent"), directory, bootstrap: config() }),
  );
  expect(error.reason).toBe("exited");
});

test("one that never gets ready is ended", async () => {
  const mute = path.join(directory, "mute");
  const pidFile = path.join(directory, "mute.pid");
  await writeFile(mute, `#!/bin/sh\necho $$ > ${pidFile}\nexec sleep 60\n`, { mode: 0o755 });
  const error = await failure(
    startEnvoy({ envoy: mute, directory, bootstrap: config(), readyTimeoutMs: 500 }),
  );
  expect(error.reason).toBe("not-ready");
  expect(isAlive(Number(await readFile(pidFile, "utf8")))).toBe(false);
});

test.each(["SIGTERM", "exit", "SIGKILL"])("no Envoy outlives a parent that ends by %s", async (how) => {
  const envoy = await envoyForTests();
  // Against SIGKILL only Linux helps.
  if (envoy === undefined || (how === "SIGKILL" && process.platform !== "linux")) return;
  const options = { envoy, directory: path.join(directory, how), bootstrap: config() };
  const program = `
    const { startEnvoy } = await import(${JSON.stringify(import.meta.resolve("./start.ts"))});
    const envoy = await startEnvoy(${JSON.stringify(options)});
    console.log(envoy.pid);
    if (${how === "exit"}) process.exit(7);
  `;
  const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = new Promise((resolve) => parent.once("exit", (code, signal) => resolve(signal ?? code)));
  const pid = Number(
    await new Promise<string>((resolve) => parent.stdout.once("data", (d) => resolve(String(d)))),
  );
  expect(pid).toBeGreaterThan(0);
  if (how !== "exit") parent.kill(how as NodeJS.Signals);
  expect(await exit).toBe(how === "exit" ? 7 : how);
  await until(() => !isAlive(pid));
});

/** A filter that answers every request with `status` and `details`, as WebAssembly's binary format spells it. */
function refusingModule(status: number, details: string): Buffer {
  const bytes = (...parts: (number | string | Buffer)[]) =>
    Buffer.concat(
      parts.map((part) => (typeof part === "number" ? Buffer.of(part) : Buffer.from(part as string))),
    );
  const sized = (content: Buffer | string) => bytes(Buffer.byteLength(content), content);
  const section = (id: number, ...content: (number | string | Buffer)[]) =>
    bytes(id, sized(bytes(...content)));
  const i32 = 0x7f;
  const load = (n: number) => bytes(0x41, (n & 0x7f) | 0x80, (n >> 7) & 0x7f);
  const type = (parameters: number, results: number) =>
    bytes(0x60, sized(Buffer.alloc(parameters, i32)), sized(Buffer.alloc(results, i32)));
  const answer = [status, 0, details.length, 0, 0, 0, 0, -1].map(load);
  const call = bytes(0, ...answer, bytes(0x10, 0, 0x1a), load(1), 0x0b);
  return bytes(
    bytes(0, "asm", bytes(1, 0, 0, 0)),
    section(1, 4, type(0, 0), type(1, 1), type(8, 1), type(3, 1)),
    section(2, 1, sized("env"), sized("proxy_send_local_response"), 0, 2),
    section(3, 3, 0, 1, 3),
    section(5, 1, 0, 1),
    section(
      7,
      4,
      ...[sized("memory"), 2, 0, sized("proxy_abi_version_0_2_1"), 0, 1],
      ...[sized("malloc"), 0, 2, sized("proxy_on_request_headers"), 0, 3],
    ),
    section(10, 3, sized(bytes(0, 0x0b)), sized(bytes(0, load(0), 0x0b)), sized(call)),
    section(11, 1, 0, load(0), 0x0b, sized(details)),
  );
}

/** The first value under `key`, anywhere. */
function find(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (key in value) return (value as Record<string, unknown>)[key];
  return Object.values(value)
    .map((child) => find(child, key))
    .find((found) => found !== undefined);
}
