// The listener a variant is measured in: the one that envoy/ generates, except that Envoy answers by itself, so that no
// upstream's noise is measured with the filters.
import { bootstrap, clusterName, type FilterConfig } from "../../envoy/index.ts";
import { typed } from "../../envoy/typed.ts";
import type { Suite, Variant } from "./suite.ts";

export const listenerName = "bench";

// The part of the generated bootstrap that is changed here.
interface Generated {
  static_resources: { listeners: { filter_chains: { filters: { typed_config: ConnectionManager }[] }[] }[] };
}
interface ConnectionManager {
  http_filters: object[];
  route_config: { virtual_hosts: { routes: object[] }[] };
}

/** Answers every request with 200. */
const answering = {
  name: "envoy.filters.http.fault",
  typed_config: typed("filters.http.fault.v3.HTTPFault", {
    abort: { http_status: 200, percentage: { numerator: 100 } },
  }),
};

/** The bootstrap of one variant. With `echoes` the response says what the filters did. */
export function variantBootstrap(variant: Variant, echoes: Suite["echoes"]): object {
  const wasm = (variant.wasmPaths ?? []).map((wasmPath, i): FilterConfig => {
    return { wasmPath, name: `bench.${i}`, vmId: `bench.${i}`, rootId: variant.rootId ?? "" };
  });
  // Nothing is ever sent to this upstream.
  const upstream = new URL("http://127.0.0.1:9");
  const result = bootstrap({
    listeners: [{ name: listenerName, port: 0, upstream, filters: wasm }],
    ...(variant.callouts && { callouts: variant.callouts }),
  });
  const manager = connectionManagerOf(result);
  const [host] = manager.route_config.virtual_hosts;
  const [peerAddress, ...others] = manager.http_filters;
  const router = others.pop();
  if (!host || !peerAddress || !router || others.length !== wasm.length)
    throw new Error("not the listener expected");

  const byFilter = variant.answeredBy === "filter";
  const filters = variant.filters({ peerAddress, wasm: others });
  manager.http_filters = [...filters, ...(byFilter ? [answering] : []), router];
  const response_headers_to_add = Object.entries(echoes).map(([key, value]) => ({ header: { key, value } }));
  host.routes = (variant.routes ?? [{ match: { prefix: "/" } }]).map((route) => ({
    ...route,
    ...(byFilter
      ? { route: { cluster: clusterName(listenerName) } }
      : { direct_response: { status: 200, body: { inline_string: "ok\n" } } }),
    response_headers_to_add,
  }));
  Object.assign(host, variant.virtualHost);
  Object.assign(manager, variant.connectionManager);
  return result;
}

function connectionManagerOf(bootstrap: object): ConnectionManager {
  const manager = (bootstrap as Generated).static_resources.listeners[0]?.filter_chains[0]?.filters[0];
  if (!manager) throw new Error("not the listener expected");
  return manager.typed_config;
}
