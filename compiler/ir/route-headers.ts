// The request headers by which a filter tells Envoy what it chose, which no client may write in its place.
import type { Program } from "./program.ts";

/** The cluster, by its name. Generated routes take it by `cluster_header`. */
export const CLUSTER_HEADER = "x-tollgate-cluster";

/** What only a route can do: the `id` of a `RouteSetting`. */
export const RULE_HEADER = "x-tollgate-rule";

/** What is tried again whatever the backend answers: it was not reached, or it hung up before it answered. */
export const RETRY_ON = "connect-failure,refused-stream,reset";

const TIMEOUTS = ["x-envoy-upstream-rq-timeout-ms", "x-envoy-upstream-rq-per-try-timeout-ms"];
const RETRIES = ["x-envoy-retry-on", "x-envoy-retriable-status-codes", "x-envoy-max-retries"];

/** What Envoy's router takes for itself: how long it waits, and when it tries again. */
export const ROUTER_HEADERS: readonly string[] = [...TIMEOUTS, ...RETRIES];

const INTERNAL: ReadonlySet<string> = new Set([CLUSTER_HEADER, RULE_HEADER, ...ROUTER_HEADERS]);

/** Whether a request header, named in lower case, is for a filter to tell Envoy something by, and for nobody else to write. */
export function isInternalHeader(name: string): boolean {
  return INTERNAL.has(name);
}

/** Whether a filter chooses clusters. */
export function choosesClusters({ httpRoutes, routes }: Program): boolean {
  const rules = routes.flatMap((policy) => policy.rules);
  return (
    httpRoutes !== undefined ||
    rules.some(
      ({ backend, split }) =>
        backend !== undefined || split?.arms.some((arm) => arm.backend !== undefined) === true,
    )
  );
}

/**
 * The headers that some decision of a program may write. Where a decision writes one of them not, what the client sent under
 * its name is removed.
 */
export function ownedHeaders(program: Program): string[] {
  const actions = (program.httpRoutes?.rules ?? []).flatMap(({ action }) =>
    action.kind === "forward" ? [action] : [],
  );
  return [
    ...(choosesClusters(program) ? [CLUSTER_HEADER] : []),
    ...(program.httpRoutes ? [RULE_HEADER] : []),
    ...(actions.some(({ timeouts }) => timeouts) ? TIMEOUTS : []),
    ...(actions.some(({ retry }) => retry) ? RETRIES : []),
  ];
}
