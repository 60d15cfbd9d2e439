// Parents that cannot be what they are said to be.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { didYouMean } from "../../diagnostics/suggest.ts";
import { GATEWAY_API } from "../gateway-api/surroundings.ts";
import type { PolicyIdentity } from "../kind.ts";
import { kindOf } from "./parents.ts";
import type { ParentRef, Spec } from "./schema.ts";

/** The parents that the standard has, with their groups. */
const parentKinds: Readonly<Record<string, string>> = { Gateway: GATEWAY_API, Service: "" };

/** Reports kinds and groups that do not fit, and a parent that is there twice. */
export function checkParents(parents: readonly ParentRef[], diagnostics: Diagnostics): void {
  const sections = new Map<string, Set<string>>();
  for (const parent of parents) {
    const { kind, group } = kindOf(parent);
    const wanted = Object.hasOwn(parentKinds, kind) ? parentKinds[kind] : undefined;
    if (wanted === undefined) {
      const label = didYouMean(kind, Object.keys(parentKinds));
      diagnostics.warning("bad-value", `a \`${kind}\` is no parent that Tollgate knows`, {
        span: parent.kind?.span ?? parent.span,
        ...(label !== undefined && { label }),
        help: "the route is taken as one for every workload, with its hostnames as they are written",
      });
    } else if (group !== wanted) {
      diagnostics.error("bad-value", `\`${kind}\` is not a kind of \`${group}\``, {
        span: parent.group?.span ?? parent.kind?.span ?? parent.span,
        help: wanted === "" ? 'write `group: ""`' : "leave `group` out",
      });
    }
    const key = [group, kind, parent.namespace?.value ?? "", parent.name.value].join("/");
    const seen = sections.get(key) ?? new Set();
    const section = `${parent.sectionName?.value ?? ""}:${parent.port?.value ?? ""}`;
    if (seen.size > 0 && (section === ":" || seen.has(section) || seen.has(":"))) {
      diagnostics.error("duplicate-name", `the parent \`${parent.name.value}\` is there twice`, {
        span: parent.name.span,
        help: "remove one, or let each name another listener with `sectionName`",
      });
    }
    sections.set(key, seen.add(section));
  }
}

/** A Service of another namespace: such a route is about what leaves that namespace's workloads. */
export function checkParentNamespaces(
  { parentRefs }: Spec,
  identity: PolicyIdentity,
  diagnostics: Diagnostics,
): void {
  for (const parent of parentRefs?.items ?? []) {
    if (kindOf(parent).kind !== "Service" || !parent.namespace) continue;
    if (parent.namespace.value === identity.namespace) continue;
    diagnostics.error("bad-value", "a Service that is a parent is of the route's own namespace", {
      span: parent.namespace.span,
      help: `the route is of \`${identity.namespace}\`: write it in \`${parent.namespace.value}\`; routes for requests that leave other workloads are not honoured`,
    });
  }
}
