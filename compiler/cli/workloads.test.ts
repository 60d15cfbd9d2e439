// A bundle of several workloads on the command line: what is built, what is told, and which filter is run.
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Manifest } from "../7-package/manifest.ts";
import { repository, Running, temporaryFolder, tollgate, type Outcome } from "../testing/command.ts";

const policy = (name: string, spec: string): string => `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: ${name}, namespace: shop }
spec: { ${spec} }
---
`;

const bundle = (rest: string): string => `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: mesh }
spec:
  workloads:
    - { name: orders, namespace: shop, labels: { app: orders } }
    - { name: stock, namespace: shop, labels: { app: stock } }
    - { name: stock-2, namespace: shop, labels: { app: stock } }
${rest}`;

const policies =
  policy("all", 'rules: [{ to: [{ operation: { methods: ["GET"] } }] }]') +
  policy(
    "orders",
    'action: DENY, selector: { matchLabels: { app: orders } }, rules: [{ to: [{ operation: { paths: ["/admin*"] } }] }]',
  );

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await write("mesh", bundle("") + "---\n" + policies);
  await cp(path.join(repository, "examples/shop"), path.join(folder.path, "shop"), { recursive: true });
});
afterAll(() => folder.remove());

async function write(name: string, text: string): Promise<void> {
  await mkdir(path.join(folder.path, name), { recursive: true });
  await writeFile(path.join(folder.path, name, "policies.yaml"), text);
}

const run = (...args: string[]): Promise<Outcome> => tollgate(args, { cwd: folder.path });
const manifest = async (name: string): Promise<Manifest> =>
  JSON.parse(await readFile(path.join(folder.path, "out", `${name}.manifest.json`), "utf8")) as Manifest;

describe("build", () => {
  test("writes a filter for each workload, with the policies that apply to it", async () => {
    const { code, stdout, stderr } = await run("build", "mesh", "-o", "out");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: ["orders", "stock", "stock-2"]
        .flatMap((name) => [".ts", ".manifest.json", ".wasm"].map((end) => `out/mesh.${name}${end}\n`))
        .join(""),
    });
    expect(stderr).toMatch(
      /^mesh\.orders {3}2 policies +\S+ \S+ +at most \d+ host calls? a request\nmesh\.stock {4}1 policy +\S+ \S+ +at most \d+ host calls? a request\nmesh\.stock-2 {2}1 policy .*\n3 filters, \S+ m?s\n$/,
    );
    expect((await readdir(path.join(folder.path, "out"))).length).toBe(9);
    expect(await manifest("mesh.orders")).toMatchObject({
      bundle: "mesh",
      workload: "orders",
      policies: [{ name: "shop/all" }, { name: "shop/orders" }],
      pathNormalization: "BASE",
    });
  });

  test("compiles what is the same once, and says in each whose it is", async () => {
    const [one, two] = [await manifest("mesh.stock"), await manifest("mesh.stock-2")];
    expect(two).toEqual({ ...one, workload: "stock-2", digest: two.digest, wasmBytes: one.wasmBytes + 2 });
    expect(two.digest).not.toBe(one.digest);
    const inspected = await run("inspect", "out/mesh.stock-2.wasm");
    expect(inspected.stdout).toMatch(
      /^mesh, compiled by Tollgate \S+ for Proxy-Wasm 0\.2\.1\nfor the workload stock-2\n/,
    );
  });
});

test("check says what applies to each workload", async () => {
  const { code, stdout, stderr } = await run("check", "mesh");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(
    /^ok: 2 policies in bundle mesh\n {2}orders {3}\d+ host calls? +AuthorizationPolicy shop\/all, AuthorizationPolicy shop\/orders\n {2}stock {4}\d+ host calls? +AuthorizationPolicy shop\/all\n {2}stock-2 .*\n$/,
  );
  const json = await run("check", "mesh", "--format", "json");
  expect(JSON.parse(json.stdout)).toMatchObject({
    filters: [{ name: "mesh.orders", workload: "orders" }, { name: "mesh.stock" }, { name: "mesh.stock-2" }],
  });
});

describe("one filter is wanted", () => {
  const upstream = ["--upstream", "http://127.0.0.1:1"];

  test.each([
    ["run", "mesh", ...upstream, "--port", "0"],
    ["envoy", "run", "mesh", ...upstream],
    ["envoy", "config", "mesh", ...upstream],
  ])("%s %s needs to know which", async (...args) => {
    expect(await run(...args)).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: this bundle is for several workloads, and one filter is wanted\n = help: name one of them with `--workload`: `orders`, `stock`, `stock-2`\n",
    });
  });

  test("a workload that there is not", async () => {
    const { code, stderr } = await run(
      "envoy",
      "config",
      "mesh",
      ...upstream,
      "--workload",
      "order\u001b[1m",
    );
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        "error: this bundle has no workload `order\\u001b[1m`\n = help: its workloads are `orders`, `stock`, `stock-2`\n",
    });
    const none = await run("envoy", "config", "shop", ...upstream, "--workload", "orders");
    expect({ code: none.code, stderr: none.stderr }).toEqual({
      code: 2,
      stderr:
        "error: this bundle names no workloads\n = help: leave `--workload` out, or name them in a `Bundle` document, under `spec.workloads`\n",
    });
  });

  test("envoy config loads it into a VM of its name, behind a listener that does to paths what the bundle says", async () => {
    await write("merging", bundle("  pathNormalization: DECODE_AND_MERGE_SLASHES\n") + "---\n" + policies);
    const { code, stdout } = await run(
      "envoy",
      "config",
      "merging",
      ...upstream,
      "--workload",
      "stock",
      "-o",
      "envoy",
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^envoy\/mesh\.stock\.[0-9a-f]{12}\.wasm\n[^]*envoy\/envoy\.json\n$/,
      ) as unknown,
    });
    const files = stdout.split("\n").filter((name) => name.endsWith(".json"));
    const texts = await Promise.all(files.map((name) => readFile(path.join(folder.path, name), "utf8")));
    const text = texts.join("");
    for (const part of [
      '"vm_id": "stock"',
      '"name": "tollgate.mesh.stock"',
      '"normalize_path": true',
      '"merge_slashes": true',
      '"path_with_escaped_slashes_action": "UNESCAPE_AND_FORWARD"',
    ])
      expect(text).toContain(part);
  });

  test("run serves it, and follows what the bundle says of paths", async () => {
    await write("served", bundle("") + "---\n" + policies);
    const running = new Running(["run", "served", ...upstream, "--port", "0", "--workload", "orders"], {
      cwd: folder.path,
    });
    try {
      const [, port = ""] = await running.until("stdout", /listening on http:\/\/127\.0\.0\.1:(\d+)/);
      const status = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}//admin`)).status;
      // Two slashes are another path, as long as nobody merges them: this one goes on to a service that is not there.
      expect(await status()).toBe(503);
      await write("served", bundle("  pathNormalization: MERGE_SLASHES\n") + "---\n" + policies);
      await running.until("stderr", /recompiled/);
      expect(await status()).toBe(403);
    } finally {
      await running.stop();
    }
  });
});
