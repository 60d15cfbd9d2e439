// Response-code details: what access logs show of a refusal. Never part of the response's body.
import type { Origin } from "./program.ts";

/** A stage's name in details. */
export type Stage = "authorization" | "rate-limiting" | "routing";

/** `tollgate:<stage>:<namespace>/<policy>:<part>`. */
export function detailsOf(stage: Stage, origin: Origin): string {
  return `tollgate:${stage}:${origin.policy}:${origin.part}`;
}

/** ALLOW policies apply and no rule of theirs matched. */
export const NO_RULE_MATCHED = "tollgate:authorization:none";
/** The proxy did not hand over the headers, or more values of them than the filter has room for. */
export const UNREADABLE = "tollgate:request:too-many-headers";
/** The proxy refused to change a header. */
export const CHANGE_REFUSED = "tollgate:routing:change-refused";
/** Values of the headers that policies look at; a request with more is refused. */
export const MAX_VALUES = 256;

/** gRPC statuses of refusals. */
export const grpcStatus = { denied: 7, limited: 8, internal: 13, exhausted: 8 } as const;
