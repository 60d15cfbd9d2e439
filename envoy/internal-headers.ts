// Request headers between a filter and the routes behind it.
import { typed } from "./typed.ts";

/** Which cluster, and which route. */
export const INTERNAL_HEADERS = ["x-tollgate-cluster", "x-tollgate-rule"] as const;

/**
 * Takes them away from clients before any filter runs. Filters that choose clusters do so themselves; this holds, too, while
 * routes are there already and the filter is not.
 */
export function removeFromClients(): object {
  return {
    name: "envoy.http.early_header_mutation.header_mutation",
    typed_config: typed("http.early_header_mutation.header_mutation.v3.HeaderMutation", {
      mutations: INTERNAL_HEADERS.map((remove) => ({ remove })),
    }),
  };
}
