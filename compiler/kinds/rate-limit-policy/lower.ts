// RateLimitPolicy → limits of the rate-limiting stage.
import { headerKey } from "../../http/header-syntax.ts";
import type { KeyPart, Limit } from "../../ir/program.ts";
import { policyName, type PolicyIdentity, type ProgramDraft } from "../kind.ts";
import { rateOf } from "./rate.ts";
import type { LimitSpec, Spec } from "./schema.ts";

const DEFAULT_MAX_KEYS = 100_000;

export function lower(identity: PolicyIdentity, spec: Spec, draft: ProgramDraft): void {
  for (const { name, item } of spec.limits.items) {
    const origin = { policy: policyName(identity), part: `limits.${name.value}`, span: name.span };
    draft.limits.push(lowerLimit(item, name.value, origin));
  }
}

function lowerLimit(limit: LimitSpec, name: string, origin: Limit["origin"]): Limit {
  return {
    origin,
    name,
    phase: "after-authorization",
    when: { op: "constant", value: true },
    key: (limit.key?.items ?? []).map((part): KeyPart =>
      part.key === "header"
        ? keyOfHeader(headerKey(part.value.value))
        : { kind: "peer", v4Bits: part.value.v4?.value ?? 32, v6Bits: part.value.v6?.value ?? 64, hops: 0 },
    ),
    algorithm: "token-bucket",
    rates: limit.rates.items.map((rate) => rateOf(rate, name)),
    cost: { kind: "constant", value: limit.cost?.value ?? 1 },
    scope: "worker",
    maxKeys: limit.maxKeys?.value ?? DEFAULT_MAX_KEYS,
    shadow: false,
    answer: { headers: [] },
    onError: "deny",
    fields: "off",
  };
}

function keyOfHeader(name: string): KeyPart {
  return name === ":authority" ? { kind: "host" } : { kind: "header", name };
}
