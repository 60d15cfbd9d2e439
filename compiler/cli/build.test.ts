// tollgate build, inspect and envoy config: what they write, and that it is the same wherever it is made.
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readManifest, type Manifest } from "../7-package/manifest.ts";
import { repository, temporaryFolder, tollgate } from "../testing/command.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await cp(path.join(repository, "examples/shop"), within("copy/shop"), { recursive: true });
});
afterAll(() => folder.remove());

const within = (name: string): string => path.join(folder.path, name);
const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const manifestIn = async (output: string): Promise<Manifest> =>
  JSON.parse(await readFile(path.join(within(output), "shop.manifest.json"), "utf8")) as Manifest;

describe("build", () => {
  test("writes three files, names them, and says what they cost", async () => {
    const outcome = await tollgate(["build", "copy/shop", "-o", "out"], { cwd: folder.path });
    expect(outcome).toMatchObject({
      code: 0,
      stdout: "out/shop.ts\nout/shop.manifest.json\nout/shop.wasm\n",
    });
    expect(outcome.stderr).toMatch(/^5 policies, .* KiB, at most \d+ host calls a request, .*s\n$/);
    expect((await readdir(within("out"))).sort()).toEqual(["shop.manifest.json", "shop.ts", "shop.wasm"]);
    const wasm = await readFile(within("out/shop.wasm"));
    const manifest = await manifestIn("out");
    expect(manifest).toMatchObject({
      bundle: "shop",
      abi: "0.2.1",
      digest: digestOf(wasm),
      wasmBytes: wasm.length,
    });
    expect(readManifest(wasm, manifest.digest)).toEqual(manifest);
    for (const text of [wasm.toString("latin1"), await readFile(within("out/shop.ts"), "utf8")])
      expect(text).not.toContain(folder.path);
  });

  test("gives the same again, over what is there, from elsewhere and of a copy", async () => {
    const { digest } = await manifestIn("out");
    const again = await tollgate(["build", "copy/shop", "-o", "out"], { cwd: folder.path });
    expect(again.code).toBe(0);
    expect((await manifestIn("out")).digest).toBe(digest);
    const elsewhere = await tollgate(["build", ".", "-o", within("out-2")], { cwd: within("copy/shop") });
    expect(elsewhere.code).toBe(0);
    expect((await manifestIn("out-2")).digest).toBe(digest);
    const original = await tollgate(["build", "examples/shop", "-o", within("out-3")]);
    expect(original.code).toBe(0);
    expect((await manifestIn("out-3")).digest).toBe(digest);
    expect(await readFile(within("out-3/shop.ts"), "utf8")).toBe(
      await readFile(within("out/shop.ts"), "utf8"),
    );
    expect((await readdir(within("out"))).sort()).toEqual(["shop.manifest.json", "shop.ts", "shop.wasm"]);
  });
});

