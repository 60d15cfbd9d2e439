// The same limits, and W1's routing, by Envoy's own filters.
import { typed } from "../../envoy/typed.ts";
import type { Variant } from "../envoy/suite.ts";
import type { Service } from "./policies.ts";
import type { Rate } from "./rate.ts";

const always = { default_value: { numerator: 100 } };
const byUser = { actions: [{ request_headers: { header_name: "x-user", descriptor_key: "user" } }] };

/** A token bucket for each `x-user`, which all worker threads share; those without one share another. */
export function localRateLimit({ limit, window, burst }: Rate): object {
  const token_bucket = {
    max_tokens: burst,
    tokens_per_fill: limit,
    fill_interval: `${window / 1_000}s`,
  };
  return {
    name: "envoy.filters.http.local_ratelimit",
    typed_config: typed("filters.http.local_ratelimit.v3.LocalRateLimit", {
      stat_prefix: "limits",
      token_bucket,
      filter_enabled: always,
      filter_enforced: always,
      rate_limits: [byUser],
      descriptors: [{ entries: [{ key: "user" }], token_bucket }],
      max_dynamic_descriptors: 2_000,
      // A user's own bucket is the only one that decides.
      always_consume_default_token_bucket: false,
    }),
  };
}

/** The filter that asks a service about each request, and refuses where there is no answer; with what it needs in the host. */
export function serviceRateLimit({
  cluster,
  domain,
  timeout,
}: Service): Pick<Variant, "filters" | "virtualHost"> {
  const filter = {
    name: "envoy.filters.http.ratelimit",
    typed_config: typed("filters.http.ratelimit.v3.RateLimit", {
      domain,
      timeout: `${timeout / 1_000}s`,
      failure_mode_deny: true,
      rate_limit_service: {
        transport_api_version: "V3",
        grpc_service: { envoy_grpc: { cluster_name: cluster } },
      },
    }),
  };
  return { filters: () => [filter], virtualHost: { rate_limits: [byUser] } };
}

const MUTATION = "envoy.filters.http.header_mutation";

/** W1 by routes that match the header, and a filter that changes what its route says. */
export const headerMutation: object = {
  name: MUTATION,
  typed_config: typed("filters.http.header_mutation.v3.HeaderMutation"),
};

export const w1Routes: readonly object[] = [
  {
    match: { prefix: "/", headers: [{ name: "x-tier", string_match: { exact: "gold" } }] },
    ...mutations("gold"),
  },
  { match: { prefix: "/" }, ...mutations("std") },
];

function mutations(route: string): object {
  const set = (key: string, value: string): object => ({
    append: { header: { key, value }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" },
  });
  return {
    typed_per_filter_config: {
      [MUTATION]: typed("filters.http.header_mutation.v3.HeaderMutationPerRoute", {
        mutations: {
          request_mutations: [set("x-route", route)],
          response_mutations: [set("x-policy", "ok")],
        },
      }),
    },
  };
}
