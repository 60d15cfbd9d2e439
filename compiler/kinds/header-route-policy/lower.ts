// HeaderRoutePolicy → rules of the routing stage.
import { byteString, headerKey } from "../../http/header-syntax.ts";
import { all, always, any, test } from "../../ir/conditions.ts";
import type { Condition } from "../../ir/program.ts";
import type { Changes, HeaderChange, RouteRule, Split, StickyKey } from "../../ir/routing.ts";
import { policyName, type PolicyIdentity, type ProgramDraft } from "../kind.ts";
import type { ChangesSpec, RuleSpec, Spec, SplitSpec } from "./schema.ts";

export function lower(identity: PolicyIdentity, spec: Spec, draft: ProgramDraft): void {
  const policy = policyName(identity);
  const rules = spec.rules.items.map((rule, index): RouteRule => {
    const part = `rules[${index}]`;
    return {
      origin: { policy, part, span: rule.span },
      name: rule.name?.value ?? part,
      when: lowerMatches(rule),
      changes: lowerChanges(rule),
      split: rule.split && lowerSplit(rule.split),
    };
  });
  draft.routes.push({ policy, rules });
}

function lowerMatches(rule: RuleSpec): Condition {
  if (!rule.matches) return always;
  return any(
    rule.matches.items.map((match) =>
      all([
        ...(match.headers?.items ?? []).map(({ name, value }) =>
          test({ kind: "header", name: headerKey(name.value) }, exactly(value.value)),
        ),
        ...(match.cookies?.items ?? []).map(({ name, value }) =>
          test({ kind: "cookie", name: name.value }, exactly(value.value)),
        ),
      ]),
    ),
  );
}

function exactly(text: string): { kind: "exact"; text: string } {
  return { kind: "exact", text: byteString(text) };
}

function lowerChanges(owner: {
  request?: ChangesSpec | undefined;
  response?: ChangesSpec | undefined;
}): Changes {
  return { request: headerChanges(owner.request), response: headerChanges(owner.response) };
}

function headerChanges(changes: ChangesSpec | undefined): HeaderChange[] {
  const removals = (changes?.remove?.items ?? []).map(({ value }): HeaderChange => ({
    op: "remove",
    name: value.toLowerCase(),
  }));
  const settings = (changes?.set?.items ?? []).map(({ name, value }): HeaderChange => ({
    op: "set",
    name: name.value.toLowerCase(),
    value: [byteString(value.value)],
  }));
  return [...removals, ...settings];
}

function lowerSplit(split: SplitSpec): Split {
  return {
    stickyBy: (split.stickyBy?.items ?? []).map((key): StickyKey =>
      key.key === "header" ? { kind: "header", name: headerKey(key.value.value) } : { kind: "peer" },
    ),
    // An arm without weight gets no request.
    arms: split.arms.items
      .filter((arm) => arm.weight.value > 0)
      .map((arm) => ({ name: arm.name.value, weight: arm.weight.value, changes: lowerChanges(arm) })),
  };
}
