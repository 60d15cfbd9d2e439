// tollgate export ratelimit-config, and what the other commands make of the service's cluster.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { check, readBundleFiles } from "../index.ts";
import { renderRateLimitConfig } from "../ratelimit-config/config.ts";
import { rateLimitConfigOf } from "../ratelimit-config/limits.ts";
import { temporaryFolder, tollgate } from "../testing/command.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => path.join(folder.path, name);

const limits = (name: string, scope: string, more = ""): string => `apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: ${name}, namespace: shop }
spec:
  ${more}
  limits:
    per-user: { key: [{ header: x-user }], scope: ${scope}, algorithm: fixedWindow, rates: [{ limit: 5, window: 1s }, { limit: 100, window: 1d }] }
    own: { rates: [{ limit: 5, window: 7s }] }
---
`;
const bundle = (spec: string): string => `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec: { ${spec} }
`;

beforeAll(async () => {
  folder = await temporaryFolder();
  const known = 'rateLimitService: { cluster: counts, address: "127.0.0.1:8081", domain: edge }';
  const workloads =
    "workloads: [{ name: a, namespace: shop, labels: { app: a } }, { name: b, namespace: shop }]";
  const files = {
    "mesh.yaml": limits("fair", "mesh") + bundle(known),
    "nowhere.yaml": limits("fair", "mesh") + bundle("rateLimitService: { cluster: counts }"),
    "worker.yaml": limits("fair", "worker") + bundle(known),
    "wrong.yaml": limits("fair", "mesh"),
    "workloads.yaml":
      limits("fair", "mesh") +
      limits("one", "mesh", "selector: { matchLabels: { app: a } }") +
      limits("none", "mesh", "selector: { matchLabels: { app: c } }") +
      bundle(`${known}, ${workloads}`),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(at(name), text);
});
afterAll(() => folder.remove());

const exportConfig = (...args: string[]): ReturnType<typeof tollgate> =>
  tollgate(["export", "ratelimit-config", ...args], { cwd: folder.path });

describe("tollgate export ratelimit-config", () => {
  test("writes one rule for each rate of the mesh's limits", async () => {
    const { code, stdout, stderr } = await exportConfig("mesh.yaml");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const rule = (value: string, unit: string, limit: number): object => ({
      key: "limit",
      value,
      descriptors: [{ key: "key", rate_limit: { unit, requests_per_unit: limit } }],
    });
    expect(parse(stdout)).toEqual({
      domain: "edge",
      descriptors: [
        rule("shop/fair/per-user/per-user-1s", "second", 5),
        rule("shop/fair/per-user/per-user-1d", "day", 100),
      ],
    });
  });

  test("into a folder, again over what it wrote, and never over another's file", async () => {
    const first = await exportConfig("mesh.yaml", "-o", "config");
    expect(first).toMatchObject({ code: 0, stdout: "config/shop.yaml\n" });
    expect(await readFile(at("config/shop.yaml"), "utf8")).toBe((await exportConfig("mesh.yaml")).stdout);
    expect(await exportConfig("mesh.yaml", "-o", "config")).toMatchObject({ code: 0 });
    await mkdir(at("taken"));
    await writeFile(at("taken/shop.yaml"), "domain: mine\n");
    const refused = await exportConfig("mesh.yaml", "-o", "taken");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(await readFile(at("taken/shop.yaml"), "utf8")).toBe("domain: mine\n");
  });

  test("has each limit once that is in some filter", async () => {
    const { targets } = check(await readBundleFiles([at("workloads.yaml")]));
    const config = rateLimitConfigOf(targets.map(({ program }) => program));
    expect(config?.limits.map(({ name }) => name)).toEqual(["shop/fair/per-user", "shop/one/per-user"]);
    const { code, stdout, stderr } = await exportConfig("workloads.yaml");
    expect(code).toBe(0);
    expect(stdout).toBe(config && renderRateLimitConfig(config));
    expect(stderr).toContain("shop/none");
  });

  test("where there is nothing to write, and where policies are wrong", async () => {
    const none = await exportConfig("worker.yaml");
    expect(none).toMatchObject({ code: 1, stdout: "" });
    expect(none.stderr).toContain("no limit of this bundle is shared by a mesh");
    const wrong = await exportConfig("wrong.yaml");
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toContain("error[TG4005]");
    expect(await exportConfig("nothing-here")).toMatchObject({ code: 2, stdout: "" });
    expect(await exportConfig()).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("the service's cluster", () => {
  const config = (policies: string): ReturnType<typeof tollgate> =>
    tollgate(["envoy", "config", at(policies), "--upstream", "http://127.0.0.1:1", "-o", at("envoy")]);

  test("is in the configurations that are written", async () => {
    expect(await config("mesh.yaml")).toMatchObject({ code: 0 });
    const { resources } = JSON.parse(await readFile(at("envoy/clusters.json"), "utf8")) as {
      resources: { name: string }[];
    };
    const [, written, ...others] = resources;
    expect(others).toEqual([]);
    const endpoint = { address: { socket_address: { address: "127.0.0.1", port_value: 8081 } } };
    expect(written).toMatchObject({
      name: "counts",
      type: "STATIC",
      load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint }] }] },
      typed_extension_protocol_options: expect.anything() as unknown,
    });
    expect(written).not.toHaveProperty("transport_socket");
  });

  test("that is nowhere is an error before anything runs", async () => {
    for (const outcome of [
      await config("nowhere.yaml"),
      await tollgate(["run", at("nowhere.yaml"), "--upstream", "http://127.0.0.1:1", "--port", "0"]),
    ]) {
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toContain("calls the cluster `counts`, and nothing says where that is");
    }
  });

  test("is named in the manifest, wherever it is", async () => {
    expect(await tollgate(["build", at("nowhere.yaml"), "-o", at("out")])).toMatchObject({ code: 0 });
    const manifest = JSON.parse(await readFile(at("out/shop.manifest.json"), "utf8")) as object;
    expect(manifest).toMatchObject({ clusters: [{ name: "counts", protocol: "http2" }] });
    const { stdout } = await tollgate(["inspect", at("out/shop.wasm")]);
    expect(stdout).toContain("counts by HTTP/2\n");
  });
});
