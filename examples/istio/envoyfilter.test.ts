// The two HTTP filters of envoyfilter.yaml do in a real Envoy what its comments say.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http, { type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { Assembler, compile, readBundleFiles } from "../../compiler/index.ts";
import { bootstrap, startEnvoy } from "../../envoy/index.ts";
import { envoyForTests } from "../../envoy/testing.ts";

interface HttpFilter {
  name: string;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

test("the peer's address reaches the policies", async () => {
  const envoy = await envoyForTests();
  if (envoy === undefined) return;
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-istio-"));
  const upstream = http.createServer((_, response) => response.end("admin")).listen(0, "127.0.0.1");
  await new Promise((resolve) => upstream.once("listening", resolve));
  const assembler = new Assembler();
  try {
    const { filters } = await compile(await readBundleFiles([here("../shop")]), assembler);
    const wasmPath = path.join(directory, "shop.wasm");
    await writeFile(wasmPath, filters[0]?.wasm ?? "");
    const running = await startEnvoy({
      envoy,
      directory,
      bootstrap: withFilters(
        bootstrap({
          listeners: [
            {
              name: "main",
              port: 0,
              upstream: new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`),
              filters: [],
            },
          ],
        }),
        await patches(wasmPath),
      ),
    });
    const port = running.ports.get("main") ?? 0;
    // The office network of the example, and an address beside it.
    expect(await status(port, "127.0.0.9")).toBe(200);
    expect(await status(port, "127.0.0.1")).toBe(403);
    await running.stop();
  } finally {
    await assembler.close();
    upstream.close();
    await rm(directory, { recursive: true, force: true });
  }
});

/** What the patches insert, with the wasm where it is here. */
async function patches(wasmPath: string): Promise<HttpFilter[]> {
  const text = (await readFile(here("envoyfilter.yaml"), "utf8")).replace(
    "/etc/tollgate/shop.wasm",
    wasmPath,
  );
  const { spec } = parse(text) as { spec: { configPatches: { patch: { value: HttpFilter } }[] } };
  return spec.configPatches.map(({ patch }) => patch.value);
}

/** Puts filters in front of the router, in place of those that are there. */
function withFilters(config: object, filters: readonly HttpFilter[]): object {
  return JSON.parse(
    JSON.stringify(config, (key, value: unknown) =>
      key === "http_filters" && Array.isArray(value) ? [...filters, (value as HttpFilter[]).at(-1)] : value,
    ),
  ) as object;
}

async function status(port: number, localAddress: string): Promise<number | undefined> {
  const options = { host: "127.0.0.1", port, localAddress, path: "/admin/", headers: { host: "shop.test" } };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    http.get(options, resolve).on("error", reject);
  });
  response.resume();
  return response.statusCode;
}
