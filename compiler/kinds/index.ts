// The policy kinds. A new kind is one new folder and one line here.
import { authorizationPolicy } from "./authorization-policy/kind.ts";
import { headerRoutePolicy } from "./header-route-policy/kind.ts";
import { httpRoute } from "./http-route/kind.ts";
import type { PolicyKind } from "./kind.ts";
import { rateLimitPolicy } from "./rate-limit-policy/kind.ts";
import { requestAuthentication } from "./request-authentication/kind.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each kind's spec type stays within its own folder
export const policyKinds: readonly PolicyKind<any>[] = [
  requestAuthentication,
  authorizationPolicy,
  rateLimitPolicy,
  httpRoute,
  headerRoutePolicy,
];

/** Kinds that Tollgate will compile but does not yet: an error, never silence. `help`: what to do instead. */
export const kindsNotYet: readonly {
  readonly kind: string;
  readonly group: string;
  readonly help: string;
}[] = [
  {
    kind: "ApiKeyPolicy",
    group: "tollgate.dev",
    help: "nothing would ask for keys without it: compare them in an `AuthorizationPolicy`, with `when` on `request.headers[x-api-key]`",
  },
];

/** Groups whose documents say who may pass or where to, and which somebody may believe to hold here. */
const trafficGroups =
  /(^|\.)(istio\.io|gateway\.envoyproxy\.io|networking\.k8s\.io|policy\.networking\.k8s\.io|cilium\.io|projectcalico\.org|linkerd\.io|traefik\.io|konghq\.com|kuma\.io|consul\.hashicorp\.com)$/;

export function affectsTraffic(group: string): boolean {
  return trafficGroups.test(group);
}

/** Kinds that are read by other commands, or by nobody, and hold no policy. */
export const kindsWithoutPolicy: readonly { readonly kind: string; readonly group: string }[] = [
  { kind: "PolicyTest", group: "tollgate.dev" },
  { kind: "GatewayClass", group: "gateway.networking.k8s.io" },
];
