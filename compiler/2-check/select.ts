// Which policies hold for which workload. A policy that is for nobody is said: it looks enforced, and is not.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import {
  attaches,
  attachmentOf,
  ROOT_NAMESPACE,
  type Service,
  type Workload,
} from "../kinds/attachment/attach.ts";
import type { AttachmentSpec } from "../kinds/attachment/schema.ts";
import { policyName } from "../kinds/kind.ts";
import { firstLine } from "../schema/schema.ts";
import type { BundleSpec } from "./bundle.ts";
import { workloadsOf } from "./bundle.ts";
import type { CheckedPolicy } from "./check.ts";

/** What one filter is made of. */
export interface Selection {
  /** Undefined where the bundle names no workloads. */
  readonly workload: string | undefined;
  /** In order of namespace/name within each kind. */
  readonly policies: readonly CheckedPolicy[];
}

/** Every kind's spec may hold these fields; one of a kind that has none of them attaches to nothing. */
const attachment = ({ spec }: CheckedPolicy): AttachmentSpec => spec as AttachmentSpec;

/** The filters of a bundle: one for each workload, or one with every policy. */
export function selectPolicies(
  spec: BundleSpec | undefined,
  policies: readonly CheckedPolicy[],
  services: readonly Service[],
  diagnostics: Diagnostics,
): readonly Selection[] {
  const workloads = workloadsOf(spec);
  if (!workloads) {
    adviseOnAttachments(policies, diagnostics);
    return [{ workload: undefined, policies }];
  }
  const used = new Set<CheckedPolicy>();
  const chosen = new Map(
    policies.map((policy) => {
      const { kind, identity, spec: own } = policy;
      return [policy, kind.workloadsFor && new Set(kind.workloadsFor(own, identity, workloads, services))];
    }),
  );
  const selections = workloads.map((workload): Selection => {
    const own = policies.filter(
      (policy) =>
        chosen.get(policy)?.has(workload) ??
        attaches(attachment(policy), policy.identity.namespace, workload, services),
    );
    for (const policy of own) used.add(policy);
    if (own.length === 0) {
      diagnostics.warning("nothing-applies", `no policy applies to the workload \`${workload.name}\``, {
        span: workload.at.span,
        help: "its filter lets every request by: check its namespace and labels, or leave it out",
      });
    }
    return { workload: workload.name, policies: own };
  });
  for (const policy of policies) if (!used.has(policy)) reportUnused(policy, workloads, diagnostics);
  return selections;
}

function reportUnused(policy: CheckedPolicy, workloads: readonly Workload[], diagnostics: Diagnostics): void {
  const { identity, kind } = policy;
  const given = attachmentOf(attachment(policy));
  const { namespace } = identity;
  const near = workloads.filter((workload) => workload.namespace === namespace);
  const namespaces = [...new Set(workloads.map((workload) => `\`${workload.namespace}\``))].join(", ");
  const help = kind.workloadsFor
    ? "no workload of the bundle is behind what it names as its parents: compare with `spec.workloads` of the `Bundle` document"
    : near.length === 0 && namespace !== ROOT_NAMESPACE
      ? `it is of the namespace \`${namespace}\`, and the workloads are in ${namespaces}; policies of \`${ROOT_NAMESPACE}\` hold everywhere`
      : given?.field === "selector"
        ? "no workload of the bundle carries these labels: compare with `spec.workloads` of the `Bundle` document"
        : `a \`Gateway\` is the workloads with the label \`gateway.networking.k8s.io/gateway-name\`, a \`Service\` those that it selects, or the workload of its name where the bundle does not hold it; a \`GatewayClass\` counts in \`${ROOT_NAMESPACE}\` only, and a \`ServiceEntry\` lies outside`;
  diagnostics.warning(
    "nothing-applies",
    `the ${kind.kind} \`${policyName(identity)}\` applies to no workload`,
    {
      span: given ? firstLine(given.span) : identity.span,
      help,
    },
  );
}

/** Without workloads every policy is in the one filter, also those that are for others elsewhere. */
function adviseOnAttachments(policies: readonly CheckedPolicy[], diagnostics: Diagnostics): void {
  const given = policies.flatMap((policy) => {
    const found = attachmentOf(attachment(policy));
    return found ? [{ ...found, namespace: policy.identity.namespace }] : [];
  });
  const choices = new Set(given.map(({ namespace, choice }) => `${namespace} ${choice}`));
  const help = "name the workloads in a `Bundle` document, under `spec.workloads`, for a filter of each";
  for (const { field, span } of choices.size > 1 ? given : given.slice(0, 1)) {
    diagnostics[choices.size > 1 ? "warning" : "note"](
      "selection-without-workloads",
      choices.size > 1
        ? `\`${field}\` is not looked at, and other policies are for other workloads: this one filter has them all`
        : `\`${field}\` is not looked at: the bundle names no workloads, and becomes one filter with every policy`,
      { span, help },
    );
  }
}
