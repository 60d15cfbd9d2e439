// What fits the shape of a HeaderRoutePolicy but makes no sense, or would be unsafe.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { headerValueFault, isHeaderName, isOfConnection } from "../../http/header-syntax.ts";
import type { Located } from "../../source/span.ts";
import type { ChangesSpec, Spec, SplitSpec } from "./schema.ts";

export function check(spec: Spec, diagnostics: Diagnostics): void {
  const ruleNames = new Map<string, Located<string>>();
  for (const rule of spec.rules.items) {
    if (rule.name) checkUnique(rule.name, "rule", ruleNames, diagnostics);
    for (const match of rule.matches?.items ?? []) {
      if (match.keys.size === 0) {
        diagnostics.error("missing-field", "this match says nothing", {
          span: match.span,
          help: "name `headers` or `cookies`, or leave `matches` out to match every request",
        });
      }
      for (const { name, value } of match.headers?.items ?? []) {
        checkHeaderName(name, diagnostics);
        checkExact(value, diagnostics);
      }
      for (const { name, value } of match.cookies?.items ?? []) {
        checkExact(value, diagnostics);
        if (!isHeaderName(name.value)) {
          diagnostics.error("bad-header-name", `\`${name.value}\` is not a cookie's name`, {
            span: name.span,
            help: "a cookie's name holds letters, digits, `-` and `_`, such as `beta`",
          });
        }
        if (/[;\s]/.test(value.value)) {
          diagnostics.warning("value-never-matches", "a cookie's value holds no `;` and no white space", {
            span: value.span,
            help: "write the value as it stands between `=` and `;` in the `cookie` header",
          });
        }
      }
    }
    checkChanges(rule.request, diagnostics);
    checkChanges(rule.response, diagnostics);
    if (rule.split) checkSplit(rule.split, diagnostics);
  }
}

/** In an AuthorizationPolicy the asterisk would be special. */
function checkExact({ value, span }: Located<string>, diagnostics: Diagnostics): void {
  if (!/^\*|\*$/.test(value)) return;
  diagnostics.warning(
    "not-a-pattern",
    `\`${value}\` is compared as it stands: the asterisk is no wildcard here`,
    {
      span,
      help: "write the whole value; several values are several `matches`",
    },
  );
}

function checkSplit(split: SplitSpec, diagnostics: Diagnostics): void {
  for (const key of split.stickyBy?.items ?? []) {
    if (key.key === "header") checkHeaderName(key.value, diagnostics);
  }
  const names = new Map<string, Located<string>>();
  for (const arm of split.arms.items) {
    checkUnique(arm.name, "arm", names, diagnostics);
    checkChanges(arm.request, diagnostics);
    checkChanges(arm.response, diagnostics);
  }
  if (split.arms.items.length > 0 && split.arms.items.every((arm) => arm.weight.value === 0)) {
    diagnostics.error("zero-weights", "the weights of this split add up to zero", {
      span: split.keys.get("arms") ?? split.span,
      help: "give at least one arm a weight above zero",
    });
  }
}

function checkChanges(changes: ChangesSpec | undefined, diagnostics: Diagnostics): void {
  const set = new Map<string, Located<string>>();
  for (const { name, value } of changes?.set?.items ?? []) {
    checkChangeable(name, diagnostics);
    checkUnique({ value: name.value.toLowerCase(), span: name.span }, "header", set, diagnostics);
    const fault = headerValueFault(value.value);
    if (fault !== undefined) {
      diagnostics.error("bad-header-value", `this cannot be a header's value: ${fault}`, {
        span: value.span,
        help: "a header's value is one line of text without control characters, such as `v2`",
      });
    } else if (/[{}]/.test(value.value)) {
      diagnostics.error("not-supported-yet", "templates in header values are not supported yet", {
        span: value.span,
        help: "write a plain text without `{` and `}`",
      });
    }
  }
  for (const name of changes?.remove?.items ?? []) {
    checkChangeable(name, diagnostics);
    if (set.has(name.value.toLowerCase()))
      diagnostics.warning("removal-without-effect", `\`${name.value}\` is set and removed`, {
        span: name.span,
        help: "`set` replaces what was there, so the removal has no effect: leave one of them out",
      });
  }
}

function checkChangeable(name: Located<string>, diagnostics: Diagnostics): void {
  if (isOfConnection(name.value.toLowerCase())) {
    diagnostics.error("bad-header-name", `\`${name.value}\` cannot be changed by a policy`, {
      span: name.span,
      help: "it belongs to the connection or frames the message; the proxy looks after it",
    });
    return;
  }
  checkHeaderName(name, diagnostics);
}

function checkHeaderName(name: Located<string>, diagnostics: Diagnostics): void {
  if (isHeaderName(name.value)) return;
  diagnostics.error("bad-header-name", `\`${name.value}\` is not a header name`, {
    span: name.span,
    help: "a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
  });
}

function checkUnique(
  name: Located<string>,
  what: string,
  seen: Map<string, Located<string>>,
  diagnostics: Diagnostics,
): void {
  if (seen.has(name.value)) {
    diagnostics.error("duplicate-name", `the ${what} \`${name.value}\` is there twice`, {
      span: name.span,
      help: `rename one, or remove it`,
    });
  } else {
    seen.set(name.value, name);
  }
}
