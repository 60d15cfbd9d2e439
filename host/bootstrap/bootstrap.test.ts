import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { send, startUpstream } from "../testing/servers.ts";
import { buildModule, required } from "../testing/wasm-builder.ts";
import { BootstrapRefused, startBootstrap } from "./index.ts";

type Fields = Record<string, unknown>;

const TYPES = "type.googleapis.com/envoy.extensions.";
const HCM = "filters.network.http_connection_manager.v3.HttpConnectionManager";

const any = (type: string, fields: Fields = {}): Fields => ({ "@type": TYPES + type, ...fields });
const address = (port = 0): Fields => ({ socket_address: { address: "127.0.0.1", port_value: port } });
const text = (value: string): Fields => ({
  "@type": "type.googleapis.com/google.protobuf.StringValue",
  value,
});

/** A module that can do nothing but be loaded. */
const inert = buildModule({ exports: required });
/** Its `on_configure` answers false. */
const refusing = buildModule({
  exports: [...required, { name: "proxy_on_configure", type: "ii:i", body: [0x41, 0] }],
});

function plugin(wasm = inert, fields: Fields = {}): Fields {
  const code = { local: { inline_bytes: Buffer.from(wasm).toString("base64") } };
  return { name: "plugin", vm_config: { runtime: "envoy.wasm.runtime.v8", code }, ...fields };
}

const httpFilter = (config = plugin()): Fields => ({
  name: "x",
  typed_config: any("filters.http.wasm.v3.Wasm", { config }),
});
const router = { name: "router", typed_config: any("filters.http.router.v3.Router") };

function manager(fields: Fields = {}): Fields {
  const routes = [
    { match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: "here" } } },
  ];
  return any(HCM, {
    stat_prefix: "x",
    http_filters: [router],
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
    ...fields,
  });
}

const routed = (route: Fields): Fields =>
  manager({ route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [route] }] } });

function listener(typed: Fields = manager(), fields: Fields = {}): Fields {
  return {
    name: "main",
    address: address(),
    filter_chains: [{ filters: [{ name: "hcm", typed_config: typed }] }],
    ...fields,
  };
}

function cluster(port: number, fields: Fields = {}): Fields {
  return {
    name: "one",
    type: "STATIC",
    load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }] },
    ...fields,
  };
}

const bootstrap = (resources: Fields, fields: Fields = {}): Fields => ({
  static_resources: resources,
  ...fields,
});

const CHAIN = "static_resources.listeners[0].filter_chains[0]";
const IN_MANAGER = `${CHAIN}.filters[0].typed_config`;
const IN_ROUTE = `${IN_MANAGER}.route_config.virtual_hosts[0].routes[0]`;
const IN_PLUGIN = `${IN_MANAGER}.http_filters[0].typed_config.config`;
const http2 = {
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": any("upstreams.http.v3.HttpProtocolOptions", {
    explicit_http_config: { http2_protocol_options: {} },
  }),
};

const withManager = (fields: Fields): Fields => bootstrap({ listeners: [listener(manager(fields))] });
const withPlugin = (config: Fields): Fields => withManager({ http_filters: [httpFilter(config), router] });
const withRoute = (route: Fields, clusters = [cluster(1)]): Fields =>
  bootstrap({ listeners: [listener(routed(route))], clusters });

