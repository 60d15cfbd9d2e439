// RateLimitPolicy → limits of the rate-limiting stage.
import { headerKey } from "../../http/header-syntax.ts";
import type { KeyPart, Limit } from "../../ir/program.ts";
import { policyName, type PolicyIdentity, type ProgramDraft } from "../kind.ts";
import { bucketShape } from "./bucket.ts";
import type { LimitSpec, Spec } from "./schema.ts";

const DEFAULT_MAX_KEYS = 100_000;

export function lower(identity: PolicyIdentity, spec: Spec, draft: ProgramDraft): void {
  for (const { name, item } of spec.limits.items) {
    const origin = { policy: policyName(identity), part: `limits.${name.value}`, span: name.span };
    draft.limits.push(lowerLimit(item, origin));
  }
}

function lowerLimit(limit: LimitSpec, origin: Limit["origin"]): Limit {
  const [rate] = limit.rates.items;
  const burst = rate?.burst ?? rate?.limit;
  const bucket =
    rate && burst && bucketShape(rate.limit.value, rate.window.value, burst.value, limit.cost?.value ?? 1);
  if (!bucket) throw new Error(`unchecked limit ${origin.policy} ${origin.part}`);
  const key = (limit.key?.items ?? []).map((part): KeyPart =>
    part.key === "header"
      ? keyOfHeader(headerKey(part.value.value))
      : { kind: "peer", v4Bits: part.value.v4?.value ?? 32, v6Bits: part.value.v6?.value ?? 64 },
  );
  return { origin, key, bucket, maxKeys: limit.maxKeys?.value ?? DEFAULT_MAX_KEYS };
}

function keyOfHeader(name: string): KeyPart {
  return name === ":authority" ? { kind: "host" } : { kind: "header", name };
}
