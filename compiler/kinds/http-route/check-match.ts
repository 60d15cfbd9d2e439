// Matches that the standard refuses, or that no request satisfies.
import { reportRe2 } from "../../automata/report.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { headerKey, headerValueFault, isHeaderName } from "../../http/header-syntax.ts";
import { reportHeaderName } from "../../http/report.ts";
import type { Located } from "../../source/span.ts";
import type { MatchSpec, PathSpec, ValueSpec } from "./schema.ts";

export function checkMatch({ path, headers, queryParams }: MatchSpec, diagnostics: Diagnostics): void {
  if (path) checkPath(path, diagnostics);
  for (const entry of headers?.items ?? []) {
    reportHeaderName(entry.name, diagnostics);
    checkValue(entry, diagnostics);
    if (entry.type?.value === "RegularExpression" || headerValueFault(entry.value.value) === undefined)
      continue;
    diagnostics.warning("value-never-matches", "no header has such a value", {
      span: entry.value.span,
      help: "write one line of text that neither begins nor ends with white space",
    });
  }
  for (const entry of queryParams?.items ?? []) {
    checkValue(entry, diagnostics);
    if (isHeaderName(entry.name.value)) continue;
    diagnostics.error("bad-value", `\`${entry.name.value}\` is not a query parameter's name`, {
      span: entry.name.span,
      help: "the standard allows letters, digits and some signs, such as `animal` or `page.size`",
    });
  }
  adviseOnRepeated(headers?.items ?? [], headerKey, diagnostics);
  adviseOnRepeated(queryParams?.items ?? [], (name) => name, diagnostics);
}

function checkPath({ type, value }: PathSpec, diagnostics: Diagnostics): void {
  if (!value) return;
  if (type?.value === "RegularExpression") reportRe2(value, diagnostics);
  else checkPathText(value, diagnostics);
}

/** What the standard says of paths that are written out, each with its remedy. */
const faults: readonly (readonly [pattern: RegExp, fault: string])[] = [
  [/^(?!\/)/, "it does not begin with `/`"],
  [/\/\//, "it holds `//`"],
  [/\/\.\.?(\/|$)/, "it holds `.` or `..` as an element"],
  [/%2f/i, "it holds `%2F`"],
  [/#/, "it holds `#`"],
  [/^(?!(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$)/, "it holds what may not stand in a path"],
];

export function checkPathText({ value, span }: Located<string>, diagnostics: Diagnostics): void {
  const fault =
    value.length > 1024
      ? "it has more than 1024 characters"
      : faults.find(([pattern]) => pattern.test(value))?.[1];
  if (fault === undefined) return;
  diagnostics.error("bad-value", `\`${value}\` is not a path: ${fault}`, {
    span,
    help: "write it as it stands in a request, without the query, such as `/orders`",
  });
}

function checkValue({ type, value }: ValueSpec, diagnostics: Diagnostics): void {
  if (type?.value === "RegularExpression") reportRe2(value, diagnostics);
  else if (value.value === "")
    diagnostics.error("bad-value", "the value is empty", {
      span: value.span,
      help: "write the value; for any value write `type: RegularExpression` and `.*`",
    });
}

function adviseOnRepeated(
  entries: readonly ValueSpec[],
  key: (name: string) => string,
  diagnostics: Diagnostics,
): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (seen.has(key(name.value))) {
      diagnostics.warning("duplicate-name", `\`${name.value}\` is there twice, and the first entry counts`, {
        span: name.span,
        help: "the standard has it so: remove one, or write another match",
      });
    }
    seen.add(key(name.value));
  }
}
