// What the fields mean: Istio's rules of which policy holds for which workload.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { didYouMean } from "../../diagnostics/suggest.ts";
import { carries, type Label } from "../../schema/labels.ts";
import type { Span } from "../../source/span.ts";
import { targetKinds, type AttachmentSpec, type TargetRef } from "./schema.ts";

/** A workload, as policies see it. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** A Kubernetes `Service` of the bundle: the workloads of its namespace that carry all of its labels; none, where it has none. */
export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly selector: readonly Label[];
}

/** Policies of this namespace hold for all others too: Istio's default for `meshConfig.rootNamespace`. */
export const ROOT_NAMESPACE = "istio-system";

const GATEWAY_API = "gateway.networking.k8s.io";

/** Reports what Istio would refuse. */
export function checkAttachment(spec: AttachmentSpec, namespace: string, diagnostics: Diagnostics): void {
  const given = (["selector", "targetRefs", "targetRef"] as const).filter((name) => spec.keys.has(name));
  const [first, second] = given;
  if (first !== undefined && second !== undefined) {
    diagnostics.error("one-of", `a policy takes \`${first}\` or \`${second}\`, not both`, {
      span: spec.keys.get(second) ?? spec.span,
      help: "keep one of them, or write a policy for each",
    });
  }
  const single = spec.keys.get("targetRef");
  if (single && second === undefined) {
    diagnostics.note("deprecated-field", "`targetRef` is deprecated", {
      span: single,
      help: "write a list of one entry: `targetRefs`",
    });
  }
  for (const target of targetsOf(spec)) checkTarget(target, namespace, diagnostics);
}

function checkTarget({ group, kind, namespace }: TargetRef, own: string, diagnostics: Diagnostics): void {
  const wanted = Object.hasOwn(targetKinds, kind.value) ? targetKinds[kind.value] : undefined;
  if (wanted === undefined) {
    const label = didYouMean(kind.value, Object.keys(targetKinds));
    diagnostics.error("bad-value", `a \`${kind.value}\` is no target of a policy`, {
      span: kind.span,
      ...(label !== undefined && { label }),
      help: `the targets are ${Object.keys(targetKinds)
        .map((name) => `\`${name}\``)
        .join(", ")}`,
    });
  } else if (coreAsEmpty(group?.value) !== wanted) {
    diagnostics.error("bad-value", `\`${kind.value}\` is not a kind of \`${group?.value ?? "core"}\``, {
      span: group?.span ?? kind.span,
      help: wanted === "" ? "leave `group` out" : `write \`group: ${wanted}\``,
    });
  }
  if (namespace && namespace.value !== own) {
    diagnostics.error("bad-value", "a target is of the policy's own namespace", {
      span: namespace.span,
      help: `the policy is of \`${own}\`: leave \`namespace\` out, or write a policy in \`${namespace.value}\``,
    });
  }
}

const coreAsEmpty = (group = ""): string => (group === "core" ? "" : group);

/** The targets, however they are written. */
function targetsOf({ targetRefs, targetRef }: AttachmentSpec): readonly TargetRef[] {
  return targetRefs?.items ?? (targetRef ? [targetRef] : []);
}

/**
 * Whether a policy of this namespace holds for the workload. Without targets: by namespace and labels. With targets: a
 * `Gateway` is the workloads that carry its name as the label `gateway.networking.k8s.io/gateway-name`, a `GatewayClass`
 * those with the label `gateway.networking.k8s.io/gateway-class-name` (root namespace only), a `Service` those that it
 * selects, or the one of its name where the bundle does not hold it. A `ServiceEntry` is what lies outside, hence none.
 */
export function attaches(
  spec: AttachmentSpec,
  namespace: string,
  workload: Workload,
  services: readonly Service[],
): boolean {
  const targets = targetsOf(spec);
  const isNear = namespace === workload.namespace;
  if (targets.length === 0)
    return (
      (isNear || namespace === ROOT_NAMESPACE) &&
      carries(workload.labels, spec.selector?.matchLabels?.items ?? [])
    );
  return targets.some(({ kind, name }) => {
    switch (kind.value) {
      case "Gateway":
        return isNear && workload.labels.get(`${GATEWAY_API}/gateway-name`) === name.value;
      case "GatewayClass":
        return (
          namespace === ROOT_NAMESPACE &&
          workload.labels.get(`${GATEWAY_API}/gateway-class-name`) === name.value
        );
      case "Service":
        return isNear && isBehind(workload, name.value, services);
      default:
        return false;
    }
  });
}

/** Whether a workload is one of those that a Service of its namespace leads to. */
export function isBehind(workload: Workload, name: string, services: readonly Service[]): boolean {
  const known = services.find((service) => service.name === name && service.namespace === workload.namespace);
  if (!known) return workload.name === name;
  return known.selector.length > 0 && carries(workload.labels, known.selector);
}

/** Whether the policy says anything about workloads, where, and in words that are the same for the same choice. */
export function attachmentOf(
  spec: AttachmentSpec,
): { field: string; span: Span; choice: string } | undefined {
  const field = (["selector", "targetRefs", "targetRef"] as const).find((name) => spec.keys.has(name));
  const labels = (spec.selector?.matchLabels?.items ?? []).map(
    ({ name, item }) => `${name.value}=${item.value}`,
  );
  const targets = targetsOf(spec).map(({ kind, name }) => `${kind.value}/${name.value}`);
  const choice = [...labels, ...targets].sort().join(" ");
  const span = field && spec.keys.get(field);
  return field !== undefined && span && choice !== "" ? { field, span, choice } : undefined;
}
