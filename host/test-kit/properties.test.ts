import { beforeAll, describe, expect, test } from "@jest/globals";
import { FilterModule } from "../module.ts";
import { compileBytes } from "../testing/compile.ts";
import { loadFilter, type RequestProperties } from "./jest.ts";

let module: FilterModule;

beforeAll(() => {
  module = FilterModule.compile(compileBytes("properties"));
});

/** The bytes of a property; undefined where it is not there. */
async function read(property: string, properties: RequestProperties = {}): Promise<Buffer | undefined> {
  const filter = await loadFilter(module);
  const { response } = await filter.request({ headers: { "x-property": property }, properties });
  const [status, hex = ""] = response.body.split(" ");
  return status === "0" ? Buffer.from(hex, "hex") : undefined;
}

const text = async (property: string, properties?: RequestProperties): Promise<string | undefined> =>
  (await read(property, properties))?.toString();

describe("a connection", () => {
  test("is plain unless said otherwise", async () => {
    expect(await text("source|address")).toBe("127.0.0.1:50000");
    expect((await read("source|port"))?.readBigInt64LE()).toBe(50_000n);
    expect(await text("destination|address")).toBe("127.0.0.1:10000");
    expect(await read("connection|mtls")).toEqual(Buffer.of(0));
    expect(await text("connection|requested_server_name")).toBe("");
    expect(await read("connection|tls_version")).toBeUndefined();
    expect((await read("connection|id"))?.readBigUInt64LE()).toBe(1n);
  });

  test("may come from anywhere", async () => {
    const properties = { source: "[2001:db8::1]:7", destination: "pipe" };
    expect(await text("source|address", properties)).toBe("[2001:db8::1]:7");
    expect((await read("source|port", properties))?.readBigInt64LE()).toBe(7n);
    expect(await read("destination|port", properties)).toBeUndefined();
  });

  test("may be TLS with names and certificates", async () => {
    const properties: RequestProperties = {
      tls: {
        serverName: "shop.test",
        peer: { subject: "CN=käse", uriSan: "spiffe://shop/kim", dnsSan: "kim.test", sha256: "ab12" },
        local: { subject: "CN=shop", uriSan: "spiffe://shop", dnsSan: "shop.test" },
      },
    };
    const values = {
      tls_version: "TLSv1.3",
      requested_server_name: "shop.test",
      subject_peer_certificate: "CN=käse",
      uri_san_peer_certificate: "spiffe://shop/kim",
      dns_san_peer_certificate: "kim.test",
      sha256_peer_certificate_digest: "ab12",
      subject_local_certificate: "CN=shop",
      uri_san_local_certificate: "spiffe://shop",
      dns_san_local_certificate: "shop.test",
    };
    for (const [name, value] of Object.entries(values))
      expect([name, await text(`connection|${name}`, properties)]).toEqual([name, value]);
    expect(await read("connection|mtls", properties)).toEqual(Buffer.of(1));
    expect(await read("connection|mtls", { tls: { version: "TLSv1.2" } })).toEqual(Buffer.of(0));
    expect(await text("connection|tls_version", { tls: { version: "TLSv1.2" } })).toBe("TLSv1.2");
  });
});

test("metadata is a tree: texts, doubles, and pairs", async () => {
  const properties: RequestProperties = {
    metadata: { "envoy.lb": { tier: "gold", level: 3, open: true, tags: ["a", "b"], deep: { er: "yes" } } },
  };
  const path = (name: string): string => `metadata|filter_metadata|envoy.lb|${name}`;
  expect(await text(path("tier"), properties)).toBe("gold");
  expect((await read(path("level"), properties))?.readDoubleLE()).toBe(3);
  expect(await read(path("open"), properties)).toEqual(Buffer.of(1));
  expect(await text(path("deep|er"), properties)).toBe("yes");
  const pair = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, ...Buffer.from("er\0yes\0")];
  expect(await read(path("deep"), properties)).toEqual(Buffer.from(pair));
  const list = [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from("a\0\0b\0\0")];
  expect(await read(path("tags"), properties)).toEqual(Buffer.from(list));
  expect(await read(path("none"), properties)).toBeUndefined();
});

test("CEL sees the same", async () => {
  const filter = await loadFilter(compileBytes("cel"));
  const { response } = await filter.request({
    headers: {
      "x-expr":
        "metadata.filter_metadata['envoy.lb'].deep.level == 2.5 && connection.mtls && connection.uri_san_peer_certificate == 'kim' && source.port == 50000",
    },
    properties: { metadata: { "envoy.lb": { deep: { level: 2.5 } } }, tls: { peer: { uriSan: "kim" } } },
  });
  expect(response.body).toBe("0 0 01");
});

test("filter state and any other property may be given", async () => {
  const properties: RequestProperties = {
    filterState: { "shop.peer": "kim", "shop.raw": Buffer.of(255) },
    attributes: { "xds.route_name": "röute", "upstream.port": 80, "request.time": 1n, plugged: true },
  };
  expect(await text("filter_state|shop.peer", properties)).toBe("kim");
  expect(await read("filter_state|shop.raw", properties)).toEqual(Buffer.of(255));
  expect(await text("xds|route_name", properties)).toBe("röute");
  expect((await read("upstream|port", properties))?.readBigInt64LE()).toBe(80n);
  expect((await read("request|time", properties))?.readBigInt64LE()).toBe(1n);
  expect(await read("plugged", properties)).toEqual(Buffer.of(1));
});

test("the plugin's own are options", async () => {
  const filter = await loadFilter(module, { pluginName: "p", rootId: "r", vmId: "v" });
  const answers = await Promise.all(
    ["plugin_name", "plugin_root_id", "plugin_vm_id"].map(async (name) => {
      const { response } = await filter.request({ headers: { "x-property": name } });
      return response.body;
    }),
  );
  expect(answers).toEqual(["0 70", "0 72", "0 76"]);
});
