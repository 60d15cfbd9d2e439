// HTTPRoute → rules of the routing stage, each with its place among those of all routes.
import { all, test } from "../../ir/conditions.ts";
import type { Condition } from "../../ir/program.ts";
import type { Forwarding, HttpRouteRule, PathChange } from "../../ir/routing.ts";
import type { Surroundings } from "../gateway-api/surroundings.ts";
import { policyName, type PolicyIdentity, type ProgramDraft } from "../kind.ts";
import { clusterOf, faultOf } from "./backends.ts";
import { corsOf } from "./cors.ts";
import { entriesOf, type Entry } from "./entries.ts";
import { changesOf } from "./headers.ts";
import { hostIs } from "./hostnames.ts";
import { conditionOf } from "./matches.ts";
import { pathChange, redirectOf } from "./redirect.ts";
import type { FilterSpec, RuleSpec, Spec } from "./schema.ts";
import { retryOf, settingOf, timeoutsOf } from "./setting.ts";

export function lower(
  identity: PolicyIdentity,
  spec: Spec,
  draft: ProgramDraft,
  surroundings: Surroundings,
): void {
  // A route whose hostnames no listener serves is there, too: what no route takes is answered 404.
  draft.httpRoutes ??= [];
  for (const entry of entriesOf(spec, identity, surroundings)) {
    const rule = ruleOf(entry, identity, surroundings, spec);
    draft.httpRoutes.push({ rule, rank: entry.rank });
  }
}

function ruleOf(
  entry: Entry,
  identity: PolicyIdentity,
  surroundings: Surroundings,
  { span }: Spec,
): HttpRouteRule {
  const { rule, match, index } = entry;
  const filters = rule?.filters?.items ?? [];
  const find = <K extends keyof FilterSpec>(name: K): FilterSpec[K] | undefined =>
    filters.find((filter) => filter[name] !== undefined)?.[name];
  const cors = find("cors");
  const redirect = find("requestRedirect");
  const rewrite = find("urlRewrite");
  const path = pathChange(redirect?.path ?? rewrite?.path, match);
  return {
    origin: { policy: policyName(identity), part: `rules[${index}]`, span: rule?.span ?? span },
    when: all([hostIs(entry.hostname), ...cameBy(entry.scheme), conditionOf(match), ...provedBy(path)]),
    ...(cors && { cors: corsOf(cors) }),
    changes: changesOf(filters),
    action: redirect
      ? redirectOf(redirect, match, entry.listeners)
      : forwardingOf(rule, { host: rewrite?.hostname?.value, path }, identity, surroundings),
  };
}

/** A redirect to HTTPS is attached to the listener for HTTP alone: the scheme tells requests of the two apart. */
function cameBy(scheme: Entry["scheme"]): Condition[] {
  return scheme === undefined
    ? []
    : [test({ kind: "header", name: ":scheme" }, { kind: "exact", text: scheme })];
}

/** Every request matches the prefix `/`, also `OPTIONS *`, in whose path there is nothing to replace. */
function provedBy(path: PathChange | undefined): Condition[] {
  return path?.kind === "prefix" && path.size === 0
    ? [test({ kind: "path" }, { kind: "prefix", text: "/" })]
    : [];
}

function forwardingOf(
  rule: RuleSpec | undefined,
  { host, path }: { readonly host: string | undefined; readonly path: PathChange | undefined },
  identity: PolicyIdentity,
  surroundings: Surroundings,
): Forwarding {
  const timeouts = rule && timeoutsOf(rule);
  const retry = rule && retryOf(rule);
  const setting = rule && settingOf(rule, identity);
  const backends = (rule?.backendRefs?.items ?? []).map((ref) => ({
    cluster: faultOf(ref, identity, surroundings) === undefined ? clusterOf(ref, identity) : undefined,
    weight: ref.weight?.value ?? 1,
    changes: changesOf(ref.filters?.items ?? []),
  }));
  return {
    kind: "forward",
    backends: backends.filter(({ weight }) => weight > 0),
    ...(host !== undefined && { host }),
    ...(path && { path }),
    ...(timeouts && { timeouts }),
    ...(retry && { retry }),
    ...(setting && { setting }),
  };
}