describe("inspect", () => {
  test("shows a filter that Tollgate made", async () => {
    const { code, stdout, stderr } = await tollgate(["inspect", within("out/shop.wasm")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^shop, compiled by Tollgate \S+ for Proxy-Wasm 0\.2\.1\n/);
    for (const part of [
      "shop/fair-use    rate-limits.yaml:4",
      "x-user",
      "proxy_on_request_headers",
      "  DENY           3  rules\n  ALLOW          4  rules\n  limits         2  limits\n  header routes  2  rules\n",
      "  proxy_get_header_map_pairs          × 1  1.6 µs\n",
      "    tables for decisions",
      "starts with 64.0 KiB of memory",
    ])
      expect(stdout).toContain(part);
    expect(stdout).not.toContain("\u001b");
    const json = await tollgate(["inspect", within("out/shop.wasm"), "--format", "json"]);
    expect(JSON.parse(json.stdout)).toEqual({ ...(await manifestIn("out")), envoy: "1.40", findings: [] });
    expect(stdout).toMatch(/\nEnvoy 1\.40 would load it\n$/);
    const oldest = await tollgate(["inspect", within("out/shop.wasm"), "--envoy", "1.36"]);
    expect(oldest).toMatchObject({ code: 0, stderr: "" });
    expect(oldest.stdout).toMatch(/\nEnvoy 1\.36 would load it\n$/);
  });

  test("shows a filter that Tollgate did not make", async () => {
    await writeFile(within("foreign.wasm"), moduleOf([]));
    const { code, stdout, stderr } = await tollgate(["inspect", within("foreign.wasm")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("a Proxy-Wasm 0.2.1 filter that Tollgate did not compile");
    const json = await tollgate(["inspect", within("foreign.wasm"), "--format", "json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ abi: "0.2.1", imports: [] });
  });

  test.each([
    "{}",
    "null",
    "[",
    '{"tollgate":"1","bundle":"a","policies":[null],"headers":[],"hostCalls":{}}',
  ])("believes no note such as %s", async (note) => {
    await writeFile(within("forged.wasm"), moduleOf(customSection("tollgate", note)));
    const { code, stdout, stderr } = await tollgate(["inspect", within("forged.wasm")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("that Tollgate did not compile");
  });

  test("lets no note steer the terminal", async () => {
    const note = {
      tollgate: "1\u001b[2J",
      bundle: "a\nb",
      policies: [{ kind: "K\u001b[31m", name: "n\r", source: "s\u009b" }],
      headers: ["h\u001b"],
      hostCalls: { request: { "c\u001b": 1 }, response: {}, total: 1 },
      workload: "w\u001b[1m",
      pathNormalization: "p\u001b",
    };
    await writeFile(within("hostile.wasm"), moduleOf(customSection("tollgate", JSON.stringify(note))));
    const { code, stdout } = await tollgate(["inspect", within("hostile.wasm")]);
    expect(code).toBe(0);
    expect(stdout).toContain("a\\nb, compiled by Tollgate 1\\u001b[2J");
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(stdout).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  test("says why Envoy would refuse a module, and fails", async () => {
    await writeFile(within("module.wasm"), Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const text = await tollgate(["inspect", within("module.wasm")]);
    expect(text).toMatchObject({ code: 1, stderr: "" });
    expect(text.stdout).toMatch(
      /\nEnvoy 1\.40 would not load it\n\nerror\[TG8004\]: no ABI is declared\n = help: /,
    );
    expect(text.stdout).toMatch(/\n2 errors, 1 warning\n$/);
    const json = await tollgate(["inspect", within("module.wasm"), "--format", "json"]);
    expect(json).toMatchObject({ code: 1, stderr: "" });
    expect(JSON.parse(json.stdout)).toMatchObject({
      envoy: "1.40",
      findings: [
        { severity: "error", code: "TG8004", name: "module-abi-marker" },
        { severity: "error", code: "TG8005" },
        { severity: "warning", code: "TG8006" },
      ],
    });
  });

  test("knows no other Envoy", async () => {
    const outcome = await tollgate(["inspect", within("out/shop.wasm"), "--envoy", "1.12"]);
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toContain("Allowed choices are 1.36, 1.37, 1.38, 1.39, 1.40.");
  });

  test.each<[string, string, RegExp]>([
    ["a file that is not there", "none.wasm", /none\.wasm` is not there\n = help: build a filter first/],
    ["a folder", ".", /` is a folder\n = help: give one of the/],
    ["something else", "garbage.wasm", /garbage\.wasm` is no WebAssembly module: .*\n = help: /],
    ["an empty file", "empty.wasm", /empty\.wasm` is no WebAssembly module: .*\n = help: /],
  ])("%s", async (_name, file, message) => {
    await writeFile(within("garbage.wasm"), "this is no wasm");
    await writeFile(within("empty.wasm"), "");
    const outcome = await tollgate(["inspect", within(file)]);
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).not.toMatch(/^\s+at |should not have happened/m);
  });
});

test("inspect shows an ABI marker that would steer a terminal with escapes", async () => {
  const marker = "proxy_abi_version_\u001b[2J\n";
  await writeFile(within("marker.wasm"), moduleOf([], marker));
  const { stdout, stderr } = await tollgate(["inspect", within("marker.wasm")]);
  expect(stdout).toContain("Proxy-Wasm \\u001b[2J\\n filter that Tollgate did not compile");
  expect(stdout + stderr).not.toContain("\u001b");
});

describe("envoy config", () => {
  test("writes a bootstrap, and what it makes Envoy follow: a filter named by its digest, and the rest", async () => {
    const given = ["copy/shop", "--upstream", "http://127.0.0.1:3000", "-o", "envoy", "--port", "0"];
    const outcome = await tollgate(["envoy", "config", ...given], { cwd: folder.path });
    const { digest } = await manifestIn("out");
    const wasm = `shop.${digest.replace("sha256:", "").slice(0, 12)}.wasm`;
    const names = (await readdir(within("envoy"))).sort();
    const [filter = ""] = names.filter((name) => name.startsWith("filter-"));
    const written = [wasm, "clusters.json", "routes.json", filter, "listeners.json", "envoy.json"];
    expect(names).toEqual([...written].sort());
    expect(outcome).toMatchObject({ code: 0, stdout: written.map((name) => `envoy/${name}\n`).join("") });
    expect(outcome.stderr).toMatch(/^start it: \S*envoy --config-path \S*envoy\/envoy\.json\n$/);
    const texts = new Map<string, string>();
    for (const name of written.slice(1)) {
      const text = await readFile(within(`envoy/${name}`), "utf8");
      expect(() => JSON.parse(text) as unknown).not.toThrow();
      texts.set(name, text);
    }
    expect(texts.get("envoy.json")).toContain(within("envoy/listeners.json"));
    expect(texts.get("listeners.json")).toContain(within(`envoy/${filter}`));
    expect(texts.get(filter)).toContain(within(`envoy/${wasm}`));
    expect(digestOf(await readFile(within(`envoy/${wasm}`)))).toBe(digest);
    // Written again, all is as it was.
    expect(await tollgate(["envoy", "config", ...given], { cwd: folder.path })).toEqual(outcome);
    expect((await readdir(within("envoy"))).sort()).toEqual(names);
  });
});

/** The smallest module that Envoy would load as a filter, with further sections behind. */
function moduleOf(sections: readonly number[], marker = "proxy_abi_version_0_2_1"): Uint8Array {
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  const section = (id: number, content: number[]): number[] => [id, content.length, ...content];
  const functions = [marker, "proxy_on_memory_allocate"];
  const exports = functions.flatMap((text, index) => [...name(text), 0, index]);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f]), // () and (i32) -> i32
    ...section(3, [2, 0, 1]),
    ...section(5, [1, 0, 1]), // one page of memory
    ...section(7, [3, ...name("memory"), 2, 0, ...exports]),
    ...section(10, [2, 2, 0, 0x0b, 4, 0, 0x41, 0, 0x0b]),
    ...sections,
  ]);
}

function customSection(name: string, text: string): number[] {
  const content = [name.length, ...Buffer.from(name), ...Buffer.from(text)];
  return [0, (content.length & 0x7f) | 0x80, content.length >>> 7, ...content];
}
