// What a route is for: the workloads and listeners behind its `parentRefs`.
import { isBehind, type Service, type Workload } from "../attachment/attach.ts";
import type { Listener } from "../gateway-api/gateway.ts";
import { GATEWAY_API, type Surroundings } from "../gateway-api/surroundings.ts";
import type { PolicyIdentity } from "../kind.ts";
import type { ParentRef, Spec } from "./schema.ts";

/** Its kind and group, what is absent filled in. */
export function kindOf({ kind, group }: ParentRef): { readonly kind: string; readonly group: string } {
  return { kind: kind?.value ?? "Gateway", group: group?.value ?? GATEWAY_API };
}

/**
 * The workloads that a route is for. Of a Gateway those that carry its name as the label
 * `gateway.networking.k8s.io/gateway-name`; of a Service those that it selects, or the one of its name where the bundle does
 * not hold it; all, where no parent is named, where none carries the Gateway's name, and of other parents.
 */
export function workloadsFor(
  { parentRefs }: Spec,
  { namespace }: PolicyIdentity,
  workloads: readonly Workload[],
  services: readonly Service[],
): readonly Workload[] {
  const parents = parentRefs?.items ?? [];
  if (parents.length === 0) return workloads;
  const chosen = new Set(
    parents.flatMap((parent) => {
      const near = workloads.filter((one) => one.namespace === (parent.namespace?.value ?? namespace));
      const { kind } = kindOf(parent);
      if (kind === "Service") return near.filter((one) => isBehind(one, parent.name.value, services));
      const labelled = near.filter(
        ({ labels }) => labels.get(`${GATEWAY_API}/gateway-name`) === parent.name.value,
      );
      return kind === "Gateway" && labelled.length > 0 ? labelled : workloads;
    }),
  );
  return workloads.filter((one) => chosen.has(one));
}

/**
 * The listeners that a route is reached through; undefined where that is not known, since one of its parents is not a
 * Gateway of the bundle, or it names none.
 */
export function listenersOf(
  { parentRefs }: Spec,
  { namespace }: PolicyIdentity,
  { gateways }: Surroundings,
): readonly Listener[] | undefined {
  const parents = parentRefs?.items ?? [];
  if (parents.length === 0) return undefined;
  const listeners: Listener[] = [];
  for (const parent of parents) {
    const home = parent.namespace?.value ?? namespace;
    const gateway = gateways.find((one) => one.name === parent.name.value && one.namespace === home);
    if (!gateway || kindOf(parent).kind !== "Gateway") return undefined;
    const { sectionName, port } = parent;
    listeners.push(
      ...gateway.listeners.filter(
        (one) =>
          (!sectionName || sectionName.value === one.name) &&
          (!port || port.value === one.port) &&
          accepts(one, namespace === home),
      ),
    );
  }
  return listeners;
}

/** Whether the Gateways that a route names as its parents serve both HTTP and HTTPS, to whichever routes. */
export function offerBothSchemes(
  { parentRefs }: Spec,
  { namespace }: PolicyIdentity,
  { gateways }: Surroundings,
): boolean {
  const protocols = new Set(
    (parentRefs?.items ?? [])
      .flatMap((parent) =>
        gateways.filter(
          (one) => one.name === parent.name.value && one.namespace === (parent.namespace?.value ?? namespace),
        ),
      )
      .flatMap(({ listeners }) => listeners.map(({ protocol }) => protocol)),
  );
  return protocols.has("HTTP") && protocols.has("HTTPS");
}

/** Whether a listener takes HTTPRoutes of a namespace that is its own, or another. */
function accepts({ protocol, kinds, from }: Listener, isOwn: boolean): boolean {
  return (
    (protocol === "HTTP" || protocol === "HTTPS") &&
    (kinds.length === 0 || kinds.includes("HTTPRoute")) &&
    (from === "any" || (from === "own" && isOwn))
  );
}
