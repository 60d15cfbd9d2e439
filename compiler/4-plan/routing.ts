// What routing needs of the filter beside its decisions: headers that it alone writes, values that are made, and what a stream
// remembers for its response.
import type { Program } from "../ir/program.ts";
import { choosesClusters, CLUSTER_HEADER, ownedHeaders } from "../ir/route-headers.ts";
import { expressionsOf } from "../ir/route-reads.ts";
import type { HeaderChange } from "../ir/routing.ts";
import type { PlannedCrossOrigin } from "./cross-origin.ts";
import type { PlannedHttpRoutes } from "./http-routes.ts";
import type { PlannedChanges, PlannedRouteRule, PlannedRouting, PlannedRoutes } from "./plan.ts";
import { isMadeOfRequest, isMoved } from "./routes.ts";

/** Plans it; its part of a stream's record begins at `offset`. */
export function planRouting(
  program: Program,
  routes: readonly PlannedRoutes[],
  http: PlannedHttpRoutes | undefined,
  crossOrigin: PlannedCrossOrigin | undefined,
  offset: number,
): { readonly routing: PlannedRouting; readonly end: number } {
  const ofRoutes = httpChanges(http).flatMap(({ response }) => response);
  const ofPolicies = routes.flatMap(({ responses }) => responses.flat());
  const responses = [...ofRoutes, ...ofPolicies];
  let end = offset;
  const place = (bytes: number, needed: boolean): number | undefined => {
    if (!needed) return undefined;
    end += bytes;
    return end - bytes;
  };
  const record = {
    list: place(4, ofRoutes.length > 0),
    tape: place(4, responses.some(isMadeOfRequest)),
    crossOrigin: place(8, crossOrigin !== undefined),
  };
  return {
    routing: {
      choosesClusters: choosesClusters(program),
      owned: ownedHeaders(program).filter((name) => name !== CLUSTER_HEADER),
      values: expressionsOf(program),
      responseHeaders: [
        ...new Set(responses.flatMap((change) => (isMoved(change) ? [change.name] : []))),
      ].sort(),
      record,
    },
    end: Math.ceil(end / 8) * 8,
  };
}

/** What HTTPRoutes change, of each action and backend. */
export function httpChanges(http: PlannedHttpRoutes | undefined): PlannedChanges[] {
  return (http?.actions ?? []).flatMap(({ does }) =>
    does.kind === "redirect" ? [does.changes] : does.backends.map(({ changes }) => changes),
  );
}

/** What a policy's rule changes of requests, in each way that it may come out. */
export function requestChanges({ changes, split }: PlannedRouteRule): HeaderChange[][] {
  if (!split) return [[...changes.request]];
  return split.arms.map((arm) => [...changes.request, ...arm.changes.request]);
}
