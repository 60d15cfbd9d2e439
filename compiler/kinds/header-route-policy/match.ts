// What of a request a rule looks at: path, method, headers, query parameters, cookies, claims, and conditions in CEL.
import { checkCel, expressionOf } from "../../cel/check.ts";
import { lowerCel } from "../../cel/predicates.ts";
import { reportCel } from "../../cel/report.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { byteString, HEADER_NAME, headerKey, isHeaderName } from "../../http/header-syntax.ts";
import { reportHeaderName } from "../../http/report.ts";
import { all } from "../../ir/conditions.ts";
import type { Condition, TextAttribute } from "../../ir/program.ts";
import { claimName, type ClaimSpec } from "../../schema/claim-name.ts";
import { field, fieldIs, fieldIsOrAbsent } from "../../schema/json-schema.ts";
import { list, object, optional, required, string, text, word, type Read } from "../../schema/schema.ts";
import { celText, cookieName, headerName, notEmpty } from "../../schema/texts.ts";
import type { Located } from "../../source/span.ts";
import {
  checkText,
  checkValue,
  compared,
  lowerComparison,
  pathTypes,
  TYPE,
  VALUE,
  type Comparison,
  type ValueSpec,
} from "./comparison.ts";
import { checkClaimName, checkCookieName, checkNotEmpty } from "./names.ts";

const header = compared(headerName, "the header's name", '{ name: x-beta, value: "1" }');
const parameter = compared(notEmpty, "the parameter's name", '{ name: beta, value: "1" }');
const cookie = compared(cookieName, "the cookie's name", '{ name: beta, value: "1" }');
const claim = compared(
  claimName,
  "the claim's name, or the names that lead to it: `[realm, tenant]`",
  "{ name: tier, value: gold }",
);

const path = object(
  {
    type: optional(word(pathTypes), TYPE, "`PathPrefix`"),
    value: required(string(), VALUE),
  },
  {
    example: "{ value: /orders }",
    between: [
      { if: fieldIsOrAbsent("type", "PathPrefix"), then: field("value", { pattern: "^/" }) },
      { if: fieldIs("type", "Exact"), then: field("value", { pattern: "^(/|$)" }) },
      { if: fieldIs("type", "Suffix", "Contains"), then: field("value", { minLength: 1 }) },
    ],
  },
);

const method = text({
  pattern: HEADER_NAME.source,
  patternErrorMessage: "write one method, such as `GET`; several are several `matches`",
  examples: ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
});

export const match = object(
  {
    path: optional(path, "the path without the query"),
    method: optional(method, "the method, such as `GET`"),
    headers: optional(list(header), "headers that must all match, each by any of its values"),
    queryParams: optional(
      list(parameter),
      "query parameters that must all match, percent-decoded; of a repeated one the first counts",
    ),
    cookies: optional(list(cookie), "cookies that must all match; of a repeated one the first counts"),
    claims: optional(
      list(claim),
      "claims of the verified token that must all match: texts, or any text of a list",
    ),
    condition: optional(
      celText("size(request.path) > 100"),
      "an expression in CEL that must hold; where it errors, nothing matches",
    ),
  },
  { example: '{ headers: [{ name: x-beta, value: "1" }] }', between: [{ minProperties: 1 }] },
);

export type MatchSpec = Read<typeof match>;

/** Reports names that no request can have, values that are none, and a match that says nothing. */
export function checkMatch(spec: MatchSpec, diagnostics: Diagnostics): void {
  if (spec.keys.size === 0) {
    diagnostics.error("missing-field", "this match says nothing", {
      span: spec.span,
      help: "name `headers`, `cookies` or another field, or leave `matches` out to match every request",
    });
  }
  if (spec.path) checkPath(spec.path, diagnostics);
  if (spec.method) checkMethod(spec.method, diagnostics);
  for (const entry of spec.headers?.items ?? []) {
    reportHeaderName(entry.name, diagnostics);
    checkValue(entry, diagnostics);
  }
  for (const entry of spec.queryParams?.items ?? []) {
    checkNotEmpty(entry.name, "a query parameter", diagnostics);
    checkValue(entry, diagnostics);
  }
  for (const entry of spec.cookies?.items ?? []) {
    checkCookieName(entry.name, diagnostics);
    checkValue(entry, diagnostics);
    if (entry.type?.value === "RegularExpression" || !/[;\s]/.test(entry.value?.value ?? "")) continue;
    diagnostics.warning("value-never-matches", "a cookie's value holds no `;` and no white space", {
      span: entry.value?.span ?? entry.span,
      help: "write the value as it stands between `=` and `;` in the `cookie` header",
    });
  }
  for (const entry of spec.claims?.items ?? []) {
    checkClaimName(entry.name, diagnostics);
    checkValue(entry, diagnostics);
  }
  if (spec.condition) checkCondition(spec.condition, diagnostics);
}

