// The emitted sources, beside the policies they come from: a change of the emitter shows as a diff to be read.
// `UPDATE_GOLDEN=1 npm test -- golden` writes them anew.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "@jest/globals";
import { Assembler } from "../compiler/index.ts";
import { compilePaths } from "./support/compile.ts";

const folder = fileURLToPath(new URL("./golden/", import.meta.url));
const shop = fileURLToPath(new URL("../examples/shop", import.meta.url));
const cases = [
  ...(await readdir(folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => ({ name: name.replace(".yaml", ""), policies: `${folder}${name}` })),
  { name: "shop", policies: shop },
];
const assembler = new Assembler();
afterAll(() => assembler.close());

describe("emitted source", () => {
  test.each(cases)("of $name", async ({ name, policies }) => {
    const { filter } = await compilePaths([policies], assembler);
    const golden = `${folder}${name}.golden.ts`;
    // The version stands in the first line; a release must not touch every golden file.
    const source = filter.source.replace(/tollgate \d+\.\d+\.\d+/, "tollgate VERSION");
    if (process.env["UPDATE_GOLDEN"] !== undefined) await writeFile(golden, source);
    expect(source).toBe(await readFile(golden, "utf8"));
  });

  test("is the same, to the digest, when compiled again by another compiler", async () => {
    const other = new Assembler();
    const [first, second] = [await compilePaths([shop], assembler), await compilePaths([shop], other)];
    await other.close();
    expect(second.filter.manifest.digest).toBe(first.filter.manifest.digest);
    expect(Buffer.from(second.filter.wasm).equals(Buffer.from(first.filter.wasm))).toBe(true);
  });

  test("imports only the host functions and exports only the callbacks it needs", async () => {
    const manifest = async (name: string): Promise<string[]> => {
      const { filter } = await compilePaths([`${folder}${name}.yaml`], assembler);
      return [...filter.manifest.imports, ...filter.manifest.callbacks];
    };
    expect(await manifest("authorization")).toEqual([
      "proxy_get_header_map_pairs",
      "proxy_get_property",
      "proxy_send_local_response",
      "proxy_on_request_headers",
    ]);
    expect(await manifest("limits")).toEqual([
      "proxy_add_header_map_value",
      "proxy_define_metric",
      "proxy_get_current_time_nanoseconds",
      "proxy_get_header_map_pairs",
      "proxy_get_property",
      "proxy_increment_metric",
      "proxy_send_local_response",
      "proxy_set_tick_period_milliseconds",
      "proxy_on_configure",
      "proxy_on_delete",
      "proxy_on_request_headers",
      "proxy_on_response_headers",
      "proxy_on_tick",
    ]);
    expect(await manifest("routing")).toEqual([
      "proxy_get_header_map_pairs",
      "proxy_remove_header_map_value",
      "proxy_replace_header_map_value",
      "proxy_send_local_response",
      "proxy_on_request_headers",
    ]);
  });
});
