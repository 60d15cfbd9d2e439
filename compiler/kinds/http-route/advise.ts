// What is in order in an HTTPRoute and yet hardly meant.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { firstLine } from "../../schema/schema.ts";
import type { Span } from "../../source/span.ts";
import type { RuleSpec, Spec } from "./schema.ts";

export function advise(spec: Spec, diagnostics: Diagnostics): void {
  adviseOnHostnames(spec, diagnostics);
  if (!spec.rules) warnOfNoDestination("this route has no rule", firstLine(spec.span), diagnostics);
  for (const rule of spec.rules?.items ?? []) {
    adviseOnDestination(rule, diagnostics);
    adviseOnOrigins(rule, diagnostics);
  }
}

function adviseOnHostnames({ hostnames }: Spec, diagnostics: Diagnostics): void {
  const seen = new Set<string>();
  for (const { value, span } of hostnames?.items ?? []) {
    if (seen.has(value)) {
      diagnostics.warning("duplicate-name", `the hostname \`${value}\` is there twice`, {
        span,
        help: "remove one of them",
      });
    }
    seen.add(value);
  }
}

function adviseOnDestination(rule: RuleSpec, diagnostics: Diagnostics): void {
  const redirects = rule.filters?.items.some(({ requestRedirect }) => requestRedirect) === true;
  if (!redirects && !rule.backendRefs?.items.length) {
    const span = firstLine(rule.name?.span ?? rule.keys.values().next().value ?? rule.span);
    warnOfNoDestination("this rule has no backend", span, diagnostics);
  }
  for (const field of ["timeouts", "retry"] as const) {
    const span = rule.keys.get(field);
    if (!redirects || !span) continue;
    diagnostics.warning("contradiction", `\`${field}\` has no effect: the rule redirects`, {
      span,
      help: "the request is answered here: remove it",
    });
  }
}

function warnOfNoDestination(what: string, span: Span, diagnostics: Diagnostics): void {
  diagnostics.warning("no-destination", `${what}: its requests are answered 500`, {
    span,
    help: "add `backendRefs`, or a filter `RequestRedirect`; a `HeaderRoutePolicy` that names a backend is heard, too",
  });
}

function adviseOnOrigins({ filters }: RuleSpec, diagnostics: Diagnostics): void {
  for (const { cors, type } of filters?.items ?? []) {
    if (!cors || cors.allowOrigins?.items.length) continue;
    diagnostics.warning(
      "refuses-everything",
      "this filter allows no other site: scripts elsewhere read nothing",
      {
        span: type.span,
        help: "name the sites in `allowOrigins`",
      },
    );
  }
}
