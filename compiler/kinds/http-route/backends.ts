// What `backendRefs` lead to.
import { isGranted } from "../gateway-api/reference-grant.ts";
import { GATEWAY_API, type Surroundings } from "../gateway-api/surroundings.ts";
import type { PolicyIdentity } from "../kind.ts";
import type { ObjectRefSpec, RuleSpec, Spec } from "./schema.ts";

/** Envoy's cluster of a Service's port: `namespace/service:port`. */
export function clusterOf({ namespace, name, port }: ObjectRefSpec, identity: PolicyIdentity): string {
  return `${namespace?.value ?? identity.namespace}/${name.value}:${port?.value ?? ""}`;
}

/** Why a reference leads nowhere; undefined where it does not. */
export function faultOf(
  ref: ObjectRefSpec,
  identity: PolicyIdentity,
  { grants }: Surroundings,
): "kind" | "grant" | undefined {
  if ((ref.kind?.value ?? "Service") !== "Service" || (ref.group?.value ?? "") !== "") return "kind";
  const namespace = ref.namespace?.value ?? identity.namespace;
  if (namespace === identity.namespace) return undefined;
  const from = { group: GATEWAY_API, kind: "HTTPRoute", namespace: identity.namespace };
  const to = { group: "", kind: "Service", namespace, name: ref.name.value };
  return isGranted(from, to, grants) ? undefined : "grant";
}

/** The references of a rule's mirrors. */
export function mirrorRefs({ filters }: RuleSpec): ObjectRefSpec[] {
  return (filters?.items ?? []).flatMap(({ requestMirror }) => requestMirror?.backendRef ?? []);
}

/** Where the route names clusters that it sends requests to. */
export function namedBackends(
  spec: Spec,
  identity: PolicyIdentity,
  surroundings: Surroundings,
): { readonly value: string; readonly span: ObjectRefSpec["span"] }[] {
  return (spec.rules?.items ?? [])
    .flatMap((rule) => [...(rule.backendRefs?.items ?? []), ...mirrorRefs(rule)])
    .filter((ref) => ref.port && faultOf(ref, identity, surroundings) === undefined)
    .map((ref) => ({ value: clusterOf(ref, identity), span: ref.name.span }));
}
