import { expect, test } from "@jest/globals";
import { bootstrap, renderBootstrap } from "./bootstrap.ts";
import type { ListenerConfig } from "./listener.ts";

const base: ListenerConfig = {
  name: "main",
  port: 8080,
  upstream: new URL("http://127.0.0.1:9000"),
  filters: [{ wasmPath: "/filters/shop.wasm", name: "shop", vmId: "orders", configuration: '{"a":1}' }],
};

interface Shape {
  admin: object;
  static_resources: {
    listeners: {
      address: object;
      filter_chains: { filters: { typed_config: Record<string, unknown> }[] }[];
    }[];
    clusters: Record<string, unknown>[];
  };
}
const build = (...listeners: ListenerConfig[]) => bootstrap({ listeners }) as Shape;
const manager = (config: ListenerConfig) =>
  build(config).static_resources.listeners[0]?.filter_chains[0]?.filters[0]?.typed_config ?? {};
const cluster = (config: ListenerConfig) => build(config).static_resources.clusters[0];

test("the filters stand between set_filter_state and the router", () => {
  expect(manager(base)["http_filters"]).toEqual([
    {
      name: "envoy.filters.http.set_filter_state",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config",
        on_request_headers: [
          {
            object_key: "tollgate.direct_remote_address",
            factory_key: "envoy.string",
            format_string: {
              text_format_source: { inline_string: "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%" },
            },
          },
        ],
      },
    },
    {
      name: "shop",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
        config: {
          name: "shop",
          root_id: "",
          failure_policy: "FAIL_RELOAD",
          vm_config: {
            vm_id: "orders",
            runtime: "envoy.wasm.runtime.v8",
            code: { local: { filename: "/filters/shop.wasm" } },
          },
          configuration: { "@type": "type.googleapis.com/google.protobuf.StringValue", value: '{"a":1}' },
        },
      },
    },
    expect.objectContaining({ name: "envoy.filters.http.router" }),
  ]);
});

test("everything is on loopback unless asked otherwise", () => {
  const { admin, static_resources: resources } = build(base);
  expect(admin).toEqual({ address: { socket_address: { address: "127.0.0.1", port_value: 0 } } });
  expect(resources.listeners[0]?.address).toEqual({
    socket_address: { address: "127.0.0.1", port_value: 8080 },
  });
});

test("paths are normalised as Istio's BASE does by default", () => {
  const expected = {
    normalize_path: true,
    merge_slashes: false,
    path_with_escaped_slashes_action: "KEEP_UNCHANGED",
  };
  expect(manager(base)).toMatchObject({ ...expected, use_remote_address: false });
  expect(manager({ ...base, pathNormalization: "NONE" })).toMatchObject({
    ...expected,
    normalize_path: false,
  });
  expect(manager({ ...base, pathNormalization: "DECODE_AND_MERGE_SLASHES" })).toMatchObject({
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD",
  });
});

test("access log and details are off unless asked for", () => {
  expect(manager(base)).not.toHaveProperty("access_log");
  expect(manager(base)).not.toHaveProperty("local_reply_config");
  expect(manager({ ...base, accessLog: { file: "/var/log/a" }, revealDetails: true })).toMatchObject({
    access_log: [{ name: "envoy.access_loggers.file", typed_config: { path: "/var/log/a" } }],
    local_reply_config: { mappers: [{ headers_to_add: [{ header: { key: "x-tollgate-details" } }] }] },
  });
});

test("an upstream is an address or a name, its port the scheme's by default", () => {
  const at = (url: string) => JSON.stringify(cluster({ ...base, upstream: new URL(url) }));
  expect(at("http://10.0.0.1")).toMatch(/"STATIC".*"address":"10.0.0.1","port_value":80/);
  expect(at("http://[::1]:81")).toMatch(/"STATIC".*"address":"::1","port_value":81/);
  expect(at("http://localhost:82")).toMatch(/"STRICT_DNS".*"address":"localhost","port_value":82/);
  expect(cluster({ ...base, upstream: new URL("https://a.test"), upstreamCa: "/ca.pem" })).toMatchObject({
    transport_socket: {
      typed_config: {
        sni: "a.test",
        common_tls_context: {
          validation_context: {
            trusted_ca: { filename: "/ca.pem" },
            match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: "a.test" } }],
          },
        },
      },
    },
  });
});

test.each([
  ["an upstream with a path", { upstream: new URL("http://a.test/api") }],
  ["an upstream with credentials", { upstream: new URL("http://u:p@a.test") }],
  ["an upstream of another scheme", { upstream: new URL("ftp://a.test") }],
  ["a relative path to a filter", { filters: [{ wasmPath: "a.wasm", name: "a", vmId: "a" }] }],
  ["a relative access log", { accessLog: { file: "a.log" } }],
  ["an empty name", { name: "" }],
])("%s is refused", (_, change) => {
  expect(() => bootstrap({ listeners: [{ ...base, ...change }] })).toThrow(TypeError);
});

test("two listeners of one name, or none at all, are refused", () => {
  expect(() => bootstrap({ listeners: [base, base] })).toThrow("two listeners are called `main`");
  expect(() => bootstrap({ listeners: [] })).toThrow("at least one listener");
});

test("a filter's cluster does not take the place of the listener's own upstream", () => {
  const clusters = new Map([["main.upstream", { upstream: new URL("http://127.0.0.1:9001") }]]);
  const routing = { clusters, settings: [], always: false };
  expect(() => bootstrap({ listeners: [{ ...base, routing }] })).toThrow("the listener's own upstream");
});

test("the rendered text is JSON, the same each time", () => {
  const text = renderBootstrap(build(base));
  expect(renderBootstrap(build({ ...base }))).toBe(text);
  expect(JSON.parse(text)).toEqual(build(base));
  expect(text.endsWith("}\n")).toBe(true);
});
