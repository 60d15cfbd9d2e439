// What it costs to tell clients what is left.
import type { Check, Suite, Variant } from "../envoy/suite.ts";
import { limitPolicy, type LimitOptions } from "./policies.ts";
import { generous } from "./rate.ts";
import { compiled, lets, none, request } from "./sides.ts";

const answers: Readonly<Record<NonNullable<LimitOptions["headers"]>, Required<Check>["response"]>> = {
  Off: { "ratelimit-policy": null, "x-ratelimit-limit": null },
  XRateLimit: { "ratelimit-policy": null, "x-ratelimit-limit": String(generous.limit) },
  Draft: { "ratelimit-policy": `"per-user";q=${generous.limit};w=1`, "x-ratelimit-limit": null },
};

export async function fieldsSuite(): Promise<Suite> {
  const variants: Variant[] = [none];
  for (const headers of ["Off", "XRateLimit", "Draft"] as const) {
    variants.push({
      name: headers,
      ...(await compiled(`fields-${headers}`, limitPolicy({ scope: "worker", headers }))),
      checks: lets.map((check) => ({ ...check, response: answers[headers] })),
    });
  }
  return {
    title: "limits: response fields, in Envoy",
    request,
    echoes: {},
    baseline: none.name,
    over: ["Off"],
    variants,
    legend: "Variants: what stands in `headers` of a `RateLimitPolicy` with one limit of `scope: worker`.",
  };
}
