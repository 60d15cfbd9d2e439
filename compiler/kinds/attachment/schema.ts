// Which workloads a policy is for, in the fields that Istio has for it. Every kind takes them into its `spec`.
import { labels } from "../../schema/labels.ts";
import { list, object, optional, required, string, type ObjectOf } from "../../schema/schema.ts";

const targetRef = object(
  {
    group: optional(string(), "the target's API group", "the core group, as of `Service`"),
    kind: required(string(), "`Gateway`, `GatewayClass`, `Service` or `ServiceEntry`"),
    name: required(string(), "the target's name"),
    namespace: optional(string(), "the policy's own, as others are not allowed", "the policy's own"),
  },
  { example: "{ kind: Service, name: orders }" },
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

/** What a kind's spec says about workloads. */
export type AttachmentSpec = ObjectOf<typeof attachmentFields>;
export type TargetRef = NonNullable<AttachmentSpec["targetRef"]>;
