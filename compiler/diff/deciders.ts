// Who decides of a request in one version.
import { holds, type Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import type { Decider } from "./change.ts";

/** @param request as authentication leaves it */
export function authorizedBy({ authorization }: Program, request: Request): Decider {
  const { deny, allow, anyAllowPolicy } = authorization;
  const denying = deny.find(({ when }) => holds(when, request));
  if (denying) return denying.origin;
  if (!anyAllowPolicy)
    return { none: deny.length > 0 ? "no DENY rule matches" : "no policy says who may pass" };
  return allow.find(({ when }) => holds(when, request))?.origin ?? { none: "no ALLOW rule matches" };
}

/** By the first of the rules that matches. */
export function firstThatHolds<R extends { readonly when: Parameters<typeof holds>[0] }>(
  rules: readonly R[],
  request: Request,
): R | undefined {
  return rules.find(({ when }) => holds(when, request));
}
