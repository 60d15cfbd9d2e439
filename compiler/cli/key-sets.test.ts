// Filters that fetch key sets: what the commands write of the clusters that they call.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { temporaryFolder, tollgate } from "../testing/command.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => path.join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  const rules = ["https://id.test/keys", "https://id.test/others", "http://[::1]:8080/keys"];
  await writeFile(
    at("tokens.yaml"),
    `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: a }
spec:
  jwtRules:
${rules.map((uri, i) => `    - { issuer: i${i}, jwksUri: "${uri}" }`).join("\n")}
`,
  );
});
afterAll(() => folder.remove());

const clusters = [
  { name: "tollgate_jwks_id.test_443", url: "https://id.test:443" },
  { name: "tollgate_jwks_http___1_8080", url: "http://[::1]:8080" },
];

test("the manifest and `inspect` name them", async () => {
  expect(await tollgate(["build", at("tokens.yaml"), "-o", at("out")])).toMatchObject({ code: 0 });
  const manifest = JSON.parse(await readFile(at("out/tokens.manifest.json"), "utf8")) as object;
  expect(manifest).toMatchObject({ clusters });
  const { stdout } = await tollgate(["inspect", at("out/tokens.wasm")]);
  for (const { name, url } of clusters) expect(stdout).toContain(`  ${name} ${url}\n`);
});

test("Envoy's configuration has them", async () => {
  const command = [
    "envoy",
    "config",
    at("tokens.yaml"),
    "--upstream",
    "http://127.0.0.1:1",
    "-o",
    at("envoy"),
  ];
  expect(await tollgate(command)).toMatchObject({ code: 0 });
  const { resources: written } = JSON.parse(await readFile(at("envoy/clusters.json"), "utf8")) as {
    resources: { name: string }[];
  };
  expect(written.map(({ name }) => name)).toEqual(["ingress.upstream", ...clusters.map(({ name }) => name)]);
  const endpoint = (address: string, port: number): object => ({
    endpoints: [
      { lb_endpoints: [{ endpoint: { address: { socket_address: { address, port_value: port } } } }] },
    ],
  });
  expect(written[1]).toMatchObject({
    type: "STRICT_DNS",
    load_assignment: endpoint("id.test", 443),
    transport_socket: { name: "envoy.transport_sockets.tls", typed_config: { sni: "id.test" } },
  });
  expect(written[2]).toMatchObject({ type: "STATIC", load_assignment: endpoint("::1", 8080) });
  expect(written[2]).not.toHaveProperty("transport_socket");
});
