// Where a policy here means on purpose something else than in Istio: docs/guide/istio-differences.md, line by line.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { Assembler, check } from "../../compiler/index.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { certificates, type Certificates } from "../../envoy/test-certificates/certificates.ts";
import { compileDocuments } from "../support/compile.ts";
import { startRig, type Told } from "./rig.ts";
import type { Connection, WireRequest } from "./wire.ts";

const assembler = new Assembler();
let issued: Certificates;
beforeAll(async () => {
  issued = await certificates();
});
afterAll(async () => {
  await assembler.close();
  await issued.remove();
});

const policy = (action: string, rule: object): object => ({
  kind: "AuthorizationPolicy",
  apiVersion: "security.istio.io/v1",
  metadata: { name: "p", namespace: "n" },
  spec: { action, rules: [rule] },
});

/** What ours and a native filter say of one request. */
async function both(
  document: object,
  principal: object,
  connection: Partial<Connection>,
): Promise<Told | undefined> {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return undefined;
  const { filter } = await compileDocuments([document], assembler);
  const policies = { "0000": { permissions: [{ any: true }], principals: [principal] } };
  const rig = await startRig(envoyPath, [{ name: "p", wasm: filter.wasm, native: [{ policies }] }], issued);
  try {
    const request: WireRequest = { method: "GET", path: "/", headers: [["host", "a.test"]] };
    const [told] = await rig.send("p", { from: "127.0.0.1", ...connection }, [request]);
    if (!told) throw new Error("Envoy refused the request itself");
    return told;
  } finally {
    await rig.close();
  }
}

test("an IPv4 address in IPv6 clothes is the IPv4 address", async () => {
  const told = await both(
    policy("DENY", { from: [{ source: { remoteIpBlocks: ["10.0.0.0/24"] } }] }),
    { remote_ip: { address_prefix: "10.0.0.0", prefix_len: 24 } },
    {
      proxied: {
        source: { address: "::ffff:10.0.0.9", port: 1 },
        destination: { address: "::ffff:10.0.0.1", port: 80 },
      },
    },
  );
  if (!told) return;
  expect(told.status).toBe(403);
  // Native RBAC would not see the address in the block.
  expect(told.native[0]?.allowed).toBe(false);
});

describe("what Istio drops without a word is an error", () => {
  const from = (source: object): object => policy("DENY", { from: [{ source }] });
  const to = (operation: object): object => policy("DENY", { to: [{ operation }] });
  const when = (key: string, ...values: string[]): object => policy("DENY", { when: [{ key, values }] });
  test.each([
    ["a condition on a key that does not exist", when("request.header[x-a]", "a")],
    ["a block that is none", from({ ipBlocks: ["10.0.0.0/33"] })],
    ["an address that is none", when("remote.ip", "localhost")],
    ["a port that is none", to({ ports: ["http"] })],
    ["a port out of range", when("destination.port", "65536")],
    ["a path template that is none", to({ paths: ["/a{*}/b"] })],
    ["a field that does not exist", to({ path: ["/a"] })],
    ["a condition without values", policy("DENY", { when: [{ key: "source.ip" }] })],
  ])("%s", (_, document) => {
    const file = { path: "p.yaml", shown: "p.yaml", text: stringify(document) };
    const { diagnostics } = check({ files: [file], defaultName: "p" });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toHaveLength(1);
  });
});
