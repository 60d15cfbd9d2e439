// `phase: BeforeAuthentication`: nothing is known of the token then.
import { checkCel, checkCelCost, checkCelKey, type Checked } from "../../cel/check.ts";
import type { CheckedCel } from "../../cel/expression.ts";
import { readsToken } from "../../cel/reads.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { firstLine } from "../../schema/schema.ts";
import type { Span } from "../../source/span.ts";
import type { LimitSpec } from "./schema.ts";

export function checkBeforeAuthentication(limit: LimitSpec, diagnostics: Diagnostics): void {
  const { when, key, cost } = limit;
  for (const { predicate } of when?.items ?? []) look(checkCel(predicate.value), predicate.span, diagnostics);
  for (const part of key?.items ?? []) {
    if (part.key === "claim") refuse("a claim", part.value.span, diagnostics);
    if (part.key === "expression") look(checkCelKey(part.value.value), part.value.span, diagnostics);
  }
  if (cost?.kind === "expression") look(checkCelCost(cost.value), cost.span, diagnostics);
}

function look(checked: Checked<CheckedCel>, span: Span, diagnostics: Diagnostics): void {
  if ("expression" in checked && readsToken(checked.expression)) refuse("`auth`", span, diagnostics);
}

function refuse(what: string, span: Span, diagnostics: Diagnostics): void {
  diagnostics.error("contradiction", `${what} is not known before authentication`, {
    span: firstLine(span),
    help: "leave `phase` out, or put what counts by the token into a policy of its own",
  });
}
