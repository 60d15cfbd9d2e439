// `ReferenceGrant` (`gateway.networking.k8s.io/v1beta1`): which namespaces may send requests to the Services of its own.
import { list, object, optional, required, string, type Read } from "../../schema/schema.ts";

export const referenceGrantSpec = object({
  from: required(
    list(
      object({
        group: required(string(), "the group of what refers"),
        kind: required(string(), "the kind of what refers, such as `HTTPRoute`"),
        namespace: required(string(), "its namespace"),
      }),
    ),
    "who may refer",
  ),
  to: required(
    list(
      object({
        group: required(string(), 'the group of what is referred to: `""` of a Service'),
        kind: required(string(), "its kind, such as `Service`"),
        name: optional(string(), "its name", "all of the kind"),
      }),
    ),
    "what may be referred to, of the grant's own namespace",
  ),
});

export interface ReferenceGrant {
  readonly namespace: string;
  readonly spec: Read<typeof referenceGrantSpec>;
}

/** One end of a reference. */
interface End {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** Whether some grant allows a reference into another namespace. */
export function isGranted(
  from: End,
  to: End & { readonly name: string },
  grants: readonly ReferenceGrant[],
): boolean {
  return grants.some(
    ({ namespace, spec }) =>
      namespace === to.namespace &&
      spec.from.items.some(
        (end) =>
          end.group.value === from.group &&
          end.kind.value === from.kind &&
          end.namespace.value === from.namespace,
      ) &&
      spec.to.items.some(
        ({ group, kind, name }) =>
          group.value === to.group && kind.value === to.kind && (!name || name.value === to.name),
      ),
  );
}
