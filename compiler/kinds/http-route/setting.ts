// What only a route of Envoy can do, and what it is told by headers: mirrors, retries, timeouts.
import { createHash } from "node:crypto";
import type { Forwarding, RouteSetting } from "../../ir/routing.ts";
import type { PolicyIdentity } from "../kind.ts";
import { clusterOf } from "./backends.ts";
import { milliseconds } from "./duration.ts";
import type { FilterSpec, RuleSpec } from "./schema.ts";

type Mirror = RouteSetting["mirrors"][number];

/** Mirrors and the wait between tries, under a name that says both. */
export function settingOf({ filters, retry }: RuleSpec, identity: PolicyIdentity): RouteSetting | undefined {
  const mirrors = (filters?.items ?? []).flatMap(({ requestMirror }) =>
    requestMirror ? mirrorOf(requestMirror, identity) : [],
  );
  const backoff = retry?.backoff && milliseconds(retry.backoff.value);
  if (mirrors.length === 0 && backoff === undefined) return undefined;
  const said = { mirrors, ...(backoff !== undefined && { retryBackoffMs: backoff }) };
  const id = createHash("sha256").update(JSON.stringify(said)).digest("hex").slice(0, 32);
  return { id, ...said };
}

/** A share in one of the denominators that Envoy has: 100, 10,000 and 1,000,000. Of none there is no mirror. */
function mirrorOf(
  { backendRef, percent, fraction }: NonNullable<FilterSpec["requestMirror"]>,
  identity: PolicyIdentity,
): Mirror[] {
  const numerator = fraction?.numerator.value ?? percent?.value ?? 100;
  const whole = fraction?.denominator?.value ?? 100;
  if (numerator === 0) return [];
  const parts = (denominator: number): number => (numerator * denominator) / whole;
  const denominator = [100, 10_000].find((one) => Number.isInteger(parts(one))) ?? 1_000_000;
  const rounded = Math.max(1, Math.round(parts(denominator)));
  return [{ cluster: clusterOf(backendRef, identity), numerator: rounded, denominator }];
}

export function timeoutsOf({ timeouts }: RuleSpec): Forwarding["timeouts"] {
  const request = timeouts?.request && milliseconds(timeouts.request.value);
  const backendRequest = timeouts?.backendRequest && milliseconds(timeouts.backendRequest.value);
  if (request === undefined && backendRequest === undefined) return undefined;
  return {
    ...(request !== undefined && { request }),
    ...(backendRequest !== undefined && { backendRequest }),
  };
}

export function retryOf({ retry }: RuleSpec): Forwarding["retry"] {
  if (!retry) return undefined;
  const codes = [...new Set((retry.codes?.items ?? []).map(({ value }) => value))];
  return { codes, ...(retry.attempts && { attempts: retry.attempts.value }) };
}
