// What fits the shape of an HTTPRoute but makes no sense, or that the standard refuses.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { Located } from "../../source/span.ts";
import { checkBackends } from "./check-backends.ts";
import { checkFilters } from "./check-filters.ts";
import { checkHostname } from "./check-hostname.ts";
import { checkMatch } from "./check-match.ts";
import { checkParents } from "./check-parents.ts";
import { checkRetry, checkTimeouts } from "./check-times.ts";
import { HOSTNAME } from "./hostnames.ts";
import type { Spec } from "./schema.ts";

export function check(spec: Spec, diagnostics: Diagnostics): void {
  checkParents(spec.parentRefs?.items ?? [], diagnostics);
  for (const hostname of spec.hostnames?.items ?? []) checkHostname(hostname, diagnostics);
  const names = new Set<string>();
  for (const rule of spec.rules?.items ?? []) {
    if (rule.name) checkRuleName(rule.name, names, diagnostics);
    for (const match of rule.matches?.items ?? []) checkMatch(match, diagnostics);
    checkFilters(rule, diagnostics);
    checkBackends(rule, diagnostics);
    if (rule.timeouts) checkTimeouts(rule.timeouts, diagnostics);
    if (rule.retry) checkRetry(rule.retry, diagnostics);
  }
}

function checkRuleName({ value, span }: Located<string>, names: Set<string>, diagnostics: Diagnostics): void {
  if (!HOSTNAME.test(value) || value.startsWith("*") || value.length > 253) {
    diagnostics.error("bad-name", `\`${value}\` is not a rule's name`, {
      span,
      help: "use lower-case letters, digits, `-` and `.`, as Kubernetes does, and at most 253 of them",
    });
  } else if (names.has(value)) {
    diagnostics.error("duplicate-name", `the rule \`${value}\` is there twice`, {
      span,
      help: "rename one, or remove it",
    });
  }
  names.add(value);
}
