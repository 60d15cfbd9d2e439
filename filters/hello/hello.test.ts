// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseDocument } from "yaml";
import { startEnvoy, type RunningEnvoy } from "../../envoy/index.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { FilterModule, HeaderMap, LogLevel, startProxy, Vm, type StreamResult } from "../../host/index.ts";
import { compile } from "../runtime/testing/compile.ts";

const GREETING = "Hello from AssemblyScript";
const REFUSAL = "hello: the configuration must be the greeting, but it is empty";

let folder: string;
let wasmPath: string;
let filter: FilterModule;
let upstream: http.Server;
/** Paths that reached the upstream. */
const reached: string[] = [];

beforeAll(async () => {
  const wasm = await compile("filters/hello/index.ts", "filter");
  filter = FilterModule.compile(wasm);
  folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-hello-"));
  wasmPath = path.join(folder, "hello.wasm");
  await writeFile(wasmPath, wasm);
  upstream = http.createServer((request, response) => {
    reached.push(request.url ?? "");
    if (request.url === "/marked") response.setHeader("x-hello", ["from upstream", "twice"]);
    response.statusCode = request.url === "/missing" ? 404 : 200;
    response.end("upstream");
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  upstream.close();
  upstream.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

const upstreamPort = (): number => (upstream.address() as AddressInfo).port;

interface Answer {
  status: number;
  /** Every value of `x-hello`. */
  hello: string[];
  body: string;
}

function send(port: number, url: string, method: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port, path: url, method, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { rawHeaders } = response;
        resolve({
          status: response.statusCode ?? 0,
          hello: rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === "x-hello"),
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    request.on("error", reject);
    request.end();
  });
}

/** The bootstrap in envoy.yaml with its ports, its module and its configuration replaced. */
async function bootstrapWith(upstreamPort: number, greeting = GREETING): Promise<object> {
  const document = parseDocument(await readFile(new URL("./envoy.yaml", import.meta.url), "utf8"));
  const set = (keys: readonly (string | number)[], before: unknown, after: unknown): void => {
    // A path that no longer leads anywhere would leave the test on the file's own ports.
    expect(document.getIn(keys)).toBe(before);
    document.setIn(keys, after);
  };
  const port = ["address", "socket_address", "port_value"];
  const listener = ["static_resources", "listeners", 0];
  const manager = [...listener, "filter_chains", 0, "filters", 0, "typed_config"];
  const plugin = [...manager, "http_filters", 0, "typed_config", "config"];
  const endpoints = ["static_resources", "clusters", 0, "load_assignment", "endpoints", 0, "lb_endpoints", 0];
  set(["admin", ...port], 9901, 0);
  set([...listener, ...port], 10000, 0);
  set([...plugin, "vm_config", "code", "local", "filename"], "build/hello.wasm", wasmPath);
  set([...plugin, "configuration", "value"], GREETING, greeting);
  set([...endpoints, "endpoint", ...port], 9000, upstreamPort);
  return document.toJS() as object;
}

async function inEnvoy<T>(
  bootstrap: object,
  use: (envoy: RunningEnvoy) => Promise<T>,
): Promise<T | undefined> {
  const executable = await envoyForTests();
  if (executable === undefined) return undefined;
  const directory = await mkdtemp(path.join(folder, "envoy-"));
  const envoy = await startEnvoy({ envoy: executable, bootstrap, directory, concurrency: 1 });
  try {
    return await use(envoy);
  } finally {
    await envoy.stop();
  }
}

async function inHost<T>(upstreamPort: number, use: (port: number) => Promise<T>): Promise<T> {
  const proxy = await startProxy({
    upstream: new URL(`http://127.0.0.1:${upstreamPort}`),
    port: 0,
    filter: () => Vm.start(filter, { pluginConfiguration: Buffer.from(GREETING) }),
  });
  try {
    return await use(proxy.port);
  } finally {
    await proxy.close();
  }
}

const runtimes: [
  name: string,
  run: (upstreamPort: number, use: (port: number) => Promise<void>) => Promise<void>,
][] = [
  ["the Node host", inHost],
  [
    "a real Envoy",
    async (upstreamPort, use) => {
      await inEnvoy(await bootstrapWith(upstreamPort), (envoy) => use(envoy.ports.get("main") ?? 0));
    },
  ],
];

describe.each(runtimes)("in %s", (_, run) => {
  test("/hello is answered by the filter, all else by the upstream, and every response is marked", () =>
    run(upstreamPort(), async (port) => {
      reached.length = 0;
      const marked = { hello: [GREETING] };
      for (const method of ["GET", "POST"]) {
        expect(await send(port, "/hello", method)).toEqual({ status: 200, body: GREETING, ...marked });
      }
      expect(await send(port, "/hello", "HEAD")).toEqual({ status: 200, body: "", ...marked });
      expect(reached).toEqual([]);
      for (const url of ["/", "/hello/", "/hello?x=1", "/hell", "/Hello", "/marked"]) {
        expect(await send(port, url, "GET")).toEqual({ status: 200, body: "upstream", ...marked });
      }
      expect(await send(port, "/missing", "GET")).toMatchObject({ status: 404, ...marked });
      expect(reached).toEqual(["/", "/hello/", "/hello?x=1", "/hell", "/Hello", "/marked", "/missing"]);
    }));

  test("an answer that the proxy gives for want of an upstream is marked, too", async () => {
    // A port that was free a moment ago.
    const server = http.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port: unused } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await run(unused, async (port) => {
      expect(await send(port, "/", "GET")).toMatchObject({ status: 503, hello: [GREETING] });
      expect(await send(port, "/hello", "GET")).toMatchObject({ status: 200, hello: [GREETING] });
    });
  });
});

describe("an empty configuration is refused", () => {
  test("by the Node host", () => {
    const lines: [LogLevel, string][] = [];
    const log = (level: LogLevel, line: string): number => lines.push([level, line]);
    expect(() => Vm.start(filter, { log })).toThrow("`proxy_on_configure` answered false");
    expect(lines[0]).toEqual([LogLevel.Error, REFUSAL]);
  });

  test("by Envoy, which then does not start", async () => {
    if ((await envoyForTests()) === undefined) return;
    const started = inEnvoy(await bootstrapWith(upstreamPort(), ""), () => Promise.resolve());
    await expect(started).rejects.toMatchObject({
      reason: "wasm-refused",
      message: expect.stringContaining(REFUSAL) as unknown,
    });
  });
});

describe("the module", () => {
  /** One whole exchange, and what it put into `x-hello`. */
  function exchange(vm: Vm, url: string): { result: StreamResult; hello: string | undefined } {
    const stream = vm.openStream();
    const headers: [string, string][] = [
      [":method", "GET"],
      [":path", url],
      [":authority", "shop.test"],
    ];
    const result = stream.requestHeaders(new HeaderMap(headers), true);
    const response = new HeaderMap([[":status", "200"]]);
    stream.responseHeaders(response, true);
    stream.close();
    return { result, hello: response.get("x-hello") };
  }

  test("keeps its memory over 200,000 requests, small and large", () => {
    const vm = Vm.start(filter, { pluginConfiguration: Buffer.from(GREETING) });
    const urls = ["/hello", "/", `/${"long".repeat(10_000)}`];
    for (const url of urls) exchange(vm, url);
    const { memoryBytes } = vm;
    for (let i = 0; i < 200_000; i++) exchange(vm, urls[i % 100 === 0 ? 2 : i % 2] ?? "/");
    expect(exchange(vm, "/hello")).toMatchObject({ result: { kind: "local-response" }, hello: GREETING });
    expect(vm.memoryBytes).toBe(memoryBytes);
    expect(vm.failed).toBe(false);
  });

  test("sends the configuration's UTF-8 as it is", () => {
    const bytes = Buffer.from("Grüße, 世界 🦀");
    const vm = Vm.start(filter, { pluginConfiguration: bytes });
    expect(exchange(vm, "/").hello).toBe(bytes.toString("latin1"));
  });

  test("exports what it needs and imports what it calls, no WASI and no abort", () => {
    const vm = Vm.start(filter, { pluginConfiguration: Buffer.from(GREETING) });
    expect(exchange(vm, "/hello").result).toMatchObject({
      response: { status: 200, details: "hello:answered", grpcStatus: -1 },
    });
    expect([...filter.imports].sort()).toEqual([
      "proxy_get_buffer_bytes",
      "proxy_get_header_map_pairs",
      "proxy_log",
      "proxy_replace_header_map_value",
      "proxy_send_local_response",
    ]);
  });
});
