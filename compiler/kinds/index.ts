// The policy kinds. A new kind is one new folder and one line here.
import { authorizationPolicy } from "./authorization-policy/kind.ts";
import { headerRoutePolicy } from "./header-route-policy/kind.ts";
import type { PolicyKind } from "./kind.ts";
import { rateLimitPolicy } from "./rate-limit-policy/kind.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each kind's spec type stays within its own folder
export const policyKinds: readonly PolicyKind<any>[] = [
  authorizationPolicy,
  rateLimitPolicy,
  headerRoutePolicy,
];

/** Kinds that Tollgate will compile but does not yet: an error, never silence. */
export const kindsNotYet: readonly { readonly kind: string; readonly group: string }[] = [
  { kind: "RequestAuthentication", group: "security.istio.io" },
  { kind: "HTTPRoute", group: "gateway.networking.k8s.io" },
  { kind: "ApiKeyPolicy", group: "tollgate.dev" },
];

/** Kinds that are read by other commands, or for what they say about listeners, and hold no policy. */
export const kindsWithoutPolicy: readonly { readonly kind: string; readonly group: string }[] = [
  { kind: "PolicyTest", group: "tollgate.dev" },
  { kind: "Gateway", group: "gateway.networking.k8s.io" },
];
