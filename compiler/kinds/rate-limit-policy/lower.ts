// RateLimitPolicy → limits of its stage.
import type { Limit } from "../../ir/program.ts";
import { policyName, type PolicyIdentity, type ProgramDraft } from "../kind.ts";
import { algorithmOf, algorithms } from "./algorithm.ts";
import { lowerAnswer } from "./answer.ts";
import { lowerCost } from "./cost.ts";
import { lowerKeyPart } from "./key.ts";
import { itemNames, rateOf } from "./rate.ts";
import type { LimitSpec, Spec } from "./schema.ts";
import { lowerWhen } from "./when.ts";

const DEFAULT_MAX_KEYS = 100_000;

export function lower(identity: PolicyIdentity, spec: Spec, draft: ProgramDraft): void {
  for (const { name, item } of spec.limits.items) {
    const origin = { policy: policyName(identity), part: `limits.${name.value}`, span: name.span };
    draft.limits.push(lowerLimit(item, name.value, origin, spec));
  }
}

const fields = { Draft: "draft", XRateLimit: "x-rate-limit", Off: "off" } as const;

function lowerLimit(limit: LimitSpec, name: string, origin: Limit["origin"], spec: Spec): Limit {
  const algorithm = algorithmOf(limit);
  if (algorithm === undefined) throw new Error("an unchecked algorithm");
  const items = itemNames(name, limit.rates);
  return {
    origin,
    name,
    phase: spec.phase?.value === "BeforeAuthentication" ? "before-authentication" : "after-authorization",
    when: lowerWhen(limit.when),
    key: (limit.key?.items ?? []).map((part) => lowerKeyPart(part, spec.trustedHops?.value ?? 0)),
    algorithm: algorithms[algorithm],
    rates: limit.rates.items.map((rate, i) => rateOf(rate, items[i] ?? name, algorithm)),
    cost: lowerCost(limit.cost),
    scope: limit.scope?.value ?? "proxy",
    maxKeys: limit.maxKeys?.value ?? DEFAULT_MAX_KEYS,
    shadow: limit.mode?.value === "Shadow",
    answer: lowerAnswer(limit.onLimit),
    onError: limit.onError?.value === "Allow" ? "allow" : "deny",
    fields: fields[spec.headers?.value ?? "Draft"],
  };
}
