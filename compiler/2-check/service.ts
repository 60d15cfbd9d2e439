// A Kubernetes `Service`: read for which workloads are behind it.
import { labels } from "../schema/labels.ts";
import { object, optional } from "../schema/schema.ts";

export const serviceSpec = object(
  { selector: optional(labels, "labels that its workloads carry, all of them") },
  { open: true },
);