/** What is refused, with the message: the field's path and why. */
const refused: [name: string, bootstrap: unknown, message: string][] = [
  ["no object", null, "the bootstrap: a message is expected here"],
  ["nothing static", {}, "static_resources: is missing"],
  ["xDS", { dynamic_resources: {} }, "static_resources: is missing"],
  [
    "xDS beside",
    bootstrap({}, { dynamic_resources: {} }),
    "dynamic_resources: is not supported by this host",
  ],
  [
    "two listeners of a name",
    bootstrap({ listeners: [listener(), listener()] }),
    "static_resources.listeners: two of them are called `main`",
  ],
  [
    "a listener's option",
    bootstrap({ listeners: [listener(undefined, { use_original_dst: true })] }),
    "static_resources.listeners[0].use_original_dst: is not supported by this host",
  ],
  [
    "two filter chains",
    bootstrap({ listeners: [listener(undefined, { filter_chains: [{}, {}] })] }),
    "static_resources.listeners[0].filter_chains: this host wants exactly one here, not 2",
  ],
  [
    "another HTTP filter",
    withManager({ http_filters: [{ name: "x", typed_config: any("filters.http.cors.v3.Cors") }, router] }),
    `${IN_MANAGER}.http_filters[0].typed_config: \`envoy.extensions.filters.http.cors.v3.Cors\` is not supported by this host, only \`envoy.extensions.filters.http.wasm.v3.Wasm\``,
  ],
  [
    "no router",
    withManager({ http_filters: [httpFilter()] }),
    `${IN_MANAGER}.http_filters: the last filter must be the router`,
  ],
  [
    "use_remote_address",
    withManager({ use_remote_address: true }),
    `${IN_MANAGER}.use_remote_address: this host takes the client's address from \`x-forwarded-for\` only`,
  ],
  [
    "a redirect to the path with slashes",
    withManager({ path_with_escaped_slashes_action: "UNESCAPE_AND_REDIRECT" }),
    `${IN_MANAGER}.path_with_escaped_slashes_action: \`UNESCAPE_AND_REDIRECT\` is not supported by this host, only IMPLEMENTATION_SPECIFIC_DEFAULT, KEEP_UNCHANGED, REJECT_REQUEST, UNESCAPE_AND_FORWARD`,
  ],
  [
    "HTTP/2 from clients",
    withManager({ codec_type: "HTTP2" }),
    `${IN_MANAGER}.codec_type: \`HTTP2\` is not supported by this host, only AUTO, HTTP1`,
  ],
  ["RDS", withManager({ route_config: undefined, rds: {} }), `${IN_MANAGER}.route_config: is missing`],
  [
    "a Wasm access log",
    withManager({ access_log: [{ typed_config: any("access_loggers.wasm.v3.WasmAccessLog") }] }),
    `${IN_MANAGER}.access_log[0].typed_config: \`envoy.extensions.access_loggers.wasm.v3.WasmAccessLog\` is not supported by this host`,
  ],
  [
    "a filter after the router",
    withManager({ http_filters: [router, router] }),
    `${IN_MANAGER}.http_filters[0]: the router must be the last filter`,
  ],
  [
    "an unknown cluster",
    withRoute({ match: { prefix: "/" }, route: { cluster: "two" } }),
    `${IN_ROUTE}.route.cluster: there is no cluster \`two\``,
  ],
  [
    "a rewrite",
    withRoute({ match: { prefix: "/" }, route: { cluster: "one", prefix_rewrite: "/x" } }),
    `${IN_ROUTE}.route.prefix_rewrite: is not supported by this host`,
  ],
  [
    "a route without a path",
    withRoute({ match: {}, route: { cluster: "one" } }),
    `${IN_ROUTE}.match.prefix: is missing: a route matches by \`prefix\`, \`path\`, \`path_separated_prefix\` or \`safe_regex\``,
  ],
  [
    "a match by query",
    withRoute({ match: { prefix: "/", query_parameters: [{}] }, route: { cluster: "one" } }),
    `${IN_ROUTE}.match.query_parameters: is not supported by this host`,
  ],
  ["a redirect", withRoute({ match: { prefix: "/" }, redirect: {} }), `${IN_ROUTE}.route: is missing`],
  [
    "a duration that is none",
    withRoute({ match: { prefix: "/" }, route: { cluster: "one", timeout: "5" } }),
    `${IN_ROUTE}.route.timeout: a duration such as \`1.5s\` is expected here`,
  ],
  [
    "a route to HTTP/2",
    withRoute({ match: { prefix: "/" }, route: { cluster: "one" } }, [
      cluster(1, { typed_extension_protocol_options: http2 }),
    ]),
    `${IN_MANAGER}.route_config: this host routes over HTTP/1.1 only, and \`one\` speaks HTTP/2`,
  ],
  [
    "an upstream over TLS",
    bootstrap({ clusters: [cluster(1, { transport_socket: {} })] }),
    "static_resources.clusters[0].transport_socket: is not supported by this host",
  ],
  [
    "no endpoint",
    bootstrap({ clusters: [cluster(1, { load_assignment: {} })] }),
    "static_resources.clusters[0].load_assignment.endpoints: this host wants exactly one here, not 0",
  ],
  [
    "a port that is none",
    bootstrap({ clusters: [cluster(70_000)] }),
    "static_resources.clusters[0].load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.port_value: a port is a number up to 65535",
  ],
  [
    "another runtime",
    withPlugin({ name: "x", vm_config: { runtime: "envoy.wasm.runtime.null", code: {} } }),
    `${IN_PLUGIN}.vm_config.runtime: \`envoy.wasm.runtime.null\` is not supported by this host, only envoy.wasm.runtime.v8`,
  ],
  [
    "code from afar",
    withPlugin({ name: "x", vm_config: { code: { remote: {} } } }),
    `${IN_PLUGIN}.vm_config.code.local: is missing`,
  ],
  [
    "a module that is none",
    withPlugin(plugin(Buffer.from("text"))),
    `${IN_PLUGIN}.vm_config.code: not a valid WebAssembly module`,
  ],
  [
    "restricted capabilities",
    withPlugin(plugin(inert, { capability_restriction_config: {} })),
    `${IN_PLUGIN}.capability_restriction_config: is not supported by this host`,
  ],
  [
    "a configuration of another type",
    withPlugin(plugin(inert, { configuration: any("x.v3.Y") })),
    `${IN_PLUGIN}.configuration: \`envoy.extensions.x.v3.Y\` is not supported by this host`,
  ],
  [
    "two failure policies",
    withPlugin(plugin(inert, { failure_policy: "FAIL_RELOAD", fail_open: true })),
    `${IN_PLUGIN}.fail_open: goes without \`failure_policy\` only, as in Envoy`,
  ],
  [
    "a plugin that refuses its configuration",
    withPlugin(plugin(refusing)),
    `${IN_PLUGIN}: \`proxy_on_configure\` answered false: the filter refuses its configuration`,
  ],
  [
    "network filters in front of HTTP",
    bootstrap({
      listeners: [
        listener(undefined, {
          filter_chains: [
            {
              filters: [
                { typed_config: any("filters.network.wasm.v3.Wasm", { config: plugin() }) },
                { typed_config: manager() },
              ],
            },
          ],
        }),
      ],
    }),
    `${CHAIN}.filters: this host runs no network filters in front of an HTTP connection manager`,
  ],
  [
    "a TCP proxy that waits for data without room for it",
    bootstrap({
      listeners: [
        listener(
          any("filters.network.tcp_proxy.v3.TcpProxy", {
            cluster: "one",
            upstream_connect_mode: "ON_DOWNSTREAM_DATA",
          }),
        ),
      ],
      clusters: [cluster(1)],
    }),
    `${CHAIN}.filters[0].typed_config.max_early_data_bytes: is missing, which Envoy needs with this`,
  ],
  [
    "a TCP proxy that waits for TLS",
    bootstrap({
      listeners: [
        listener(
          any("filters.network.tcp_proxy.v3.TcpProxy", {
            cluster: "one",
            upstream_connect_mode: "ON_DOWNSTREAM_TLS_HANDSHAKE",
          }),
        ),
      ],
      clusters: [cluster(1)],
    }),
    `${CHAIN}.filters[0].typed_config.upstream_connect_mode: \`ON_DOWNSTREAM_TLS_HANDSHAKE\` is not supported by this host`,
  ],
  [
    "another extension",
    bootstrap({}, { bootstrap_extensions: [{ typed_config: any("bootstrap.internal_listener.v3.X") }] }),
    "bootstrap_extensions[0].typed_config: `envoy.extensions.bootstrap.internal_listener.v3.X` is not supported by this host, only `envoy.extensions.wasm.v3.WasmService`",
  ],
];

