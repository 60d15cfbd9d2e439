// The listener a variant is measured in: the one that envoy/ generates, except that Envoy answers by itself, so that no
// upstream's noise is measured with the filters.
import { bootstrap, type FilterConfig } from "../../envoy/index.ts";
import { DIRECT_REMOTE_ADDRESS } from "../../envoy/index.ts";

/** The filters `envoy/` generates, for variants to be put together from. */
export interface FilterParts {
  /** Puts the direct peer's address into filter state. */
  readonly peerAddress: object;
  /** The variant's own modules, in its order. */
  readonly wasm: readonly object[];
}

export interface VariantListener {
  /** The modules' files. */
  readonly wasmPaths: readonly string[];
  /** The HTTP filters ahead of the router. */
  readonly filters: (parts: FilterParts) => readonly object[];
  /** Fields added to the virtual host. */
  readonly virtualHost?: object;
  /** Fields added to the connection manager. */
  readonly connectionManager?: object;
}

export const listenerName = "bench";

/** What filters did to a request, told in response headers: `name` → Envoy's format string. For checks only. */
export const echoes = {
  "x-echo-version": "%REQ(x-shop-version)%",
  "x-echo-peer": `%FILTER_STATE(${DIRECT_REMOTE_ADDRESS}:PLAIN)%`,
} as const;

// The part of the generated bootstrap that is changed here.
interface Generated {
  static_resources: { listeners: { filter_chains: { filters: { typed_config: ConnectionManager }[] }[] }[] };
}
interface ConnectionManager {
  http_filters: object[];
  route_config: { virtual_hosts: { routes: object[] }[] };
}

/** The bootstrap of one variant. `echo`: the response says what the filters did. */
export function variantBootstrap(variant: VariantListener, echo: boolean): object {
  const wasm = variant.wasmPaths.map((wasmPath, i): FilterConfig => {
    return { wasmPath, name: `bench.${i}`, vmId: `bench.${i}` };
  });
  // Nothing is ever sent to this upstream.
  const upstream = new URL("http://127.0.0.1:9");
  const result = bootstrap({ listeners: [{ name: listenerName, port: 0, upstream, filters: wasm }] });
  const manager = connectionManagerOf(result);
  const [host] = manager.route_config.virtual_hosts;
  const [peerAddress, ...others] = manager.http_filters;
  const router = others.pop();
  if (!host || !peerAddress || !router || others.length !== wasm.length)
    throw new Error("not the listener expected");

  manager.http_filters = [...variant.filters({ peerAddress, wasm: others }), router];
  host.routes = [
    {
      match: { prefix: "/" },
      direct_response: { status: 200, body: { inline_string: "ok\n" } },
      ...(echo && {
        response_headers_to_add: Object.entries(echoes).map(([key, value]) => ({ header: { key, value } })),
      }),
    },
  ];
  Object.assign(host, variant.virtualHost);
  Object.assign(manager, variant.connectionManager);
  return result;
}

function connectionManagerOf(bootstrap: object): ConnectionManager {
  const manager = (bootstrap as Generated).static_resources.listeners[0]?.filter_chains[0]?.filters[0];
  if (!manager) throw new Error("not the listener expected");
  return manager.typed_config;
}
