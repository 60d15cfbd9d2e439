// The first four lines of a policy of each kind, before its `spec`'s content: so that tests show what they are about.

export function authorization(spec: string): string {
  return policy("security.istio.io/v1", "AuthorizationPolicy", spec);
}

export function rateLimit(spec: string): string {
  return policy("tollgate.dev/v1alpha1", "RateLimitPolicy", spec);
}

export function headerRoute(spec: string): string {
  return policy("tollgate.dev/v1alpha1", "HeaderRoutePolicy", spec);
}

export function httpRoute(spec: string): string {
  return policy("gateway.networking.k8s.io/v1", "HTTPRoute", spec);
}

export function bundle(spec: string): string {
  return `${authorization("  rules: [{}]")}\n---\n${policy("tollgate.dev/v1alpha1", "Bundle", spec)}`;
}

function policy(apiVersion: string, kind: string, spec: string): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: a }\nspec:\n${spec}`;
}