test.each(refused)("refused: %s", async (_, given, message) => {
  const started = startBootstrap(given);
  await expect(started).rejects.toBeInstanceOf(BootstrapRefused);
  await expect(started).rejects.toThrow(message);
});

test("an error says where", async () => {
  const error: unknown = await startBootstrap(bootstrap({}, { hds_config: {} })).catch(
    (error: unknown) => error,
  );
  expect(error).toMatchObject({ name: "BootstrapRefused", path: "hds_config" });
});

test("a file of code that is not there", async () => {
  const code = { local: { filename: "nowhere.wasm" } };
  await expect(startBootstrap(withPlugin({ name: "x", vm_config: { code } }))).rejects.toThrow(
    `${IN_PLUGIN}.vm_config.code.local.filename: \`nowhere.wasm\` cannot be read: ENOENT`,
  );
});

test("listeners answer and route, each on its own port", async () => {
  const upstream = await startUpstream((_request, response) => response.end("from upstream"));
  const running = await startBootstrap(
    bootstrap({
      listeners: [
        listener(),
        listener(routed({ match: { prefix: "/" }, route: { cluster: "one" } }), { name: "second" }),
      ],
      clusters: [cluster(Number(upstream.url.port))],
    }),
  );
  expect([...running.ports.keys()]).toEqual(["main", "second"]);
  expect(await send(running.ports.get("main") ?? 0, "/")).toMatchObject({ status: 200, body: "here" });
  expect(await send(running.ports.get("second") ?? 0, "/")).toMatchObject({
    status: 200,
    body: "from upstream",
  });
  await running.close();
  await expect(send(running.ports.get("main") ?? 0, "/")).rejects.toThrow("ECONNREFUSED");
  await upstream.close();
});

