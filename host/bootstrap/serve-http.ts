/** An HTTP listener of a bootstrap: workers take its connections in turn, routes are those of its table. */
import type { Socket } from "node:net";
import type { HeaderMap } from "../header-map.ts";
import { propertyPath, type PropertyValue } from "../properties.ts";
import { connectionProperties } from "../proxy/addresses.ts";
import type { Destination } from "../proxy/destination.ts";
import { FilterChain } from "../proxy/filter-chain.ts";
import type { Lease } from "../proxy/filter-slot.ts";
import { listenHttp, type HttpListener } from "../proxy/http-server.ts";
import type { RequestRecord } from "../proxy/request-record.ts";
import { routeAnswer } from "../proxy/routing.ts";
import type { Upstream } from "../proxy/upstream.ts";
import { Upstreams } from "../proxy/upstreams.ts";
import type { HttpConfig } from "./http-listener.ts";
import type { ListenerConfig } from "./listener.ts";
import type { ClusterConfig } from "./clusters.ts";
import { tlsProperties } from "./tls-properties.ts";
import type { Turns } from "./turns.ts";

/** What listeners share. */
export interface HttpSurroundings {
  readonly turns: Turns;
  readonly clusters: ReadonlyMap<string, ClusterConfig>;
  /** Told of each request when it is over. */
  readonly onRequest: ((record: RequestRecord) => void) | undefined;
}

export async function serveHttp(
  config: ListenerConfig,
  http: HttpConfig,
  { turns, clusters, onRequest }: HttpSurroundings,
): Promise<HttpListener> {
  const upstreams = new Upstreams();
  const reach = (cluster: ClusterConfig): Upstream => upstreams.of(originOf(cluster));
  const route = (headers: HeaderMap): Destination => {
    const found = http.routes.find(headers);
    if (found === undefined) return { answer: routeAnswer(404, "route_not_found") };
    const { action, removed } = found;
    if (action.kind === "direct-response")
      return { answer: routeAnswer(action.status, "direct_response", action.body) };
    const cluster =
      action.kind === "cluster" ? action.cluster : clusters.get(headers.get(action.header) ?? "");
    if (cluster === undefined || cluster.http2) return { answer: routeAnswer(503, "cluster_not_found") };
    return {
      upstream: reach(cluster),
      timeoutMs: action.timeoutMs,
      removed,
      mirrors: action.mirrors.map(({ cluster, share }) => ({ upstream: reach(cluster), share })),
      ...(action.backoff && { backoff: action.backoff }),
    };
  };
  const open = (socket: Socket, headers: HeaderMap): Lease | "refuse" | "pass" => {
    const properties = new Map<string, PropertyValue>([
      ...connectionProperties(socket, headers.get("x-forwarded-for")),
      ...tlsProperties(socket, config.inspectsTls),
      ...routeProperties(config, http, headers),
    ]);
    const worker = turns.of(socket);
    const leases: Lease[] = [];
    for (const plugin of http.plugins) {
      const lease = worker.slot(plugin)?.open(properties) ?? "pass";
      if (lease === "refuse") {
        for (const opened of leases) opened.release("wasm_fail_stream");
        return "refuse";
      }
      if (lease !== "pass") leases.push(lease);
    }
    return leases.length === 0 ? "pass" : together(leases);
  };
  const listener = await listenHttp({
    port: config.port,
    address: config.host,
    tls: config.tls,
    exchange: {
      open,
      route,
      paths: () => http.paths,
      refuseUnderscores: false,
      revealDetails: false,
      trailers: http.trailers,
      onRequest,
    },
  });
  return {
    ...listener,
    async close() {
      await listener.close();
      upstreams.close();
    },
  };
}

function together(leases: readonly Lease[]): Lease {
  const [only, ...others] = leases;
  if (only !== undefined && others.length === 0) return only;
  return {
    stream: new FilterChain(leases.map(({ stream }) => stream)),
    release: (details) => {
      for (const lease of leases) lease.release(details);
    },
  };
}

/** The route as it is before the filters: what they change, they do not see here. */
function routeProperties(
  config: ListenerConfig,
  http: HttpConfig,
  headers: HeaderMap,
): [string, PropertyValue][] {
  const properties: [string, PropertyValue][] = [
    [propertyPath("xds", "filter_chain_name"), config.filterChainName],
  ];
  const route = http.routes.find(headers);
  if (route === undefined) return properties;
  properties.push([propertyPath("xds", "route_name"), route.name]);
  properties.push([propertyPath("xds", "virtual_host_name"), route.virtualHost]);
  if (route.action.kind === "cluster")
    properties.push([propertyPath("xds", "cluster_name"), route.action.cluster.name]);
  return properties;
}

/** Where a cluster's server is. */
export function originOf({ host, port }: ClusterConfig): URL {
  return new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`);
}
