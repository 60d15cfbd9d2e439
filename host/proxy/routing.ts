/** The routes behind a filter that chooses clusters, as `tollgate envoy` generates them for Envoy. */
import { HeaderMap } from "../header-map.ts";
import type { LocalResponse } from "../local-response.ts";
import type { Destination } from "./destination.ts";
import type { Upstreams } from "./upstreams.ts";

/** Where a filter sends requests, by the request headers `x-tollgate-cluster` and `x-tollgate-rule`. */
export interface ProxyRouting {
  /** Where each cluster leads, by name: scheme, host and port. */
  readonly clusters: ReadonlyMap<string, URL>;
  /** What is done to requests that have the `id` in `x-tollgate-rule`. */
  readonly settings: readonly {
    readonly id: string;
    /** Each gets a copy of so many requests. */
    readonly mirrors: readonly {
      readonly cluster: string;
      readonly numerator: number;
      readonly denominator: number;
    }[];
    /** The base of the back-off between tries, in milliseconds. */
    readonly retryBackoffMs?: number;
  }[];
  /** Whether each request that passes has a cluster. One without is answered 404 then, wherever the upstream is. */
  readonly always: boolean;
}

const CLUSTER = "x-tollgate-cluster";
const RULE = "x-tollgate-rule";

/** Headers between filter and routes: no client may write them, no upstream gets them. */
export const INTERNAL_HEADERS = [CLUSTER, RULE];

/** Where a request goes. `upstream`: where one goes for which nobody chose a cluster. */
export function destination(
  headers: HeaderMap,
  {
    upstream,
    routing,
    upstreams,
  }: { upstream: URL | undefined; routing: ProxyRouting | undefined; upstreams: Upstreams },
): Destination {
  const rule = headers.get(RULE);
  const setting = routing?.settings.find(({ id }) => id === rule);
  const cluster = headers.get(CLUSTER);
  if (routing && (setting !== undefined || cluster !== undefined)) {
    const to = routing.clusters.get(cluster ?? "");
    if (to === undefined) return { answer: routeAnswer(503, "cluster_not_found") };
    const { mirrors = [], retryBackoffMs: base } = setting ?? {};
    return {
      upstream: upstreams.of(to),
      removed: INTERNAL_HEADERS,
      mirrors: mirrors.flatMap(({ cluster, numerator, denominator }) => {
        const url = routing.clusters.get(cluster);
        return url ? [{ upstream: upstreams.of(url), share: numerator / denominator }] : [];
      }),
      ...(base !== undefined && { backoff: { baseMs: base, maxMs: 10 * base } }),
    };
  }
  if (upstream === undefined || routing?.always === true)
    return { answer: routeAnswer(404, "route_not_found") };
  return { upstream: upstreams.of(upstream) };
}

/** What the router answers itself. */
export function routeAnswer(status: number, details: string, body = ""): LocalResponse {
  return { status, details, body: Buffer.from(body), headers: new HeaderMap(), grpcStatus: -1 };
}