test("paths are normalised as far as each listener says", async () => {
  const upstream = await startUpstream((request, response) => response.end(request.url));
  const route = { match: { prefix: "/" }, route: { cluster: "one" } };
  const paths: [name: string, fields: Fields, shown: string | 400][] = [
    ["none", {}, "/a/..//b%2fc"],
    ["base", { normalize_path: true }, "//b%2fc"],
    ["merging", { normalize_path: true, merge_slashes: true }, "/b%2fc"],
    ["merging-only", { merge_slashes: true }, "/a/../b%2fc"],
    ["decoding", { path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD" }, "/a/..//b/c"],
    ["refusing", { path_with_escaped_slashes_action: "REJECT_REQUEST" }, 400],
  ];
  const running = await startBootstrap(
    bootstrap({
      listeners: paths.map(([name, fields]) => listener({ ...routed(route), ...fields }, { name })),
      clusters: [cluster(Number(upstream.url.port))],
    }),
  );
  for (const [name, , shown] of paths) {
    const { status, body } = await send(running.ports.get(name) ?? 0, "/a/..//b%2fc");
    expect({ name, shown: status === 200 ? body : status }).toEqual({ name, shown });
  }
  await running.close();
  await upstream.close();
});

test("a taken port ends what was started before", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const free = createTcpServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port: first } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const given = bootstrap({
    listeners: [
      listener(undefined, { address: address(first) }),
      listener(undefined, { name: "second", address: address(port) }),
    ],
  });
  await expect(startBootstrap(given)).rejects.toMatchObject({ code: "EADDRINUSE" });
  await expect(send(first, "/")).rejects.toThrow("ECONNREFUSED");
  taken.close();
});

test("a plugin that does not start and may fail open lets everything through", async () => {
  const running = await startBootstrap(withPlugin(plugin(refusing, { failure_policy: "FAIL_OPEN" })));
  expect(await send(running.ports.get("main") ?? 0, "/")).toMatchObject({ status: 200, body: "here" });
  await running.close();
});

test("the same plugin in two listeners runs once a worker; another configuration is another plugin", async () => {
  // on_configure logs one byte.
  const logs = buildModule({
    imports: [{ name: "proxy_log", type: "iii:i" }],
    exports: [
      ...required,
      // proxy_log(2, 0, 1)
      { name: "proxy_on_configure", type: "ii:i", body: [0x41, 2, 0x41, 0, 0x41, 1, 0x10, 0, 0x1a, 0x41, 1] },
    ],
    data: ["!"],
  });
  const listeners = ["a", "b", "c"].map((name, i) => {
    const config = plugin(logs, { configuration: text(i === 2 ? "other" : "same") });
    return listener(manager({ http_filters: [httpFilter(config), router] }), { name });
  });
  const lines: string[] = [];
  const log = (_level: number, line: string): number => lines.push(line);
  const running = await startBootstrap(bootstrap({ listeners }), { concurrency: 3, log });
  // Two plugins, each on a canary, the main thread and three workers.
  expect(lines).toEqual(Array.from({ length: 10 }, () => "!"));
  await running.close();
});
