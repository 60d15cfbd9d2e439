// Filters that cannot be honoured, alone or together: errors, since what is skipped may be what protects a backend.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { Located } from "../../source/span.ts";
import { checkObjectRef } from "./check-backends.ts";
import { checkCors } from "./check-cors.ts";
import { checkHeaders } from "./check-headers.ts";
import { checkHostname } from "./check-hostname.ts";
import { checkPathText } from "./check-match.ts";
import { complete, matchesOf } from "./matches.ts";
import {
  fieldOf,
  filtersOfBackends,
  REDIRECTS,
  type FilterSpec,
  type PathModifierSpec,
  type RuleSpec,
} from "./schema.ts";

type FilterType = FilterSpec["type"]["value"];

export function checkFilters(rule: RuleSpec, diagnostics: Diagnostics): void {
  const filters = rule.filters?.items ?? [];
  checkList(filters, diagnostics);
  for (const filter of filters) {
    checkPathModifier(filter.requestRedirect?.path ?? filter.urlRewrite?.path, rule, diagnostics);
  }
  checkRedirect(rule, filters, diagnostics);
  for (const { filters: own } of rule.backendRefs?.items ?? []) {
    checkList(own?.items ?? [], diagnostics);
    for (const { type } of own?.items ?? []) checkOfBackend(type, diagnostics);
  }
}

/** What holds of the filters of a rule, and of those of a backend. */
function checkList(filters: readonly FilterSpec[], diagnostics: Diagnostics): void {
  const seen = new Set<FilterType>();
  for (const filter of filters) {
    const type = filter.type.value;
    checkFields(filter, diagnostics);
    if (seen.has(type) && type !== "RequestMirror") {
      diagnostics.error("duplicate-name", `the filter \`${type}\` is there twice`, {
        span: filter.type.span,
        help: "the standard allows one of each: merge them",
      });
    }
    seen.add(type);
    const { requestHeaderModifier, responseHeaderModifier, requestMirror, requestRedirect } = filter;
    if (requestHeaderModifier) checkHeaders("request", requestHeaderModifier, diagnostics);
    if (responseHeaderModifier) checkHeaders("response", responseHeaderModifier, diagnostics);
    if (requestMirror) checkMirror(requestMirror, diagnostics);
    if (requestRedirect?.statusCode) checkStatus(requestRedirect.statusCode, diagnostics);
    const hostname = requestRedirect?.hostname ?? filter.urlRewrite?.hostname;
    if (hostname) checkHostname(hostname, diagnostics, true);
    if (filter.cors) checkCors(filter.cors, diagnostics);
  }
}

function checkFields({ type, keys, ...filter }: FilterSpec, diagnostics: Diagnostics): void {
  const own = fieldOf[type.value];
  if (!keys.has(own)) {
    diagnostics.error("missing-field", `the field \`${own}\` is missing`, {
      span: type.span,
      help: `add \`${own}\`, which says what the filter does`,
    });
  }
  for (const field of Object.values(fieldOf)) {
    if (field === own || filter[field] === undefined) continue;
    diagnostics.error(
      "contradiction",
      `\`${field}\` says nothing in a filter of the type \`${type.value}\``,
      {
        span: keys.get(field) ?? filter.span,
        help: "write a filter of its own for it, or change `type`",
      },
    );
  }
}

function checkRedirect(rule: RuleSpec, filters: readonly FilterSpec[], diagnostics: Diagnostics): void {
  const redirect = filters.find(({ type }) => type.value === "RequestRedirect");
  if (!redirect) return;
  for (const { type } of filters) {
    if (type.value !== "URLRewrite" && type.value !== "RequestMirror") continue;
    diagnostics.error("contradiction", `\`${type.value}\` and \`RequestRedirect\` exclude each other`, {
      span: type.span,
      help: "a request that is answered here is not passed on: keep one of them",
    });
  }
  if (!rule.backendRefs?.items.length) return;
  diagnostics.error("contradiction", "a rule that redirects has no backends", {
    span: rule.keys.get("backendRefs") ?? rule.span,
    help: "the request is answered here: remove `backendRefs`, or the filter `RequestRedirect`",
  });
}

function checkOfBackend({ value, span }: FilterSpec["type"], diagnostics: Diagnostics): void {
  if (filtersOfBackends.includes(value)) return;
  diagnostics.error("not-supported-yet", `\`${value}\` of a single backend is not supported`, {
    span,
    help: "write it under the rule's own `filters`, or give the backend a rule of its own",
  });
}

function checkMirror(
  { backendRef, percent, fraction, keys }: NonNullable<FilterSpec["requestMirror"]>,
  diagnostics: Diagnostics,
): void {
  checkObjectRef(backendRef, diagnostics);
  if (percent && fraction) {
    diagnostics.error("one-of", "a mirror takes `percent` or `fraction`, not both", {
      span: keys.get("fraction") ?? fraction.span,
      help: "keep one of them",
    });
  }
  const denominator = fraction?.denominator?.value ?? 100;
  if (!fraction || fraction.numerator.value <= denominator) return;
  diagnostics.error("bad-value", `${fraction.numerator.value} of ${denominator} is more than all`, {
    span: fraction.numerator.span,
    help: `write at most ${denominator}`,
  });
}

function checkStatus({ value, span }: Located<number>, diagnostics: Diagnostics): void {
  if (REDIRECTS.includes(value)) return;
  diagnostics.error("bad-value", `${value} is no status of a redirect`, {
    span,
    help: "write 301, 302, 303, 307 or 308",
  });
}

function checkPathModifier(
  modifier: PathModifierSpec | undefined,
  rule: RuleSpec,
  diagnostics: Diagnostics,
): void {
  if (!modifier) return;
  const { type, replaceFullPath, replacePrefixMatch, span } = modifier;
  const [own, other] =
    type.value === "ReplaceFullPath"
      ? (["replaceFullPath", "replacePrefixMatch"] as const)
      : (["replacePrefixMatch", "replaceFullPath"] as const);
  if (!modifier.keys.has(own)) {
    diagnostics.error("missing-field", `the field \`${own}\` is missing`, {
      span,
      help: `add \`${own}\`: what the path becomes`,
    });
  }
  if (modifier[other]) {
    diagnostics.error("contradiction", `\`${other}\` says nothing beside \`type: ${type.value}\``, {
      span: modifier[other].span,
      help: `write \`${own}\`, or change \`type\``,
    });
  }
  for (const value of [replaceFullPath, replacePrefixMatch])
    if (value && value.value !== "") checkPathText(value, diagnostics);
  if (type.value !== "ReplacePrefixMatch") return;
  const [match, ...others] = matchesOf(rule).map(complete);
  if (others.length === 0 && match?.path.type === "PathPrefix") return;
  diagnostics.error(
    "contradiction",
    "`ReplacePrefixMatch` needs a rule with one match, whose path is a prefix",
    {
      span: type.span,
      help: "give each prefix a rule of its own with `path: { type: PathPrefix, value: … }`, or write `ReplaceFullPath`",
    },
  );
}
