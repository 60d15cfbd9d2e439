// Which workloads a policy is for, in the fields that Istio has for it. Every kind takes them into its `spec`.
import { labels } from "../../schema/labels.ts";
import { atMostOneOf, fieldIs, fieldIsOrAbsent, type JsonSchema } from "../../schema/json-schema.ts";
import { list, object, optional, required, string, text, type ObjectOf } from "../../schema/schema.ts";

/** The kinds that Istio takes as targets, with their groups; the core group is empty. */
export const targetKinds: Readonly<Record<string, string>> = {
  Gateway: "gateway.networking.k8s.io",
  GatewayClass: "gateway.networking.k8s.io",
  Service: "",
  ServiceEntry: "networking.istio.io",
};

const targetRef = object(
  {
    group: optional(string(), "the target's API group", "the core group, as of `Service`"),
    kind: required(
      text({ enum: Object.keys(targetKinds) }),
      "`Gateway`, `GatewayClass`, `Service` or `ServiceEntry`",
    ),
    name: required(string(), "the target's name"),
    namespace: optional(string(), "the policy's own, as others are not allowed", "the policy's own"),
  },
  {
    example: "{ kind: Service, name: orders }",
    between: Object.entries(targetKinds).map(([kind, group]) => ({
      if: fieldIs("kind", kind),
      then: group === "" ? fieldIsOrAbsent("group", "", "core") : fieldIs("group", group),
    })),
  },
);

/** The fields, to be spread into the fields of a kind's `spec`. */
export const attachmentFields = {
  selector: optional(
    object(
      { matchLabels: optional(labels, "labels that a workload must carry, all of them") },
      { example: "{ matchLabels: { app: orders } }" },
    ),
    "the workloads that the policy is for, of its own namespace, or of all where that is `istio-system`",
    "every workload there",
  ),
  targetRefs: optional(list(targetRef), "what the policy is for, instead of a `selector`"),
  targetRef: optional(targetRef, "one target: deprecated, write `targetRefs`"),
} as const;

/** What holds between them. */
export const attachmentRules: readonly JsonSchema[] = [atMostOneOf("selector", "targetRefs", "targetRef")];

/** What a kind's spec says about workloads. */
export type AttachmentSpec = ObjectOf<typeof attachmentFields>;
export type TargetRef = NonNullable<AttachmentSpec["targetRef"]>;
