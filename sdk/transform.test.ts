// The transform exports what is overridden and says what would never be called.
import { describe, expect, test } from "@jest/globals";
import { readImportsAndExports } from "../host/wasm-binary.ts";
import { compile } from "../filters/runtime/testing/compile.ts";

const build = (name: string): Promise<Uint8Array> => compile(`sdk/testing/transform/${name}.ts`, "filter");

async function exportsOf(name: string): Promise<string[]> {
  const names = readImportsAndExports(await build(name)).exports.map((entry) => entry.name);
  return names.filter((entry) => /^(proxy_on|proxy_validate)/.test(entry)).sort();
}

describe("exported are", () => {
  test("the callbacks of every context, inherited ones too, and what an object per stream needs", async () => {
    expect(await exportsOf("inherited")).toEqual([
      "proxy_on_context_create",
      "proxy_on_delete",
      "proxy_on_log",
      "proxy_on_memory_allocate",
      "proxy_on_upstream_data",
    ]);
  });

  test("one callback where one is overridden, in less than 4 KB", async () => {
    expect(await exportsOf("idle")).toEqual(["proxy_on_memory_allocate", "proxy_on_request_headers"]);
    expect((await build("idle")).byteLength).toBeLessThanOrEqual(4096);
  });

  test("no more for header routing, in less than 8 KB", async () => {
    expect(await exportsOf("tier")).toEqual([
      "proxy_on_memory_allocate",
      "proxy_on_request_headers",
      "proxy_on_response_headers",
    ]);
    expect((await build("tier")).byteLength).toBeLessThanOrEqual(8192);
  });

  test("the ends of callouts, also where nobody hears of them: the SDK must", async () => {
    expect(await exportsOf("unheard")).toEqual([
      "proxy_on_delete",
      "proxy_on_grpc_close",
      "proxy_on_grpc_receive",
      "proxy_on_http_call_response",
      "proxy_on_memory_allocate",
      "proxy_on_request_headers",
    ]);
  });

  test("what the module lists by itself", async () => {
    expect(await exportsOf("listed")).toContain("proxy_on_log");
  });
});

test.each([
  ["misspelt", "'onRequestHeader' is no callback; did you mean 'onRequestHeaders'?"],
  ["misplaced", "'onTick' is called on the class that is registered, 'Root', only"],
  ["unregistered", "no class is registered: registerFilter(() => new Forgotten())"],
  ["unlisted", "overridden but not exported, so never called: proxy_on_response_headers"],
])("%s is an error", async (name, message) => {
  await expect(build(name)).rejects.toThrow(message);
});
