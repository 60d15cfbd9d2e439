// Response-code details: what access logs show of a refusal. Never part of the response's body.
import type { Limit, Observer, Origin } from "./program.ts";

/** A stage's name in details. */
export type Stage = "cors" | "authentication" | "authorization" | "rate-limiting" | "routing";

/** `tollgate:<stage>:<namespace>/<policy>:<part>`. */
export function detailsOf(stage: Stage, origin: Origin): string {
  return `tollgate:${stage}:${origin.policy}:${origin.part}`;
}

/** A token that is none, or whose issuer no rule names. */
export const NO_TOKEN_RULE = "tollgate:authentication:none";
/** ALLOW policies apply and no rule of theirs matched. */
export const NO_RULE_MATCHED = "tollgate:authorization:none";
/** The proxy did not hand over the headers, or more values of them than the filter has room for. */
export const UNREADABLE = "tollgate:request:too-many-headers";
/** No HTTPRoute matches. */
export const NO_ROUTE = "tollgate:routing:none";
/** There was no memory to remember the request by. */
export const NO_MEMORY = "tollgate:rate-limiting:no-memory";
/** There was no memory to remember which configuration the stream belongs to. */
export const NO_VALUES = "tollgate:request:no-memory";
/** The proxy refused to change a header. */
export const CHANGE_REFUSED = "tollgate:routing:change-refused";
/** The proxy refused a change that a token asks for. */
export const TOKEN_CHANGE_REFUSED = "tollgate:authentication:change-refused";
/** Values of the headers that policies look at; a request with more is refused. */
export const MAX_VALUES = 256;

/** gRPC statuses of refusals. */
export const grpcStatus = {
  ok: 0,
  unknown: 2,
  denied: 7,
  limited: 8,
  internal: 13,
  exhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** What a request is answered whose token cannot be told good or bad just now: status, body, and when to come again. */
export const KEYS_UNAVAILABLE = { status: 503, body: "token keys are not available", retryAfter: 1 } as const;

/** What a request is answered of which nobody knows whether it is over a limit: status, body, and when to come again. */
export const LIMITS_UNAVAILABLE = {
  status: 503,
  body: "rate limits are not available",
  retryAfter: 1,
} as const;

/** The counters of a policy that only counts: requests that it matched, and those that it did not. */
export function counterNames({ policy, effect }: Observer): readonly [matched: string, unmatched: string] {
  const what = effect === "audit" ? "audit" : "dry_run";
  const name = (end: string): string => `tollgate.authorization.${policy}.${what}.${end}`;
  return [name("matched"), name("unmatched")];
}

/** What a limit's counters count, in the order in which the filter keeps them. */
export const LIMIT_COUNTERS = ["allowed", "limited", "shadowed", "errors", "evictions"] as const;

/**
 * The counters of a limit: requests that it had room for, that it refused, that it would have refused were it not only tried
 * out, of which nobody knew, and keys that were forgotten though something was missing from what they may use.
 */
export function limitCounterNames({ origin, name }: Limit): string[] {
  return LIMIT_COUNTERS.map((what) => `tollgate.rate_limit.${origin.policy}.${name}.${what}`);
}
