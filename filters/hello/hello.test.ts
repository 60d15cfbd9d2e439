// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { describe, expect, test } from "@jest/globals";
import { FilterModule, HeaderMap, Vm, type StreamResult } from "../../host/index.ts";
import {
  compiled,
  httpServer,
  inBothEngines,
  nobody,
  type HttpTestServer,
  type TestAnswer,
} from "../testing/index.ts";

const GREETING = "Hello from AssemblyScript";

/** Marks some of its answers itself. */
function upstreamServer(): HttpTestServer {
  return httpServer((request, response) => {
    if (request.url === "/marked") response.setHeader("x-hello", ["from upstream", "twice"]);
    response.statusCode = request.url === "/missing" ? 404 : 200;
    response.end("upstream");
  });
}

/** What an answer tells. */
function told({ status, headers, body }: TestAnswer): { status: number; hello: string[]; body: string } {
  return { status, hello: headers.flatMap(([name, value]) => (name === "x-hello" ? [value] : [])), body };
}

inBothEngines("hello", (run) => {
  test("/hello is answered by the filter, all else by the upstream, and every response is marked", () => {
    const upstream = upstreamServer();
    return run({ clusters: { upstream } }, async (proxy) => {
      const marked = { hello: [GREETING] };
      for (const method of ["GET", "POST"])
        expect(told(await proxy.send({ path: "/hello", method }))).toEqual({
          status: 200,
          body: GREETING,
          ...marked,
        });
      expect(told(await proxy.send({ path: "/hello", method: "HEAD" }))).toEqual({
        status: 200,
        body: "",
        ...marked,
      });
      expect(upstream.requests).toEqual([]);
      for (const path of ["/", "/hello/", "/hello?x=1", "/hell", "/Hello", "/marked"])
        expect(told(await proxy.send({ path }))).toEqual({ status: 200, body: "upstream", ...marked });
      expect(told(await proxy.send({ path: "/missing" }))).toMatchObject({ status: 404, ...marked });
      expect(upstream.requests.map(({ url }) => url)).toEqual([
        "/",
        "/hello/",
        "/hello?x=1",
        "/hell",
        "/Hello",
        "/marked",
        "/missing",
      ]);
    });
  });

  test("an answer that the proxy gives for want of an upstream is marked, too", () =>
    run({ clusters: { upstream: nobody() } }, async (proxy) => {
      expect(told(await proxy.send({ path: "/" }))).toMatchObject({ status: 503, hello: [GREETING] });
      expect(told(await proxy.send({ path: "/hello" }))).toMatchObject({ status: 200, hello: [GREETING] });
    }));

  test("the text is the plugin's configuration", () =>
    run(
      { clusters: { upstream: nobody() }, edit: (yaml) => yaml.configure("hello", "Good evening") },
      async (proxy) => {
        expect(told(await proxy.send({ path: "/hello" }))).toEqual({
          status: 200,
          hello: ["Good evening"],
          body: "Good evening",
        });
      },
    ));

  test("an empty configuration is refused", () =>
    run.refused({ clusters: { upstream: nobody() }, edit: (yaml) => yaml.configure("hello", "") }, (why) => {
      expect(why).toContain("hello: the configuration must be the greeting, but it is empty");
    }));
});

describe("the module", () => {
  async function started(configuration: string): Promise<{ vm: Vm; filter: FilterModule }> {
    const filter = FilterModule.compile(await compiled("hello"));
    return { filter, vm: Vm.start(filter, { pluginConfiguration: Buffer.from(configuration) }) };
  }

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

  test("keeps its memory over 200,000 requests, small and large", async () => {
    const { vm } = await started(GREETING);
    const urls = ["/hello", "/", `/${"long".repeat(10_000)}`];
    for (const url of urls) exchange(vm, url);
    const { memoryBytes } = vm;
    for (let i = 0; i < 200_000; i++) exchange(vm, urls[i % 100 === 0 ? 2 : i % 2] ?? "/");
    expect(exchange(vm, "/hello")).toMatchObject({ result: { kind: "local-response" }, hello: GREETING });
    expect(vm.memoryBytes).toBe(memoryBytes);
    expect(vm.failed).toBe(false);
  });

  test("sends the configuration's UTF-8 as it is", async () => {
    const text = "Grüße, 世界 🦀";
    const { vm } = await started(text);
    expect(exchange(vm, "/").hello).toBe(Buffer.from(text).toString("latin1"));
  });

  test("exports what it needs and imports what it calls, no WASI and no abort", async () => {
    const { vm, filter } = await started(GREETING);
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