export function checkCondition(condition: Located<string>, diagnostics: Diagnostics): void {
  reportCel(condition, checkCel(condition.value), diagnostics);
}

function checkMethod({ value, span }: Located<string>, diagnostics: Diagnostics): void {
  if (!isHeaderName(value)) {
    diagnostics.error("bad-value", `\`${value}\` is not a method`, {
      span,
      help: "write one method, such as `GET`; several are several `matches`",
    });
  } else if (/^(get|head|post|put|delete|connect|options|trace|patch)$/i.test(value) && /[a-z]/.test(value)) {
    diagnostics.warning("value-never-matches", `no request has the method \`${value}\``, {
      span,
      help: `methods are compared with their case: write \`${value.toUpperCase()}\``,
    });
  }
}

function checkPath({ type, value, keys }: NonNullable<MatchSpec["path"]>, diagnostics: Diagnostics): void {
  if (keys.has("type") && !type) return;
  const how = type?.value ?? "PathPrefix";
  checkText(how, value, "leave `path` out to match every path", diagnostics);
  if (how === "RegularExpression" || value.value === "") return;
  const whole = how === "Exact" || how === "PathPrefix";
  if (whole && !value.value.startsWith("/")) {
    diagnostics.error("bad-value", `\`${value.value}\` is not a path`, {
      span: value.span,
      help: "a path begins with `/`; what may stand anywhere is of the type `Contains`",
    });
  } else if (/[?#]/.test(value.value)) {
    diagnostics.warning(
      "value-never-matches",
      "a path holds no `?` and no `#`: it is compared without the query",
      {
        span: value.span,
        help: "match the query by `queryParams`",
      },
    );
  }
}

export function lowerMatch(spec: MatchSpec): Condition {
  return all([
    ...comparisonsOf(spec).map(lowerComparison),
    ...(spec.condition ? [lowerCondition(spec.condition)] : []),
  ]);
}

/** Where an expression errs, nothing matches. */
export function lowerCondition({ value }: Located<string>): Condition {
  return lowerCel(expressionOf(checkCel(value)), false);
}

/** All that a match compares, conditions in CEL aside. */
export function comparisonsOf(spec: Partial<MatchSpec>): Comparison[] {
  const compare = (
    attribute: TextAttribute,
    { type, value }: Pick<ValueSpec, "type" | "value">,
  ): Comparison => ({
    attribute,
    type: type?.value ?? "Exact",
    value: value?.value ?? "",
  });
  const { path, method, headers, queryParams, cookies, claims } = spec;
  return [
    ...(path
      ? [
          {
            attribute: { kind: "path" },
            type: path.type?.value ?? "PathPrefix",
            value: path.value.value,
          } as const,
        ]
      : []),
    ...(method ? [{ attribute: { kind: "method" }, type: "Exact", value: method.value } as const] : []),
    ...(headers?.items ?? []).map((entry) =>
      compare({ kind: "header", name: headerKey(entry.name.value) }, entry),
    ),
    ...(queryParams?.items ?? []).map((entry) =>
      compare({ kind: "query", name: byteString(entry.name.value) }, entry),
    ),
    ...(cookies?.items ?? []).map((entry) => compare({ kind: "cookie", name: entry.name.value }, entry)),
    ...(claims?.items ?? []).map((entry) => compare({ kind: "claim", path: lowerClaim(entry.name) }, entry)),
  ];
}

export function lowerClaim({ names }: ClaimSpec): string[] {
  return names.map(({ value }) => byteString(value));
}
