// The routes behind the filters of a listener: the cluster that a filter chose, else the listener's own upstream.
import { INTERNAL_HEADERS } from "./internal-headers.ts";
import type { UpstreamConfig } from "./upstream.ts";

/** What filters ask of the routes behind them, by the request headers `x-tollgate-cluster` and `x-tollgate-rule`. */
export interface Routing {
  /** Where each cluster leads that filters may choose or mirrors go to, by the cluster's name. */
  readonly clusters: ReadonlyMap<string, UpstreamConfig>;
  /** What only a route can do: one for each, chosen by the header `x-tollgate-rule`. Ids are unique. */
  readonly settings: readonly RouteSetting[];
  /** Whether each request that passes has a cluster. One without is answered 404 then, wherever the upstream is. */
  readonly always: boolean;
}

export interface RouteSetting {
  readonly id: string;
  /** Each gets a copy of so many requests; shares are exact to a millionth. */
  readonly mirrors: readonly {
    readonly cluster: string;
    readonly numerator: number;
    readonly denominator: number;
  }[];
  /** The base of Envoy's back-off between tries, in milliseconds: it doubles with each, and chance takes a part of it. */
  readonly retryBackoffMs?: number;
}

/**
 * Bounds a stream as a whole; one that stands still ends by `stream_idle_timeout` long before. What a filter writes into
 * `x-envoy-upstream-rq-timeout-ms` takes its place.
 */
const TIMEOUT = "3600s";

/** A listener's routes, in order. `upstream`: the cluster of requests for which nobody chose one; undefined: 404. */
export function routes(upstream: string | undefined, routing: Routing | undefined): object[] {
  const otherwise = upstream === undefined || routing?.always === true ? [] : [route({ cluster: upstream })];
  if (!routing) return otherwise;
  const [cluster, rule] = INTERNAL_HEADERS;
  const chosen = { cluster_header: cluster };
  return [
    ...routing.settings.map(({ id, mirrors, retryBackoffMs }) =>
      route(
        {
          ...chosen,
          ...(mirrors.length > 0 && { request_mirror_policies: mirrors.map(mirrorPolicy) }),
          ...(retryBackoffMs !== undefined && { retry_policy: { retry_back_off: backoff(retryBackoffMs) } }),
        },
        { name: rule, string_match: { exact: id } },
      ),
    ),
    route(chosen, { name: cluster, present_match: true }),
    ...otherwise,
  ];
}

function route(action: object, header?: object): object {
  return {
    match: { prefix: "/", ...(header && { headers: [header] }) },
    route: { ...action, timeout: TIMEOUT },
  };
}

function mirrorPolicy({ cluster, numerator, denominator }: RouteSetting["mirrors"][number]): object {
  const perMillion = Math.round((numerator / denominator) * 1e6);
  return {
    cluster,
    runtime_fraction: { default_value: { numerator: perMillion, denominator: "MILLION" } },
    // Else the copy is for another host than the request, by which the service may well choose.
    disable_shadow_host_suffix_append: true,
  };
}

/** Envoy wants the longest wait to be no shorter than the base; its own default is ten times as much. */
function backoff(baseMs: number): object {
  // Zero is refused.
  const base = Math.max(1, baseMs);
  return { base_interval: `${base / 1000}s`, max_interval: `${(base * 10) / 1000}s` };
}

/** What several versions of a filter ask for, all at once: where they say different things of one cluster, the last counts. */
export function united(all: readonly (Routing | undefined)[]): Routing | undefined {
  const some = all.filter((routing) => routing !== undefined);
  if (some.length === 0) return undefined;
  return {
    clusters: new Map(some.flatMap(({ clusters }) => [...clusters])),
    settings: [
      ...new Map(some.flatMap(({ settings }) => settings.map((setting) => [setting.id, setting]))).values(),
    ],
    always: all.every((routing) => routing?.always === true),
  };
}
